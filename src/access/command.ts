import type { OptionName, Piece } from './command-words.ts';
import { quoteValue, splitCommand } from './command-words.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { InvalidCommand } from './errors.ts';
import { checkName, inert, lowerAscii, MAX_FREE_TEXT, nearest } from './names.ts';
import { findRequestId, parseRequestId, REQUEST_ID_EXAMPLE } from './request-id.ts';

/** `/access <customer> <role> <duration> [reason…]`. Without `durationMs` the role's default is meant. */
export interface AskCommand {
  kind: 'ask';
  /** Customer slug, role and scope name: checked to be names, not to exist. */
  customer: string;
  role: string;
  durationMs?: number;
  scope?: string;
  ticket?: string;
  /** One harmless line, empty when nothing was typed. */
  reason: string;
}

/** What a person can type after `/access`. Ids are request ids in their one spelling. */
export type Command =
  | AskCommand
  | { kind: 'form' }
  | { kind: 'help' }
  | { kind: 'roles'; customer?: string }
  | { kind: 'mine' }
  | { kind: 'who'; customer: string }
  | { kind: 'stuck' }
  | { kind: 'slo'; periodMs: number }
  | { kind: 'show'; id: string }
  | { kind: 'cancel'; id: string }
  | { kind: 'finish'; id: string }
  | { kind: 'revoke'; id: string; reason?: string }
  | { kind: 'extend'; id: string; durationMs: number };

const SUBCOMMANDS = [
  'help',
  'roles',
  'mine',
  'who',
  'stuck',
  'slo',
  'show',
  'cancel',
  'finish',
  'revoke',
  'extend',
] as const;
type Subcommand = (typeof SUBCOMMANDS)[number];
const WITH_ID: readonly Subcommand[] = ['show', 'cancel', 'finish', 'revoke', 'extend'];
const EXAMPLES: Readonly<Record<Subcommand, string>> = {
  help: '/access help',
  roles: '/access roles contoso',
  mine: '/access mine',
  who: '/access who contoso',
  stuck: '/access stuck',
  slo: '/access slo 30d',
  show: `/access show ${REQUEST_ID_EXAMPLE}`,
  cancel: `/access cancel ${REQUEST_ID_EXAMPLE}`,
  finish: `/access finish ${REQUEST_ID_EXAMPLE}`,
  revoke: `/access revoke ${REQUEST_ID_EXAMPLE}`,
  extend: `/access extend ${REQUEST_ID_EXAMPLE} 1h`,
};

/** Words that can never be a customer's slug: they mean, or may come to mean, something as the first word. */
export const RESERVED_WORDS: readonly string[] = [
  ...SUBCOMMANDS,
  'access',
  'all',
  'approve',
  'audit',
  'deny',
  'form',
  'freeze',
  'ledger',
  'link',
  'log',
  'me',
  'new',
  'offboard',
  'onboard',
  'receipt',
  'request',
  'status',
  'unfreeze',
  'unlink',
  'verify',
  'version',
];

/** The right way to ask, for messages. */
export const ASK_EXAMPLE = '/access contoso contributor 2h fix the site';

