import type { AccessAsk } from '../access/access.ts';
import { parseDuration } from '../access/duration.ts';
import { InvalidCommand } from '../access/errors.ts';
import { checkName, inert, MAX_FREE_TEXT } from '../access/names.ts';
import { INPUT, USUAL } from './forms.ts';

/** What came back from a form: strings by field id. */
export type Inputs = Readonly<Record<string, string>>;

/** A form as an ask, or the errors at its fields. */
export type FilledIn =
  | { kind: 'ask'; ask: Omit<AccessAsk, 'requester' | 'replyTo'> }
  | { kind: 'errors'; errors: Readonly<Record<string, string>> };

const TICKET = /^[A-Za-z0-9#][A-Za-z0-9#._:/-]{0,63}$/;

/** One value, trimmed; undefined when it is missing, empty, or the choice that leaves it to the policy. */
export function inputOf(inputs: Inputs, id: string): string | undefined {
  const value: unknown = Object.hasOwn(inputs, id) ? inputs[id] : undefined;
  const typed = typeof value === 'string' ? value.trim() : '';
  return typed === '' || typed === USUAL ? undefined : typed;
}

/** Reads the form for asking. Names are checked to be names; the rules are the service's business. */
export function readAskForm(inputs: Inputs): FilledIn {
  const errors: Record<string, string> = {};
  const read = <T>(id: string, parse: (typed: string) => T): T | undefined => {
    const typed = inputOf(inputs, id);
    try {
      return typed === undefined ? undefined : parse(typed);
    } catch (error) {
      if (!(error instanceof InvalidCommand)) throw error;
      errors[id] = `${error.message} ${error.hint}`;
      return undefined;
    }
  };
  const customerSlug = read(INPUT.customer, (typed) => checkName(typed, 'customer'));
  const roleName = read(INPUT.role, (typed) => checkName(typed, 'role'));
  const scopeName = read(INPUT.scope, (typed) => checkName(typed, 'scope'));
  const durationMs = read(INPUT.duration, parseDuration);
  const ticket = read(INPUT.ticket, checkTicket);
  const justification = read(INPUT.reason, checkReason);
  if (customerSlug === undefined) errors[INPUT.customer] ??= 'Which customer?';
  if (roleName === undefined) errors[INPUT.role] ??= 'Which role?';
  if (justification === undefined) errors[INPUT.reason] ??= 'The people who decide need a reason.';
  if (customerSlug === undefined || roleName === undefined || Object.keys(errors).length > 0) {
    return { kind: 'errors', errors };
  }
  return {
    kind: 'ask',
    ask: {
      customerSlug,
      roleName,
      justification: justification ?? '',
      ...(scopeName !== undefined && { scopeName }),
      ...(durationMs !== undefined && { durationMs }),
      ...(ticket !== undefined && { ticket }),
    },
  };
}

function checkTicket(typed: string): string {
  if (TICKET.test(typed)) return typed;
  throw new InvalidCommand(
    'That cannot be a ticket.',
    'Letters, digits and # . _ : / - only, like INC-1042.',
  );
}

/** Free text made harmless. @throws {InvalidCommand} when it is too long for a card */
export function checkReason(typed: string): string {
  const reason = inert(typed, Number.MAX_SAFE_INTEGER);
  if (Array.from(reason).length <= MAX_FREE_TEXT) return reason;
  throw new InvalidCommand(`The reason has more than ${MAX_FREE_TEXT} characters.`, 'Say it shorter.');
}
