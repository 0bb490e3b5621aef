import type { Redis } from 'ioredis';
import type { Place } from '../access/place.ts';
import { placeKey } from '../access/place.ts';
import type { Keys } from './keys.ts';
import { defineScript, runScript } from './script.ts';

/** At most so many messages in any window of this length. Ms. */
export interface Pace {
  count: number;
  windowMs: number;
}

/**
 * Slack: one message per second and channel. Teams: 7 per second and 60 per 30 s and thread.
 * Sources: https://docs.slack.dev/apis/web-api/rate-limits,
 * https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
 */
export function paceOf(place: Place): readonly Pace[] {
  if (place.platform === 'slack') return [{ count: 1, windowMs: 1_000 }];
  return [
    { count: 7, windowMs: 1_000 },
    { count: 60, windowMs: 30_000 },
  ];
}

/** ARGV: now, then count and window per limit. Takes a slot and answers 0, or the ms until there is one. */
const TAKE_SLOT = defineScript(
  'allowOom',
  `
local key, now, most, longest, wait = KEYS[1], tonumber(ARGV[1]), 0, 0, 0
for i = 2, #ARGV, 2 do
  local count, window = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  local before = tonumber(redis.call('LINDEX', key, count - 1) or -1)
  if before > 0 then wait = math.max(wait, math.min(window, before + window - now)) end
  most, longest = math.max(most, count), math.max(longest, window)
end
if wait > 0 then return wait end
redis.call('LPUSH', key, now)
redis.call('LTRIM', key, 0, most - 1)
redis.call('PEXPIRE', key, longest)
return 0`,
);

/**
 * Takes the right to send one message to a place now.
 *
 * @returns 0 when it was given; else how long to wait before asking again, ms
 * @throws {Unavailable} when Redis does not answer
 */
export async function takeSlot(
  { redis, keys }: { redis: Redis; keys: Keys },
  { place, now }: { place: Place; now: number },
): Promise<number> {
  const limits = paceOf(place).flatMap(({ count, windowMs }) => [count, windowMs]);
  const args = [Math.round(now), ...limits];
  return Number(await runScript(redis, TAKE_SLOT, { key: keys.pace(placeKey(place)), args }));
}
