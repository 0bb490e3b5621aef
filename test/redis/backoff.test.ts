import fc from 'fast-check';
import { Unavailable } from '../../src/access/errors.ts';
import { backoffMs } from '../../src/redis/backoff.ts';

const random = fc.double({ min: 0, max: 0.999_999, noNaN: true });

describe('backoffMs', () => {
  it('stays between 1 s and 60 s, however often it failed', () => {
    fc.assert(
      fc.property(fc.nat(100_000), random, (tries, dice) => {
        const waitMs = backoffMs(new Error('broken'), { tries, random: () => dice });
        expect(waitMs).toBeGreaterThanOrEqual(1_000);
        expect(waitMs).toBeLessThanOrEqual(60_000);
      }),
    );
  });

  it('doubles at most', () => {
    const most = [0, 1, 2, 3, 4, 5, 6, 60].map((tries) => backoffMs(undefined, { tries, random: () => 1 }));
    expect(most).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('never comes back before it was told to', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_600_000 }), random, (retryAfterMs, dice) => {
        const error = new Unavailable('busy', retryAfterMs);
        const waitMs = backoffMs(error, { tries: 9, random: () => dice });
        expect(waitMs).toBeGreaterThanOrEqual(retryAfterMs);
        expect(waitMs).toBeLessThanOrEqual(Math.ceil(retryAfterMs * 1.2));
      }),
    );
  });
});
