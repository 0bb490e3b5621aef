import fc from 'fast-check';
import { createClock, readRedisTime } from '../../src/redis/clock.ts';
import { START } from '../contracts/samples.ts';
import { testRedis } from '../support/redis.ts';

/** Three clocks to be set by hand; the monotonic one ticks by itself. */
function threeClocks(at: { redis?: number; host: number; azure?: number }) {
  const state = { ...at, monotonicMs: 1_000 };
  const clock = createClock({
    redisTime: async () => {
      if (state.redis === undefined) throw new Error('away');
      return state.redis;
    },
    hostNow: () => state.host,
    reference: () => state.azure,
    monotonicMs: () => state.monotonicMs,
  });
  return { state, clock };
}

describe('createClock', () => {
  it('lets no single wrong clock mislead it', async () => {
    const drift = fc.integer({ min: -1e9, max: 1e9 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('redis', 'host', 'azure'), drift, async (wrong, by) => {
        const { clock } = threeClocks({
          redis: START,
          host: START + 3,
          azure: START - 3,
          [wrong]: START + by,
        });
        await clock.sample();
        expect(Math.abs(clock.now() - START)).toBeLessThanOrEqual(3);
        if (Math.abs(by) > 5_010) expect(clock.inDoubt()).toBe(true);
        if (Math.abs(by) < 4_990) expect(clock.inDoubt()).toBe(false);
      }),
    );
  });

  it('takes the later of two while Azure has not answered', async () => {
    const { clock, state } = threeClocks({ redis: START, host: START - 4_000 });
    await clock.sample();
    expect(clock.now()).toBe(START);
    state.host = START + 4_000;
    expect(clock.now()).toBe(START + 4_000);
    expect(clock.inDoubt()).toBe(false);
  });

  it('believes an answer that was long under way only when it has none of the last minute', async () => {
    const state = { redis: START, monotonicMs: 0, roundTripMs: 2 };
    const clock = createClock({
      redisTime: async () => {
        state.monotonicMs += state.roundTripMs;
        return state.redis;
      },
      hostNow: () => START - 100_000,
      reference: () => undefined,
      monotonicMs: () => state.monotonicMs,
    });
    await clock.sample();
    expect(clock.now()).toBe(START + 1);
    state.roundTripMs = 3_000;
    await clock.sample();
    expect(clock.now()).toBe(START + 1 + 3_000);
    state.monotonicMs += 60_000;
    state.redis = START + 66_000;
    await clock.sample();
    expect(clock.now()).toBe(START + 66_000 + 1_500);
  });

  it('is in doubt on the host alone', async () => {
    const { clock } = threeClocks({ host: START });
    await expect(clock.sample()).rejects.toThrow('away');
    expect(clock.now()).toBe(START);
    expect(clock.inDoubt()).toBe(true);
  });

  it('carries the time of Redis on steadily while Redis is away and the host jumps', async () => {
    const { clock, state } = threeClocks({ redis: START, host: START, azure: START });
    await clock.sample();
    state.monotonicMs += 60_000;
    state.azure = START + 60_000;
    state.host = START - 300_000;
    delete state.redis;
    await expect(clock.sample()).rejects.toThrow('away');
    expect(clock.now()).toBe(START + 60_000);
    expect(clock.spreadMs()).toBe(360_000);
  });
});

describe('readRedisTime', () => {
  it('answers epoch milliseconds', async () => {
    const redis = await testRedis();
    const before = Date.now();
    const at = await readRedisTime(redis.client);
    expect(at).toBeGreaterThanOrEqual(before - 1);
    expect(at).toBeLessThanOrEqual(Date.now());
    await redis.stop();
  });
});
