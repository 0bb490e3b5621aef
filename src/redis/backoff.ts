import { Unavailable } from '../access/errors.ts';

const FIRST_MS = 1_000;
const LAST_MS = 60_000;

/**
 * How long to wait before the next try, ms: 1 s to 60 s, doubling, with jitter; what the other side asked for counts
 * more, with up to a fifth on top so that not everybody comes back at once.
 *
 * @param tries failed tries before this one
 * @param random 0 (included) to 1 (excluded)
 */
export function backoffMs(
  error: unknown,
  { tries, random }: { tries: number; random: () => number },
): number {
  if (error instanceof Unavailable && error.retryAfterMs > 0) {
    return Math.round(error.retryAfterMs * (1 + random() / 5));
  }
  const most = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(tries + 1, 10));
  return Math.round(FIRST_MS + random() * (most - FIRST_MS));
}
