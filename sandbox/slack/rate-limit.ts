import type { SandboxClock } from '../clock.ts';

/** Calls per minute that Slack grants each method, per workspace. Source: https://docs.slack.dev/apis/web-api/rate-limits */
export type Tier = 'tier1' | 'tier2' | 'tier3' | 'tier4' | 'posting' | 'special';

const PER_MINUTE: Record<Tier, number> = {
  tier1: 1,
  tier2: 20,
  tier3: 50,
  tier4: 100,
  posting: 300,
  special: 600,
};

/** How many messages a channel takes at once before one per second applies. */
const CHANNEL_BURST = 3;

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Token buckets, on the sandbox's clock. */
export interface RateLimiter {
  /** The limits are applied only while `enabled`. */
  enabled: boolean;
  /** Takes one call; the answer is 0 when it may go on, else whole seconds to wait (for `Retry-After`). */
  take(call: { teamId: string; method: string; tier: Tier; channelId?: string }): number;
}

/** Makes a limiter with every bucket full. */
export function createRateLimiter(clock: SandboxClock, enabled: boolean): RateLimiter {
  const buckets = new Map<string, Bucket>();

  const fill = (key: string, capacity: number, perMs: number): Bucket => {
    const now = clock.now();
    const bucket = buckets.get(key) ?? { tokens: capacity, filledAt: now };
    bucket.tokens = Math.min(capacity, bucket.tokens + Math.max(0, now - bucket.filledAt) * perMs);
    bucket.filledAt = now;
    buckets.set(key, bucket);
    return bucket;
  };

  const limiter: RateLimiter = {
    enabled,
    take: ({ teamId, method, tier, channelId }) => {
      if (!limiter.enabled) return 0;
      const perMinute = PER_MINUTE[tier];
      const wanted = [
        { bucket: fill(`${teamId} ${method}`, perMinute, perMinute / 60_000), perMs: perMinute / 60_000 },
      ];
      if (tier === 'posting' && channelId) {
        wanted.push({ bucket: fill(`${teamId} ${channelId}`, CHANNEL_BURST, 1 / 1000), perMs: 1 / 1000 });
      }
      const waits = wanted.map(({ bucket, perMs }) => (bucket.tokens >= 1 ? 0 : (1 - bucket.tokens) / perMs));
      const waitMs = Math.max(...waits);
      if (waitMs > 0) return Math.ceil(waitMs / 1000);
      for (const { bucket } of wanted) bucket.tokens -= 1;
      return 0;
    },
  };
  return limiter;
}
