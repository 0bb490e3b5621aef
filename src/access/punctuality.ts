import type { Grant } from './grant.ts';
import { dueToLeaveAt } from './grant.ts';

/** How punctual one grant was. Instants are epoch ms; what never came is absent. */
export interface Punctuality {
  grantId: string;
  askedAt?: number;
  decidedAt: number;
  /** Azure accepted the assignment. */
  acceptedAt?: number;
  /** It was read back: access works. */
  workingAt?: number;
  /** When it had to go. */
  dueAt: number;
  firstDeleteAt?: number;
  /** Everything was seen to be gone. */
  goneAt: number;
  /** When it was stuck first. */
  stuckAt?: number;
}

/** Nearest-rank percentiles of durations, ms. */
export interface Spread {
  count: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
}

/** What {@link figuresOf} works out; a spread is absent when nothing was measured. */
export interface Figures {
  ended: number;
  /** How many of them were stuck on the way. */
  wereStuck: number;
  askedToDecided?: Spread;
  decidedToAccepted?: Spread;
  decidedToWorking?: Spread;
  endToFirstDelete?: Spread;
  endToGone?: Spread;
}

/** How punctual a grant was; undefined until it has ended. */
export function punctualityOf(grant: Grant): Punctuality | undefined {
  const { id, state, askedAt, startAt, acceptedAt, activeAt, firstDeleteAt, endedAt, stuckAt } = grant;
  if (state !== 'ended' || endedAt === undefined) return undefined;
  return {
    grantId: id,
    ...(askedAt !== undefined && { askedAt }),
    decidedAt: startAt,
    ...(acceptedAt !== undefined && { acceptedAt }),
    ...(activeAt !== undefined && { workingAt: activeAt }),
    dueAt: dueToLeaveAt(grant),
    ...(firstDeleteAt !== undefined && { firstDeleteAt }),
    goneAt: endedAt,
    ...(stuckAt !== undefined && { stuckAt }),
  };
}

/** The figures of many grants. */
export function figuresOf(records: readonly Punctuality[]): Figures {
  const spread = (name: keyof Figures, measure: (record: Punctuality) => number): Partial<Figures> => {
    const found = spreadOf(records.map(measure).filter((ms) => !Number.isNaN(ms)));
    return found ? { [name]: found } : {};
  };
  return {
    ended: records.length,
    wereStuck: records.filter(({ stuckAt }) => stuckAt !== undefined).length,
    ...spread('askedToDecided', ({ askedAt = NaN, decidedAt }) => decidedAt - askedAt),
    ...spread('decidedToAccepted', ({ decidedAt, acceptedAt = NaN }) => acceptedAt - decidedAt),
    ...spread('decidedToWorking', ({ decidedAt, workingAt = NaN }) => workingAt - decidedAt),
    ...spread('endToFirstDelete', ({ dueAt, firstDeleteAt = NaN }) => firstDeleteAt - dueAt),
    ...spread('endToGone', ({ dueAt, goneAt }) => goneAt - dueAt),
  };
}

/** Undefined for nothing. What is before its time counts as punctual. */
export function spreadOf(durationsMs: readonly number[]): Spread | undefined {
  const sorted = durationsMs.map((ms) => Math.max(0, ms)).toSorted((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return {
    count: sorted.length,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    maxMs: at(1),
  };
}
