import type { Redis } from 'ioredis';
import type { Claim, Clock, Lane } from '../access/ports.ts';
import { CLAIM, FINISH, HEADS, HEARTBEAT } from './due-scripts.ts';
import type { Keys } from './keys.ts';
import { runScript } from './script.ts';

/** The lanes of the port, and `mail` for the outbox: one lane per place. */
export type DueClass = Lane['class'] | 'mail';

/** How jobs of one class are taken. */
export interface ClassLimit {
  class: DueClass;
  /** At most so many of one lane in one go. */
  perLane: number;
  /** Token bucket of each lane: so many at once, then so many per second. 0: no budget. */
  burst: number;
  refillPerSecond: number;
}

/**
 * Azure grants 200 deletes and 200 writes at once, then 10 a second, per subscription and service principal; we stay a
 * notch below. Deletes and writes are counted apart.
 * Source: https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 */
export const AZURE_BUDGET = { burst: 180, refillPerSecond: 9.5 } as const;

/** A job out of the index under a lease. */
export interface LeasedJob {
  jobId: string;
  token: number;
  class: DueClass;
  laneKey: string;
  /** When it was due, epoch ms. */
  dueAt: number;
  /** Failed tries so far. */
  tries: number;
  shard: number;
  /** The mail item's JSON; empty for other classes. */
  item: string;
}

/**
 * How a lease ends. `done`: nothing is left to do. `again`: due again. `pause`: keeps its turn, its whole lane waits;
 * `wait`: the same without counting a try. Instants are epoch ms.
 */
export type Outcome =
  | { kind: 'done' }
  | { kind: 'again'; at: number }
  | { kind: 'pause'; until: number }
  | { kind: 'wait'; until: number };

/** The head of one class. */
export interface Head {
  /** When the job at the head was, or is, due; undefined when there is none. */
  dueAt?: number;
  /** How many are due and not being worked on. */
  waiting: number;
}

/** What is due when, with leases. Every method may throw `Unavailable`. */
export interface DueIndex {
  /**
   * Takes out what is due, in the order of the classes given: at most `total` jobs, and at most `rest` of all classes
   * but the first. `nextAt`: when there is something to do again.
   */
  claim(ask: {
    shard: number;
    total: number;
    rest: number;
    leaseMs: number;
    classes: readonly ClassLimit[];
  }): Promise<{ jobs: LeasedJob[]; nextAt?: number }>;
  /** Prolongs leases of one shard; answers the ids of jobs that are no longer leased to us. */
  heartbeat(ask: { shard: number; leaseMs: number; jobs: readonly LeasedJob[] }): Promise<string[]>;
  /** Ends a lease; answers `lost` when it was not ours any more, and changes nothing then. */
  finish(job: LeasedJob, outcome: Outcome): Promise<'ended' | 'lost'>;
  heads(classes: readonly DueClass[]): Promise<Map<DueClass, Head>>;
}

/** The due index in Redis; `clock` says what is due. */
export function createDueIndex({
  redis,
  keys,
  clock,
}: {
  redis: Redis;
  keys: Keys;
  clock: Pick<Clock, 'now'>;
}): DueIndex {
  const now = (): number => Math.round(clock.now());
  return {
    claim: async ({ shard, total, rest, leaseMs, classes }) => {
      const limits = classes.flatMap((each) => [each.class, each.perLane, each.burst, each.refillPerSecond]);
      const args = [now(), leaseMs, total, rest, ...limits];
      const answer = await runScript(redis, CLAIM, { key: keys.base(shard), args });
      return readClaim(answer as string[], shard);
    },
    heartbeat: async ({ shard, leaseMs, jobs }) => {
      const args = [now(), leaseMs, ...jobs.flatMap((job) => [job.jobId, job.token])];
      return (await runScript(redis, HEARTBEAT, { key: keys.base(shard), args })) as string[];
    },
    finish: async (job, outcome) => {
      const at = outcome.kind === 'again' ? outcome.at : outcome.kind === 'done' ? 0 : outcome.until;
      const args = [job.jobId, job.token, now(), outcome.kind, Math.round(at)];
      const answer = await runScript(redis, FINISH, { key: keys.base(job.shard), args });
      return answer === 1 ? 'ended' : 'lost';
    },
    heads: async (classes) => {
      const all = Array.from({ length: keys.shards }, (_, shard) =>
        runScript(redis, HEADS, { key: keys.base(shard), args: [now(), ...classes] }),
      );
      return mergeHeads(classes, (await Promise.all(all)) as Array<Array<string | number>>);
    },
  };
}

/** The claim as the port knows it. */
export function toClaim(job: LeasedJob): Claim {
  if (job.class === 'mail') throw new RangeError('mail is no job of the port');
  return {
    jobId: job.jobId,
    token: job.token,
    lane: { class: job.class, key: job.laneKey },
    dueAt: job.dueAt,
  };
}

const WORDS_PER_JOB = 7;

function readClaim([next = '', ...words]: string[], shard: number): { jobs: LeasedJob[]; nextAt?: number } {
  const jobs: LeasedJob[] = [];
  for (let index = 0; index < words.length; index += WORDS_PER_JOB) {
    const [jobId = '', token, name, laneKey = '', dueAt, tries, item = ''] = words.slice(index);
    jobs.push({
      jobId,
      token: Number(token),
      class: name as DueClass,
      laneKey,
      dueAt: Number(dueAt),
      tries: Number(tries),
      shard,
      item,
    });
  }
  return next === '' ? { jobs } : { jobs, nextAt: Number(next) };
}

function mergeHeads(
  classes: readonly DueClass[],
  perShard: ReadonlyArray<ReadonlyArray<string | number>>,
): Map<DueClass, Head> {
  const heads = new Map<DueClass, Head>();
  classes.forEach((name, index) => {
    const dues = perShard.map((words) => words[2 * index]).filter((due) => due !== '' && due !== undefined);
    const waiting = perShard.reduce((sum, words) => sum + Number(words[2 * index + 1] ?? 0), 0);
    const first = dues.length === 0 ? {} : { dueAt: Math.min(...dues.map(Number)) };
    heads.set(name, { ...first, waiting });
  });
  return heads;
}