const MAX_COMMAND = 4_000;
const DAY_MS = 24 * 3_600_000;
/** The figures of ended grants are kept for so long. */
const MOST_DAYS = 90;
const TICKET = /^[A-Za-z0-9#][A-Za-z0-9#._:/-]{0,63}$/;

interface Typed {
  words: string[];
  scope?: string;
  ticket?: string;
  /** What was typed as `reason=`, and the words around it, in order. */
  reason: (skipWords: number) => string;
}

/**
 * Reads what was typed after `/access`; a leading `/access` or `access` is skipped. Nothing typed asks for the form.
 *
 * @throws {InvalidCommand} naming the bad part, with a right example as hint; nothing else, whatever the text
 */
export function parseCommand(text: string): Command {
  if (text.length > MAX_COMMAND) {
    throw new InvalidCommand(`A command has at most ${MAX_COMMAND} characters.`, ASK_EXAMPLE);
  }
  const typed = arrange(splitCommand(text.replace(/^\s*\/?access(?=\s|$)/i, '')));
  const [first] = typed.words;
  if (first === undefined && typed.reason(0) === '' && !typed.scope && !typed.ticket) return { kind: 'form' };
  const subcommand = SUBCOMMANDS.find((each) => each === lowerAscii(first ?? ''));
  return subcommand === undefined ? parseAsk(typed) : parseSubcommand(subcommand, typed);
}

/** An ask as it can be typed: `parseCommand(printAsk(ask))` is the same ask. */
export function printAsk(ask: Omit<AskCommand, 'kind'>): string {
  const parts = ['/access', ask.customer, ask.role];
  if (ask.durationMs !== undefined) parts.push(formatDuration(ask.durationMs));
  if (ask.scope !== undefined) parts.push(`scope=${ask.scope}`);
  if (ask.ticket !== undefined) parts.push(`ticket=${ask.ticket}`);
  if (ask.reason !== '') parts.push(`reason=${quoteValue(ask.reason)}`);
  return parts.join(' ');
}

function arrange(pieces: readonly Piece[]): Typed {
  const words = pieces.flatMap((piece) => (piece.kind === 'word' ? [piece.text] : []));
  const scope = single(pieces, 'scope');
  const ticket = single(pieces, 'ticket');
  const reason = (skipWords: number): string => {
    let toSkip = skipWords;
    const kept = pieces.flatMap((piece) => {
      if (piece.kind === 'option') return piece.name === 'reason' ? [piece.value] : [];
      toSkip -= 1;
      return toSkip < 0 ? [piece.text] : [];
    });
    return checkReason(kept.join(' '));
  };
  return {
    words,
    reason,
    ...(scope === undefined ? {} : { scope }),
    ...(ticket === undefined ? {} : { ticket }),
  };
}

function single(pieces: readonly Piece[], name: OptionName): string | undefined {
  const values = pieces.flatMap((piece) =>
    piece.kind === 'option' && piece.name === name ? [piece.value] : [],
  );
  if (values.length > 1)
    throw new InvalidCommand(`"${name}=" is there ${values.length} times.`, 'Give it once.');
  return values[0];
}

function checkReason(text: string): string {
  const reason = inert(text, MAX_COMMAND);
  const { length } = Array.from(reason);
  if (length <= MAX_FREE_TEXT) return reason;
  throw new InvalidCommand(
    `The reason has ${length} characters; at most ${MAX_FREE_TEXT} fit on the card.`,
    'Say it shorter, and put the rest in a ticket: ticket=INC-1042',
  );
}

function parseAsk(typed: Typed): AskCommand {
  const [first = '', second, third] = typed.words;
  refuseMistypedSubcommand(first, second);
  if (first === '') throw new InvalidCommand('The customer and the role are missing.', ASK_EXAMPLE);
  const customer = checkName(first, 'customer');
  if (second === undefined) {
    const hint = `/access ${customer} contributor 2h (/access roles ${customer} lists what you can ask for)`;
    throw new InvalidCommand(`The role is missing: what do you need at ${customer}?`, hint);
  }
  const role = checkName(second, 'role');
  const ask: AskCommand = { kind: 'ask', customer, role, reason: typed.reason(3) };
  if (third !== undefined) ask.durationMs = parseAskDuration(typed.words, `/access ${customer} ${role}`);
  if (typed.scope !== undefined) ask.scope = checkName(typed.scope, 'scope');
  if (typed.ticket !== undefined) ask.ticket = checkTicket(typed.ticket);
  return ask;
}

function parseAskDuration(words: readonly string[], start: string): number {
  const [, , third = '', fourth = ''] = words;
  const example = `${start} 2h fix the site`;
  if (/^\d+[dhm]$/i.test(fourth)) {
    const message = `"${inert(`${third} ${fourth}`, 40)}" are two words; a duration is one.`;
    throw new InvalidCommand(message, `${start} 1h30m fix the site`);
  }
  try {
    return parseDuration(third);
  } catch (error) {
    if (!(error instanceof InvalidCommand)) throw error;
    const message = `${error.message} The third word is how long you need it; the reason comes after that.`;
    throw new InvalidCommand(message, example);
  }
}

function refuseMistypedSubcommand(first: string, second: string | undefined): void {
  const lone = second === undefined ? findRequestId(first) : undefined;
  if (lone !== undefined) throw new InvalidCommand(`What about ${lone}?`, `/access show ${lone}`);
  const id = findRequestId(second ?? '');
  // With a second word it may be an ask, unless that word is a request's id: no role looks like one.
  const near = nearest(first, second === undefined ? SUBCOMMANDS : id === undefined ? [] : WITH_ID)[0];
  const meant = SUBCOMMANDS.find((each) => each === near);
  if (meant === undefined) return;
  const message = `There is no command "${inert(first, 40)}". Did you mean ${meant}?`;
  throw new InvalidCommand(message, EXAMPLES[meant].replace(REQUEST_ID_EXAMPLE, id ?? REQUEST_ID_EXAMPLE));
}

function checkTicket(text: string): string {
  if (TICKET.test(text)) return text;
  const message = `"${inert(text, 40)}" cannot be a ticket: letters, digits and # . _ : / - only, at most 64.`;
  throw new InvalidCommand(message, 'ticket=INC-1042');
}

function parseSubcommand(kind: Subcommand, typed: Typed): Command {
  const [, second, third] = typed.words;
  if (kind === 'help') return { kind };
  if (typed.scope !== undefined || typed.ticket !== undefined) {
    const option = typed.scope === undefined ? 'ticket=' : 'scope=';
    throw new InvalidCommand(`"${option}" goes with a request, not with ${kind}.`, ASK_EXAMPLE);
  }
  if (kind === 'revoke') {
    const id = parseRequestId(second ?? '', EXAMPLES[kind]);
    const reason = typed.reason(2);
    return reason === '' ? { kind, id } : { kind, id, reason };
  }
  refuseMore(kind, typed);
  if (kind === 'mine' || kind === 'stuck') return { kind };
  if (kind === 'slo') return { kind, periodMs: parsePeriod(second ?? '30d') };
  if (kind === 'roles')
    return second === undefined ? { kind } : { kind, customer: checkName(second, 'customer') };
  if (kind === 'who') {
    if (second === undefined) throw new InvalidCommand('Who has access to which customer?', EXAMPLES.who);
    return { kind, customer: checkName(second, 'customer') };
  }
  const id = parseRequestId(second ?? '', EXAMPLES[kind]);
  if (kind !== 'extend') return { kind, id };
  if (third === undefined) throw new InvalidCommand('How much longer?', `/access extend ${id} 1h`);
  return { kind, id, durationMs: parseDuration(third) };
}

/** Reads `12h`, `30d` or `90d` as ms. @throws {InvalidCommand} also beyond what is kept */
export function parsePeriod(text: string): number {
  const days = /^(\d{1,2})d$/i.exec(text)?.[1];
  const periodMs = days === undefined ? parseDuration(text) : Number(days) * DAY_MS;
  if (periodMs > 0 && periodMs <= MOST_DAYS * DAY_MS) return periodMs;
  throw new InvalidCommand(`Figures are kept for ${MOST_DAYS} days.`, EXAMPLES.slo);
}

function refuseMore(kind: Exclude<Subcommand, 'help' | 'revoke'>, typed: Typed): void {
  const takes = kind === 'mine' || kind === 'stuck' ? 1 : kind === 'extend' ? 3 : 2;
  const extra = typed.words[takes] ?? typed.reason(typed.words.length);
  if (extra === '') return;
  throw new InvalidCommand(`"${inert(extra, 40)}" is more than ${kind} takes.`, EXAMPLES[kind]);
}
