import type { FailPoint } from '../../src/fail-points.ts';
import { IDS, SLACK } from '../../sandbox/world/ids.ts';
import type { ChaosGround } from './ground.ts';
import { idsIn } from './acts.ts';
import { createPeople, idIn, pause } from './people.ts';
import type { People } from './people.ts';
import { findBroken } from './promises.ts';
import type { Replica } from './replica.ts';

/** How a request is asked for, decided and ended, so that a fail point is passed on the way. */
type Plot = 'finish' | 'deny' | 'cancel' | 'extend' | 'theirGuest' | 'twoStages';

/** Fail points of events that need more than a minute, or a customer's deed, to come about. */
const ELSEWHERE = ['request.timedOut', 'grant.stuck', 'grant.retry.asked', 'guest.late'] as const;

const AGREES_MS = 30_000;
const LOOK_MS = 50;

/** Which story passes this fail point; undefined where none of them does. */
export function plotFor(point: FailPoint): Plot | undefined {
  if (ELSEWHERE.some((event) => point.endsWith(event))) return undefined;
  if (point.endsWith('request.denied')) return 'deny';
  if (point.endsWith('request.cancelled')) return 'cancel';
  if (/assignment\.moved?$|grant\.extended$/.test(point)) return 'extend';
  if (/guest\.(?:found|kept)$/.test(point)) return 'theirGuest';
  if (point.endsWith('request.approval')) return 'twoStages';
  return 'finish';
}

/** What a story came to. */
export interface Told {
  point: FailPoint;
  /** From the death of the process until everything agreed, ms. */
  recoveredInMs: number;
  problems: string[];
}

/**
 * Lets a replica live with this fail point until it kills itself, and then without; people try again what was not answered. Within 30 s
 * of the death everything has to agree.
 */
export async function tellStory(ground: ChaosGround, point: FailPoint): Promise<Told> {
  const plot = plotFor(point);
  if (plot === undefined) throw new RangeError(`no story passes "${point}"`);
  const replica = await ground.startReplica(point);
  ground.talkTo(replica);
  const problems: string[] = [];
  const diedAt = { at: 0 };
  const undo = plot === 'theirGuest' ? theirGuest(ground) : () => undefined;
  try {
    const playing = { ground, people: createPeople(ground.world), replica, diedAt, plot };
    await play(playing);
    // The last point of a story is passed when all is over.
    await step(playing, `a death at "${point}"`, async () => (replica.deaths() === 1 ? true : undefined));
    await replica.ready();
  } catch (error) {
    problems.push(`${String(error)}\n${replica.tail().slice(-6).join('\n')}`);
  }
  const recoveredInMs = Date.now() - diedAt.at;
  problems.push(...(await findBroken(ground)).map(({ promise, text }) => `${promise}: ${text}`));
  undo();
  await replica.stop();
  return { point, recoveredInMs, problems };
}

interface Playing {
  ground: ChaosGround;
  people: People;
  replica: Replica;
  diedAt: { at: number };
  plot: Plot;
}

async function play(playing: Playing): Promise<void> {
  const { ground, people, plot } = playing;
  const twoStages = plot === 'twoStages';
  const id = await step(playing, 'a request', async () =>
    idIn(await people.type(`/access ${twoStages ? 'fabrikam' : 'contoso'} reader 1h`, SLACK.dana)),
  );
  const stateOf = async () => (await ground.findRequest(id))?.state;
  const grantState = async () => (await ground.findGrant(id))?.state;
  if (twoStages) {
    await step(playing, 'the lead’s approval', async () => {
      if (((await ground.findRequest(id))?.stage ?? 0) > 0) return true;
      await people.pressInSlack('approve', { id, user: SLACK.lee });
      return undefined;
    });
    return cancelIt(playing, id);
  }
  if (plot === 'cancel') return cancelIt(playing, id);
  if (plot === 'deny') {
    await step(playing, 'the refusal', async () => {
      if ((await stateOf()) === 'denied') return true;
      await people.press('deny', { id });
      return undefined;
    });
    return;
  }
  await approve(playing, id);
  await step(playing, 'the access', async () => ((await grantState()) === 'active' ? true : undefined));
  if (plot === 'extend') await extend(playing, id);
  await step(playing, 'the end', async () => {
    if ((await grantState()) === 'ended') return true;
    if ((await grantState()) === 'active') await people.type(`/access finish ${id}`, SLACK.dana);
    return undefined;
  });
}

async function approve(playing: Playing, id: string): Promise<void> {
  await step(playing, `the approval of ${id}`, async () => {
    if ((await playing.ground.findRequest(id))?.state === 'approved') return true;
    await playing.people.press('approve', { id });
    return undefined;
  });
}

async function cancelIt(playing: Playing, id: string): Promise<void> {
  await step(playing, 'the cancellation', async () => {
    if ((await playing.ground.findRequest(id))?.state === 'cancelled') return true;
    await playing.people.type(`/access cancel ${id}`, SLACK.dana);
    return undefined;
  });
}

async function extend(playing: Playing, grantId: string): Promise<void> {
  const { ground, people } = playing;
  const firstEnd = (await ground.findGrant(grantId))?.endAt ?? 0;
  const asked = await step(playing, 'the extension', async () => {
    const said = await people.type(`/access extend ${grantId} 1h`, SLACK.dana);
    return idsIn(said).find((id) => id !== grantId);
  });
  await approve(playing, asked);
  await step(playing, 'the new end on the assignment', async () => {
    const grant = await ground.findGrant(grantId);
    return grant && grant.endAt > firstEnd && grant.markerEndAt === grant.endAt ? true : undefined;
  });
}

/** Tries until it came about, for at most 30 s after the death of the process, or 30 s without one. */
async function step<T>(
  { replica, diedAt }: Playing,
  what: string,
  tryOnce: () => Promise<T | undefined>,
): Promise<T> {
  const startedAt = Date.now();
  for (;;) {
    const done = await tryOnce();
    if (replica.deaths() > 0 && diedAt.at === 0) diedAt.at = Date.now();
    if (done !== undefined) return done;
    const from = diedAt.at === 0 ? startedAt : diedAt.at;
    if (Date.now() - from > AGREES_MS) throw new Error(`never came: ${what}`);
    await pause(LOOK_MS);
  }
}

/** The customer has a guest of its own with Dana's address; answers how to take it back. */
function theirGuest(ground: ChaosGround): () => void {
  const { azure } = ground.world;
  const guest = { displayName: 'Dana (their own guest)', mail: 'dana@northwind.example' };
  const { id } = azure.addUser(IDS.contoso, { ...guest, userType: 'Guest' });
  ground.customerDid();
  return () => {
    const nobody = { mail: null, otherMails: [], proxyAddresses: [], userPrincipalName: `${id}@gone` };
    azure.changeUser(IDS.contoso, id, nobody);
    ground.customerDid();
  };
}
