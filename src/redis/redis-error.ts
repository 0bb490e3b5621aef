import { ReplyError } from 'ioredis';
import { Misconfigured, Unavailable } from '../access/errors.ts';

const RETRY_AFTER_MS = 1_000;

/** Codes with which Redis says "not now"; the code is the first word of an error reply. */
const NOT_NOW = new Set([
  'OOM',
  'LOADING',
  'BUSY',
  'READONLY',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'NOREPLICAS',
  'MISCONF',
  'EXECABORT',
]);
const NOT_ALLOWED = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM']);

/** The code of an error reply, e.g. `OOM`; undefined when the error is not a reply of the server's. */
export function findReplyCode(error: unknown): string | undefined {
  if (!(error instanceof ReplyError) || !(error instanceof Error)) return undefined;
  return error.message.split(' ', 1)[0];
}

/** Puts an error of the connection or the server into our own kinds. Anything else is a bug and stays what it is. */
export function translateError(error: unknown): Error {
  const code = findReplyCode(error);
  if (code === undefined || NOT_NOW.has(code)) {
    const why = code ?? (error instanceof Error ? error.message : String(error));
    return new Unavailable(`Redis cannot serve us now (${why}).`, RETRY_AFTER_MS, { cause: error });
  }
  if (NOT_ALLOWED.has(code)) {
    return new Misconfigured(
      `Redis does not let us in or forbids a command (${code}).`,
      'Check user, password and ACL in REDIS_URL.',
      { cause: error },
    );
  }
  return error instanceof Error ? error : new Error(String(error));
}

/**
 * Does something in Redis.
 *
 * @throws {Unavailable} when the server cannot be reached, or refuses for now; it may or may not have been done
 * @throws {Misconfigured} when the server refuses us for good
 */
export async function inRedis<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw translateError(error);
  }
}
