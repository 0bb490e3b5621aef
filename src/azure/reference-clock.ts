/** Azure's own clock, as its answers show it. */
export interface ReferenceClock {
  /** Takes note of a `Date` header; anything that is no date is ignored. */
  observe(dateHeader: string | null | undefined): void;
  /** Epoch ms, UTC; undefined until Azure has answered once. */
  now(): number | undefined;
}

/** Headers carry whole seconds, cut off: half a second more is right on average. */
const HALF_SECOND_MS = 500;

/**
 * Keeps the newest `Date` header and advances it.
 * @param monotonicMs a clock in ms that nobody sets, so that a wrong host clock cannot leak in
 */
export function createReferenceClock(monotonicMs: () => number): ReferenceClock {
  let seen: { atMs: number; monotonicMs: number } | undefined;
  return {
    observe: (dateHeader) => {
      const atMs = Date.parse(dateHeader ?? '');
      if (Number.isFinite(atMs)) seen = { atMs: atMs + HALF_SECOND_MS, monotonicMs: monotonicMs() };
    },
    now: () => seen && Math.round(seen.atMs + monotonicMs() - seen.monotonicMs),
  };
}
