import type { SandboxClock } from '../../../sandbox/clock.ts';
import { createRateLimiter } from '../../../sandbox/teams/rate-limit.ts';
import type { RateLimiter } from '../../../sandbox/teams/rate-limit.ts';

describe('createRateLimiter', () => {
  let now: number;
  let limiter: RateLimiter;
  const clock: SandboxClock = {
    now: () => now,
    advance: (ms) => void (now += ms),
    set: (atMs) => void (now = atMs),
  };
  const take = (kind: 'send' | 'members' = 'send', threadId = 't', tenantId = 'tenant'): number | undefined =>
    limiter.take({ kind, threadId, tenantId });
  /** How many pass at an even pace before the first is refused. */
  const passing = (kind: 'send' | 'members', everyMs: number): { count: number; waitMs: number } => {
    for (let count = 0; ; count += 1) {
      const waitMs = take(kind);
      if (waitMs !== undefined) return { count, waitMs };
      clock.advance(everyMs);
    }
  };

  beforeEach(() => {
    now = 1_000_000;
    limiter = createRateLimiter(clock);
  });

  it.each([
    ['7 sends in a second', 'send', 0, 7, 1_000],
    ['8 sends in two seconds', 'send', 200, 8, 400],
    ['60 sends in thirty seconds', 'send', 400, 60, 6_000],
    ['1800 sends in an hour', 'send', 1_000, 1_800, 1_800_000],
    ['14 roster reads in a second', 'members', 0, 14, 1_000],
    ['120 roster reads in thirty seconds', 'members', 200, 120, 6_000],
  ] as const)('lets %s pass', (_name, kind, everyMs, count, waitMs) => {
    expect(passing(kind, everyMs)).toEqual({ count, waitMs });
  });

  it('counts threads and kinds apart, and refused requests not at all', () => {
    for (let index = 0; index < 7; index += 1) expect(take()).toBeUndefined();
    expect(take('send', 'other')).toBeUndefined();
    expect(take('members')).toBeUndefined();
    for (let index = 0; index < 20; index += 1) expect(take()).toBe(1_000);
    clock.advance(1_000);
    expect(take()).toBeUndefined();
  });

  it('lets 30 requests a second pass in a tenant', () => {
    for (let index = 0; index < 30; index += 1) expect(take('send', `t${index}`)).toBeUndefined();
    expect(take('send', 'new')).toBe(1_000);
    expect(take('send', 'new', 'other')).toBeUndefined();
  });
});
