import type { SandboxClock } from '../clock.ts';

/** What is counted: posts, updates and deletes; new conversations; roster reads. */
export type LimitedKind = 'send' | 'create' | 'members';

interface Window {
  limit: number;
  windowMs: number;
}

const SEND: Window[] = [
  { limit: 7, windowMs: 1_000 },
  { limit: 8, windowMs: 2_000 },
  { limit: 60, windowMs: 30_000 },
  { limit: 1_800, windowMs: 3_600_000 },
];
const MEMBERS: Window[] = [
  { limit: 14, windowMs: 1_000 },
  { limit: 120, windowMs: 30_000 },
];
const PER_TENANT: Window[] = [{ limit: 30, windowMs: 1_000 }];

/** The limits of Teams on one bot. */
export interface RateLimiter {
  /**
   * Counts one request. Returns undefined when it may pass, else how long to wait in ms; a refused request is not
   * counted. `threadId` is a channel, a group chat or a 1:1 chat, without `;messageid=`.
   */
  take(request: { kind: LimitedKind; threadId: string; tenantId: string }): number | undefined;
}

/**
 * Sliding windows per bot and thread, and per app and tenant.
 *
 * Source: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
 */
export function createRateLimiter(clock: SandboxClock): RateLimiter {
  const taken = new Map<string, number[]>();
  return {
    take: ({ kind, threadId, tenantId }) => {
      const now = clock.now();
      const buckets = [
        { key: `${kind}|${threadId}`, windows: kind === 'members' ? MEMBERS : SEND },
        { key: `tenant|${tenantId}`, windows: PER_TENANT },
      ];
      const waitMs = Math.max(
        ...buckets.map(({ key, windows }) => waitFor(windows, taken.get(key) ?? [], now)),
      );
      if (waitMs > 0) return waitMs;
      for (const { key, windows } of buckets) {
        const longestMs = Math.max(...windows.map((window) => window.windowMs));
        const kept = (taken.get(key) ?? []).filter((at) => at > now - longestMs);
        taken.set(key, [...kept, now]);
      }
      return undefined;
    },
  };
}

function waitFor(windows: Window[], takenAt: number[], now: number): number {
  const waits = windows.map(({ limit, windowMs }) => {
    const inside = takenAt.filter((at) => at > now - windowMs);
    const blocking = inside[inside.length - limit];
    return blocking === undefined ? 0 : blocking + windowMs - now;
  });
  return Math.max(...waits);
}
