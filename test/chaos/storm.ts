import { actUntil } from './acts.ts';
import type { Storm } from './acts.ts';
import { createDice, createTally } from './dice.ts';
import type { ChaosGround } from './ground.ts';
import { openGround } from './ground.ts';
import { mishapsUntil } from './mishaps.ts';
import { pause } from './people.ts';
import type { Broken } from './promises.ts';
import { findBroken } from './promises.ts';

/** What a storm came to: how often which thing happened, and what broke. */
export interface StormReport {
  counts: Record<string, number>;
  broken: Broken[];
}

const PROGRESS_MS = 5_000;
/** So long after the last end everything has to be gone. */
const CALM_MS = 120_000;

/** Two replicas, people and mishaps at random until the time is up; then calm, until every end has been. */
export async function runStorm(options: {
  minutes: number;
  seed: number;
  say(text: string): void;
}): Promise<StormReport> {
  const ground = await openGround();
  const replicas = [await ground.startReplica(), await ground.startReplica()];
  const storm: Storm = { ground, replicas, dice: createDice(options.seed), tally: createTally() };
  const progress = setInterval(() => options.say(progressOf(storm)), PROGRESS_MS);
  try {
    const until = Date.now() + options.minutes * 60_000;
    await Promise.all([actUntil(storm, until), actUntil(storm, until), mishapsUntil(storm, until)]);
    await calm(storm);
    const broken = await findBroken(ground);
    for (const id of await unfinished(ground)) broken.push({ promise: 'left', text: `${id} is not over` });
    return { counts: { ...storm.tally.counts, ...(await figures(storm)) }, broken };
  } finally {
    clearInterval(progress);
    await ground.stop();
  }
}

function progressOf({ ground: { lives }, tally }: Storm): string {
  const alive = lives.filter(({ goneAt }) => goneAt === undefined).length;
  const counts = Object.entries(tally.counts).map(([what, count]) => `${what} ${count}`);
  return `${alive} alive of ${lives.length} made; ${counts.join(', ')}`;
}

/** No mishaps any more: everything comes to its end. */
async function calm({ ground, replicas }: Storm): Promise<void> {
  ground.world.azure.faults.clear();
  ground.world.clock.set(Date.now());
  await Promise.all(replicas.map((replica) => replica.ready()));
  const calmAt = Date.now();
  const lastEnd = (): number => Math.max(calmAt, ...ground.lives.map(({ endAt }) => endAt));
  while ((await unfinished(ground)).length > 0 && Date.now() < lastEnd() + CALM_MS) await pause(500);
}

/** Grants that have not ended. */
async function unfinished(ground: ChaosGround): Promise<string[]> {
  const ledger = await ground.ledger();
  const ended = new Set(
    ledger.flatMap(({ event, subjectId }) => (event === 'grant.ended' ? [subjectId] : [])),
  );
  return ledger.flatMap(({ event, subjectId }) =>
    event === 'grant.approved' && !ended.has(subjectId) ? [subjectId] : [],
  );
}

async function figures({ ground, replicas }: Storm): Promise<Record<string, number>> {
  const ledger = await ground.ledger();
  const count = (event: string): number => ledger.filter((entry) => entry.event === event).length;
  const late = ground.lives.map(({ endAt, goneAt = Date.now() }) => goneAt - endAt);
  return {
    'requests asked': count('request.asked'),
    'requests denied': count('request.denied'),
    'requests cancelled': count('request.cancelled'),
    'grants approved': count('grant.approved'),
    'grants extended': count('grant.extended'),
    'grants ended': count('grant.ended'),
    'assignments made': ground.lives.length,
    'replica deaths': replicas.reduce((sum, replica) => sum + replica.deaths(), 0),
    'latest removal, ms after its end': Math.max(0, ...late),
  };
}
