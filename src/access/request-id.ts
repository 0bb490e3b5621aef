import { InvalidCommand } from './errors.ts';
import { inert } from './names.ts';

// Crockford's base 32: no I, L, O, U (https://www.crockford.com/base32.html).
const REQUEST_ID = /^AR-[0-9A-HJKMNP-TV-Z]{8}$/;

/** A right id, for messages. */
export const REQUEST_ID_EXAMPLE = 'AR-7K3M9PQX';

/** Reads a typed request id in any ASCII case, o for 0 and i or l for 1, as people copy them; else undefined. */
export function findRequestId(text: string): string | undefined {
  if (!/^[A-Za-z]{2}-[A-Za-z0-9]{8}$/.test(text)) return undefined;
  const upper = text.toUpperCase();
  const id = upper.slice(0, 3) + upper.slice(3).replaceAll('O', '0').replace(/[IL]/g, '1');
  return REQUEST_ID.test(id) ? id : undefined;
}

/**
 * Like {@link findRequestId}, for where an id has to be.
 *
 * @throws {InvalidCommand} when it is none; the hint shows `example`
 */
export function parseRequestId(text: string, example: string): string {
  const id = findRequestId(text);
  if (id !== undefined) return id;
  const message = text === '' ? 'The request id is missing.' : `"${inert(text, 40)}" is not a request id.`;
  throw new InvalidCommand(message, `An id is AR- and eight characters: ${example}`);
}
