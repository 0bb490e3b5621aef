import type { Redis } from 'ioredis';
import { NotFound, Unavailable } from '../access/errors.ts';
import type { MailItem } from '../access/mail.ts';
import type { Clock, Log } from '../access/ports.ts';
import { backoffMs } from './backoff.ts';
import type { ClassLimit, LeasedJob, Outcome } from './due-index.ts';
import { createDueIndex } from './due-index.ts';
import type { Keys } from './keys.ts';
import type { LeaseLoop } from './lease-loop.ts';
import { createLeaseLoop, wordsOf } from './lease-loop.ts';
import { takeSlot } from './pace.ts';

const LEASE_MS = 10_000;
const POLL_MS = 500;
const MAX_RUN_MS = 120_000;
const GIVE_UP_AFTER_MS = 24 * 3_600_000;
const MAIL: readonly ClassLimit[] = [{ class: 'mail', perLane: 1, burst: 0, refillPerSecond: 0 }];

/** What {@link createOutbox} needs. */
export interface OutboxDeps {
  /** A connection of its own, so that mail never waits in front of access. */
  redis: Redis;
  keys: Keys;
  clock: Pick<Clock, 'now'>;
  log: Log;
  /**
   * Puts one item on its place, in the state the records have now. `Unavailable`: the whole place waits and keeps its
   * order. `NotFound`: the place is gone and the item is lost. Anything else: this item alone is tried again, for a day.
   */
  send(item: MailItem): Promise<void>;
  /** Told of every item that will never arrive. */
  onLost?: (item: MailItem, error: unknown) => void;
  /** How many places are served at once. */
  concurrency?: number;
  /** 0 (included) to 1 (excluded). */
  random?: () => number;
}

/**
 * Sends what commits have put in the mail: one message per place at a time, in the order of their instants, no faster
 * than the platform allows. Sent at least once: a crash between sending and noting it sends again. An item that is put
 * again while it is being sent is sent once more afterwards.
 */
export function createOutbox(deps: OutboxDeps): LeaseLoop {
  const { redis, keys, clock, log } = deps;
  return createLeaseLoop({
    name: 'outbox',
    index: createDueIndex({ redis, keys, clock }),
    clock,
    log,
    shards: keys.shards,
    concurrency: deps.concurrency ?? 16,
    leaseMs: LEASE_MS,
    pollMs: POLL_MS,
    maxRunMs: MAX_RUN_MS,
    classes: MAIL,
    reserved: 0,
    run: (job) => deliver(deps, job),
  });
}

async function deliver(deps: OutboxDeps, job: LeasedJob): Promise<Outcome> {
  const { clock } = deps;
  const item = JSON.parse(job.item) as MailItem;
  const waitMs = await takeSlot(deps, { place: item.place, now: clock.now() });
  if (waitMs > 0) return { kind: 'wait', until: clock.now() + waitMs };
  try {
    await deps.send(item);
    return { kind: 'done' };
  } catch (error) {
    return afterFailure(deps, { job, item, error });
  }
}

function afterFailure(
  { clock, log, onLost, random = Math.random }: OutboxDeps,
  { job, item, error }: { job: LeasedJob; item: MailItem; error: unknown },
): Outcome {
  const facts = { itemId: item.id, subjectId: item.subjectId, tries: job.tries + 1, error: wordsOf(error) };
  const isUnavailable = error instanceof Unavailable;
  const isTooOld = !isUnavailable && clock.now() - item.at > GIVE_UP_AFTER_MS;
  if (error instanceof NotFound || isTooOld) {
    log.error('mail.lost', facts);
    onLost?.(item, error);
    return { kind: 'done' };
  }
  log.warn('mail.failed', facts);
  const at = clock.now() + backoffMs(error, { tries: job.tries, random });
  return isUnavailable ? { kind: 'pause', until: at } : { kind: 'again', at };
}
