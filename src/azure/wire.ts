import { setTimeout as sleep } from 'node:timers/promises';

/** No ARM or Graph call takes longer, retries included. Ms. */
export const CALL_DEADLINE_MS = 20_000;
/** No token takes longer. Ms. */
export const TOKEN_DEADLINE_MS = 10_000;
/** A service that wants a longer pause is asked again by the due index, not by us. Ms. */
const LONGEST_PAUSE_MS = 2_000;
const RETRIES = 2;
const FIRST_PAUSE_MS = 250;

const TRANSIENT: ReadonlySet<number> = new Set([408, 500, 502, 503, 504]);

/** One failed try: `status` undefined means the connection failed. */
export interface FailedTry {
  status: number | undefined;
  retryAfterMs: number | undefined;
  /** 0 for the first try. */
  attempt: number;
}

/**
 * How long to pause before trying again, or undefined to give up. A 429 that does not say how long is left to the
 * caller. Every call of this room may be repeated: names are ours, deletions and invitations answer alike again.
 */
export function retryPauseMs({ status, retryAfterMs, attempt }: FailedTry): number | undefined {
  if (attempt >= RETRIES) return undefined;
  if (status !== undefined && status !== 429 && !TRANSIENT.has(status)) return undefined;
  if (retryAfterMs !== undefined) return retryAfterMs <= LONGEST_PAUSE_MS ? retryAfterMs : undefined;
  if (status === 429) return undefined;
  const base = FIRST_PAUSE_MS * 2 ** attempt;
  return base + Math.random() * base;
}

/**
 * What the headers say about waiting, in ms: `retry-after-ms`, `x-ms-retry-after-ms`, or `Retry-After` as seconds or
 * as a date, which is compared with the answer's own `Date`.
 */
export function findRetryAfterMs(header: (name: string) => string | null | undefined): number | undefined {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const ms = Number.parseInt(header(name) ?? '', 10);
    if (ms >= 0) return ms;
  }
  const value = header('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  if (!Number.isFinite(at)) return undefined;
  const now = Date.parse(header('date') ?? '');
  return Math.max(0, at - (Number.isFinite(now) ? now : Date.now()));
}

/** Waits, unless aborted. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal ? { signal } : {});
}

/**
 * Runs something that may ignore its signal, and stops waiting for it.
 * @throws {DeadlinePassed} when it takes longer than `ms`
 */
export async function withDeadline<T>(
  ms: number,
  what: string,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DeadlinePassed(what, ms));
      controller.abort();
    }, ms);
  });
  try {
    return await Promise.race([run(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Nobody answered in time. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
  constructor(what: string, ms: number) {
    super(`${what} did not finish within ${ms / 1000} s`);
  }
}
