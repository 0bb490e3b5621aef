import type { Clock, Log } from '../access/ports.ts';
import type { ClassLimit, DueIndex, LeasedJob, Outcome } from './due-index.ts';
import { createSleeper } from './sleeper.ts';

/** A loop that works on what is due. */
export interface LeaseLoop {
  start(): void;
  /** Something may be due now: look at once. */
  kick(): void;
  /**
   * Claims nothing more and waits for what is in flight, at most so long. What is left then runs again elsewhere, as
   * soon as its lease lapses.
   *
   * @param deadlineMs ms from now
   */
  stop(deadlineMs?: number): Promise<void>;
}

/** What {@link createLeaseLoop} needs. */
export interface LeaseLoopDeps {
  name: string;
  index: DueIndex;
  clock: Pick<Clock, 'now'>;
  log: Log;
  shards: number;
  concurrency: number;
  leaseMs: number;
  /** How long it sleeps at most, ms. */
  pollMs: number;
  /** A job that takes longer loses its lease and its slot, ms. */
  maxRunMs: number;
  /** In the order in which they are served. */
  classes: readonly ClassLimit[];
  /** How many places are kept free for the first class. */
  reserved: number;
  /** Does one job. Must not throw. */
  run(job: LeasedJob): Promise<Outcome>;
}

const AFTER_FAILURE_MS = 200;

interface State {
  inFlight: Map<LeasedJob, { startedAt: number; lease: 'held' | 'lost' }>;
  isStopping: boolean;
  isDown: boolean;
  firstShard: number;
}

/** Claims, runs, keeps leases alive, ends them. Blocks on nothing; after an outage of Redis it simply goes on. */
export function createLeaseLoop(deps: LeaseLoopDeps): LeaseLoop {
  const state: State = { inFlight: new Map(), isStopping: false, isDown: false, firstShard: 0 };
  const sleeper = createSleeper();
  let running: Promise<void> | undefined;
  let heart: NodeJS.Timeout | undefined;

  async function loop(): Promise<void> {
    while (!state.isStopping) {
      const sleepMs = await turn(deps, state, sleeper.wake);
      if (sleepMs > 0 && !state.isStopping) await sleeper.sleep(sleepMs);
    }
  }

  return {
    start: () => {
      if (running) return;
      running = loop();
      heart = setInterval(() => void beat(deps, state), deps.leaseMs / 3);
    },
    kick: () => sleeper.wake(),
    stop: async (deadlineMs = 5_000) => {
      state.isStopping = true;
      sleeper.wake();
      const endsAt = performance.now() + deadlineMs;
      await running;
      while (state.inFlight.size > 0 && performance.now() < endsAt) {
        await sleeper.sleep(endsAt - performance.now());
      }
      clearInterval(heart);
    },
  };
}

/** Claims once in every shard; answers how long nothing is to be done, ms. */
async function turn(deps: LeaseLoopDeps, state: State, wake: () => void): Promise<number> {
  const { index, shards, leaseMs, pollMs, concurrency, classes } = deps;
  let nextAt = Number.POSITIVE_INFINITY;
  state.firstShard = (state.firstShard + 1) % shards;
  try {
    for (let step = 0; step < shards && !state.isStopping; step++) {
      const total = concurrency - state.inFlight.size;
      // Whoever ends next wakes the loop.
      if (total <= 0) return pollMs;
      const shard = (state.firstShard + step) % shards;
      const rest = Math.max(0, concurrency - deps.reserved - countOthers(deps, state));
      const claimed = await index.claim({ shard, total, rest, leaseMs, classes });
      for (const job of claimed.jobs) void carry(deps, state, job).finally(wake);
      nextAt = Math.min(nextAt, claimed.nextAt ?? Number.POSITIVE_INFINITY);
    }
  } catch (error) {
    if (!state.isDown) deps.log.warn(`${deps.name}.interrupted`, { error: wordsOf(error) });
    state.isDown = true;
    return AFTER_FAILURE_MS;
  }
  if (state.isDown) deps.log.info(`${deps.name}.resumed`);
  state.isDown = false;
  return Math.min(pollMs, Math.max(0, nextAt - deps.clock.now()));
}

function countOthers({ classes }: LeaseLoopDeps, { inFlight }: State): number {
  return [...inFlight.keys()].filter((job) => job.class !== classes[0]?.class).length;
}

async function carry(deps: LeaseLoopDeps, state: State, job: LeasedJob): Promise<void> {
  const { index, log, name } = deps;
  state.inFlight.set(job, { startedAt: performance.now(), lease: 'held' });
  try {
    const outcome = await deps.run(job);
    if (state.inFlight.has(job)) await index.finish(job, outcome);
  } catch (error) {
    // The lease lapses by itself and the job runs again.
    log.warn(`${name}.leaseNotEnded`, { jobId: job.jobId, error: wordsOf(error) });
  } finally {
    state.inFlight.delete(job);
  }
}

async function beat(deps: LeaseLoopDeps, state: State): Promise<void> {
  const { index, leaseMs, log, name, maxRunMs } = deps;
  const perShard = new Map<number, LeasedJob[]>();
  for (const [job, { startedAt, lease }] of state.inFlight) {
    if (performance.now() - startedAt > maxRunMs) {
      log.error(`${name}.tookTooLong`, { jobId: job.jobId });
      state.inFlight.delete(job);
    } else if (lease === 'held') perShard.set(job.shard, [...(perShard.get(job.shard) ?? []), job]);
  }
  for (const [shard, jobs] of perShard) {
    try {
      const lost = new Set(await index.heartbeat({ shard, leaseMs, jobs }));
      for (const job of jobs) {
        const flight = state.inFlight.get(job);
        if (flight && lost.has(job.jobId)) flight.lease = 'lost';
      }
    } catch {
      // The claim loop tells of the outage; leases that lapse meanwhile are claimed again.
      return;
    }
  }
}

/** An error in a few words for the log. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
