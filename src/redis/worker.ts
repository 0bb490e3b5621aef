import { StateConflict } from '../access/errors.ts';
import type { Claim, Clock, Log } from '../access/ports.ts';
import { backoffMs } from './backoff.ts';
import type { ClassLimit, DueIndex, LeasedJob, Outcome } from './due-index.ts';
import { AZURE_BUDGET, toClaim } from './due-index.ts';
import type { LeaseLoop } from './lease-loop.ts';
import { createLeaseLoop, wordsOf } from './lease-loop.ts';

/** A crashed worker's jobs run elsewhere after this long at most. Ms. */
export const LEASE_MS = 3_000;

const POLL_MS = 500;
const MAX_RUN_MS = 10 * 60_000;
const PER_LANE = 25;
/** So often in a row a job whose record moved on is run again at once; then after a second or two. */
const RACES = 4;
const CLASSES: readonly ClassLimit[] = [
  { class: 'take', perLane: PER_LANE, ...AZURE_BUDGET },
  { class: 'clock', perLane: PER_LANE, burst: 0, refillPerSecond: 0 },
  { class: 'give', perLane: PER_LANE, ...AZURE_BUDGET },
];

/** What {@link createWorker} needs. Durations in ms. */
export interface WorkerDeps {
  index: DueIndex;
  clock: Pick<Clock, 'now'>;
  log: Log;
  shards: number;
  /**
   * Does one job. It ends the lease itself, by a commit that names the claim and changes the claim's job. When it throws, or
   * leaves the job as it was, the job is due again after 1 s to 60 s, when an `Unavailable` says, or at once after a
   * `StateConflict`.
   */
  handle(claim: Claim): Promise<void>;
  /** How many jobs at once. A quarter of it is kept for taking access away. */
  concurrency: number;
  leaseMs?: number;
  maxRunMs?: number;
  /** 0 (included) to 1 (excluded). */
  random?: () => number;
}

/** Works on requests and grants that are due: first what takes access away, then time limits, then what gives. */
export function createWorker(deps: WorkerDeps): LeaseLoop {
  const { index, clock, log, shards, concurrency, random = Math.random } = deps;
  const run = async (job: LeasedJob): Promise<Outcome> => {
    const retry = (error: unknown, tries = job.tries): Outcome => ({
      kind: 'again',
      at: clock.now() + backoffMs(error, { tries, random }),
    });
    try {
      await deps.handle(toClaim(job));
      return retry(undefined);
    } catch (error) {
      if (error instanceof StateConflict) {
        log.info('job.overtaken', { jobId: job.jobId, tries: job.tries + 1, error: wordsOf(error) });
        return job.tries < RACES ? { kind: 'again', at: clock.now() } : retry(error, 0);
      }
      log.warn('job.failed', { jobId: job.jobId, tries: job.tries + 1, error: wordsOf(error) });
      return retry(error);
    }
  };
  return createLeaseLoop({
    name: 'worker',
    index,
    clock,
    log,
    shards,
    concurrency,
    leaseMs: deps.leaseMs ?? LEASE_MS,
    pollMs: POLL_MS,
    maxRunMs: deps.maxRunMs ?? MAX_RUN_MS,
    classes: CLASSES,
    reserved: concurrency > 1 ? Math.ceil(concurrency / 4) : 0,
    run,
  });
}
