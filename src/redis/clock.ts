import type { Redis } from 'ioredis';
import type { Clock } from '../access/ports.ts';
import { inRedis } from './redis-error.ts';

/** Clocks further apart than this are in doubt. Ms. */
export const MAX_SPREAD_MS = 5_000;

const SAMPLE_EVERY_MS = 1_000;
const MAX_ROUND_TRIP_MS = 200;
const KEEP_SAMPLE_MS = 60_000;

/** A clock that one wrong clock cannot mislead. */
export interface MedianClock extends Clock {
  /** How far the known clocks are apart, ms. */
  spreadMs(): number;
  /** Asks Redis for the time once. @throws {Unavailable} when Redis does not answer */
  sample(): Promise<void>;
  /** Takes the first sample and goes on sampling each second; a failed sample leaves the last one ticking. */
  start(): Promise<void>;
  stop(): void;
}

/** What {@link createClock} needs. Instants are epoch ms. */
export interface ClockDeps {
  redisTime(): Promise<number>;
  hostNow(): number;
  /** The last `Date` of an Azure answer, carried on to now; undefined before the first. */
  reference(): number | undefined;
  /** Counts ms steadily whatever happens to the host's clock. */
  monotonicMs?: () => number;
}

/**
 * Now is the median of Redis, this host and Azure. While Azure has not answered yet it is the later one of the other
 * two: early revocation is the safe side. With fewer than two clocks it is always in doubt.
 */
export function createClock(deps: ClockDeps): MedianClock {
  const monotonicMs = deps.monotonicMs ?? ((): number => performance.now());
  let offsetMs: number | undefined;
  let sampledAt = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  const readings = (): number[] => {
    const redis = offsetMs === undefined ? undefined : offsetMs + monotonicMs();
    return [redis, deps.hostNow(), deps.reference()]
      .filter((at) => at !== undefined)
      .map((at) => Math.round(at))
      .sort((a, b) => a - b);
  };
  const spreadMs = (): number => {
    const all = readings();
    return (all.at(-1) ?? 0) - (all[0] ?? 0);
  };
  const sample = async (): Promise<void> => {
    const askedAt = monotonicMs();
    const at = await deps.redisTime();
    const heardAt = monotonicMs();
    // An answer that was long under way says little of when it was true: the last good one goes on ticking for a while.
    if (heardAt - askedAt > MAX_ROUND_TRIP_MS && heardAt - sampledAt < KEEP_SAMPLE_MS) return;
    sampledAt = heardAt;
    // The answer was true somewhere between asking and hearing.
    offsetMs = at - (askedAt + heardAt) / 2;
  };
  return {
    now: () => {
      const all = readings();
      // The middle one of three, the later one of two.
      return all[Math.floor(all.length / 2)] ?? deps.hostNow();
    },
    inDoubt: () => readings().length < 2 || spreadMs() > MAX_SPREAD_MS,
    spreadMs,
    sample,
    start: async () => {
      await sample();
      timer ??= setInterval(() => void sample().catch(() => undefined), SAMPLE_EVERY_MS).unref();
    },
    stop: () => clearInterval(timer),
  };
}

/** Reads the server's clock: `TIME`, epoch ms. */
export async function readRedisTime(redis: Redis): Promise<number> {
  const [seconds, micros] = await inRedis(() => redis.time());
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}
