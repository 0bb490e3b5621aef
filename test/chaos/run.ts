import { parseArgs } from 'node:util';
import { killAtEach, TOLD_POINTS } from './points.ts';
import { runStorm } from './storm.ts';

const USAGE = `npm run chaos -- --minutes 30 --seed 7   kills and faults at random, two replicas
npm run chaos -- --points                one kill at every fail point
npm run chaos -- --points "after guest.invite"   or at those named`;

/** Runs what was asked for; the exit code is 1 when a promise was broken. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { minutes: { type: 'string' }, seed: { type: 'string' }, points: { type: 'boolean' } },
  });
  if (values.points) return killAt(positionals);
  const minutes = Number(values.minutes ?? '5');
  const seed = Number(values.seed ?? String(Date.now() % 1_000_000));
  if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
    console.error(USAGE);
    return 2;
  }
  const { counts, broken } = await runStorm({ minutes, seed, say });
  say(`seed ${seed}, ${minutes} minutes`);
  console.table(counts);
  for (const { promise, text } of broken) say(`BROKEN ${promise}: ${text}`);
  say(broken.length === 0 ? 'no promise was broken' : `${broken.length} promises were broken`);
  return broken.length === 0 ? 0 : 1;
}

async function killAt(names: readonly string[]): Promise<number> {
  const wanted = TOLD_POINTS.filter((point) => names.length === 0 || names.includes(point));
  if (wanted.length < names.length) {
    console.error(`No such fail point. There are:\n${TOLD_POINTS.join('\n')}`);
    return 2;
  }
  const told = await killAtEach(wanted, {
    grounds: 2,
    tell: ({ point, recoveredInMs, problems }) =>
      say(
        `${problems.length === 0 ? 'ok    ' : 'BROKEN'} ${point}: ${recoveredInMs} ms ${problems.join('; ')}`,
      ),
  });
  const bad = told.filter(({ problems }) => problems.length > 0);
  say(`${told.length} fail points, ${bad.length} broken`);
  return bad.length === 0 ? 0 : 1;
}

const startedAt = Date.now();

function say(text: string): void {
  console.log(`${((Date.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${text}`);
}

process.exit(await main());
