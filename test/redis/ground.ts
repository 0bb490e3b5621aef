import type { JobChange, Lane, Log, Store } from '../../src/access/ports.ts';
import type { ClassLimit, DueIndex, LeasedJob } from '../../src/redis/due-index.ts';
import { AZURE_BUDGET, createDueIndex } from '../../src/redis/due-index.ts';
import type { Keys } from '../../src/redis/keys.ts';
import { createKeys } from '../../src/redis/keys.ts';
import { createStore } from '../../src/redis/store.ts';
import { START } from '../contracts/samples.ts';
import type { TestRedis } from '../support/redis.ts';

/** A clock that stands still until it is moved. */
export interface HandClock {
  now(): number;
  advance(ms: number): void;
}

export function handClock(at = START): HandClock {
  let now = at;
  return { now: () => now, advance: (ms) => void (now += ms) };
}

/** Store and due index of one replica on a test server. */
export interface Ground {
  clock: HandClock;
  keys: Keys;
  store: Store;
  index: DueIndex;
}

export function createGround(redis: TestRedis, clock = handClock()): Ground {
  const keys = createKeys(1);
  const deps = { redis: redis.client, keys, clock };
  return { clock, keys, store: createStore(deps), index: createDueIndex(deps) };
}

export const TAKE: ClassLimit = { class: 'take', perLane: 25, ...AZURE_BUDGET };
export const GIVE: ClassLimit = { class: 'give', perLane: 25, ...AZURE_BUDGET };
export const TIMER: ClassLimit = { class: 'clock', perLane: 25, burst: 0, refillPerSecond: 0 };
export const MAIL: ClassLimit = { class: 'mail', perLane: 1, burst: 0, refillPerSecond: 0 };

export const LEASE_MS = 3_000;

/** Claims from shard 0, everything unless told otherwise. */
export async function claim(
  index: DueIndex,
  { total = 1_000, rest = 1_000, classes = [TAKE, TIMER, GIVE] as readonly ClassLimit[] } = {},
): Promise<LeasedJob[]> {
  return (await index.claim({ shard: 0, total, rest, leaseMs: LEASE_MS, classes })).jobs;
}

/** `grant:AR-…` with a number in it. */
export function jobNumber(number: number): string {
  return `grant:AR-${String(number).padStart(8, '0')}`;
}

export function job(
  number: number,
  { at = START, lane = laneOf('a') }: { at?: number; lane?: Lane } = {},
): JobChange {
  return { jobId: jobNumber(number), at, lane };
}

export function laneOf(key: string, direction: Lane['class'] = 'take'): Lane {
  return { class: direction, key };
}

/** A log that keeps what it is told. */
export function keptLog(): Log & { lines: Array<{ event: string; facts: unknown }> } {
  const lines: Array<{ event: string; facts: unknown }> = [];
  const keep = (event: string, facts?: unknown): void => void lines.push({ event, facts });
  return { lines, info: keep, warn: keep, error: keep };
}

/** Asks again and again until it is so, at most 10 s. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not so within 10 s: ${isSo.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
