import type { BucketSize } from './settings.ts';

/** What a bucket says of one more request. */
export interface Draw {
  granted: boolean;
  remaining: number;
  /** Whole seconds until there is enough again; 0 when granted. */
  retryAfterS: number;
  /** How much of the bucket is used, 0 to 1. */
  used: number;
}

/** Token buckets by key. */
export interface Throttle {
  draw(key: string, bucket: BucketSize, cost: number): Draw;
}

/** Buckets that refill by the given clock, epoch ms. A clock moved back refills nothing. */
export function createThrottle(now: () => number): Throttle {
  const levels = new Map<string, { tokens: number; at: number }>();
  return {
    draw: (key, bucket, cost) => {
      const at = now();
      const level = levels.get(key) ?? { tokens: bucket.size, at };
      const refill = (Math.max(0, at - level.at) / 1000) * bucket.perSecond;
      const tokens = Math.min(bucket.size, level.tokens + refill);
      const granted = tokens >= cost;
      const left = granted ? tokens - cost : tokens;
      levels.set(key, { tokens: left, at });
      return {
        granted,
        remaining: Math.floor(left),
        retryAfterS: granted ? 0 : Math.max(1, Math.ceil((cost - tokens) / bucket.perSecond)),
        used: 1 - left / bucket.size,
      };
    },
  };
}
