import { InvalidCommand } from './errors.ts';
import { inert, lowerAscii, nearest } from './names.ts';

/** The options of a request: `scope=web ticket=INC-1 reason="…"`, anywhere and in any order. */
export const OPTIONS = ['scope', 'ticket', 'reason'] as const;
/** One of {@link OPTIONS}. */
export type OptionName = (typeof OPTIONS)[number];

/** A typed line taken apart, in the order it was typed. */
export type Piece = { kind: 'word'; text: string } | { kind: 'option'; name: OptionName; value: string };

const CLOSERS: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\u201c': '\u201d\u201c"',
  '\u201d': '\u201d"',
  '\u201e': '\u201c\u201d"',
  '\u2018': "\u2019\u2018'",
  '\u00ab': '\u00bb',
};
const EXAMPLE = '/access contoso contributor 2h scope=web ticket=INC-1042 reason="fix the site"';

/**
 * Splits a line at white space and finds the options in it. A value may be quoted, also with the curly quotes phones
 * type; the closing quote is the first one before white space or the end, and `\"` is a quote inside.
 *
 * @throws {InvalidCommand} for an option without value, an open quote, and a word that is nearly an option
 */
export function splitCommand(text: string): Piece[] {
  const pieces: Piece[] = [];
  let position = 0;
  while (position < text.length) {
    const rest = text.slice(position);
    const space = /^\s+/.exec(rest);
    if (space) {
      position += space[0].length;
      continue;
    }
    const word = /^\S+/.exec(rest)?.[0] ?? rest;
    const name = findOption(word);
    if (name === undefined) {
      pieces.push({ kind: 'word', text: word });
      position += word.length;
      continue;
    }
    const start = position + name.length + 1;
    const { value, end } = readValue(text, start, name);
    pieces.push({ kind: 'option', name, value });
    position = end;
  }
  return pieces;
}

/** A value as it can be typed after `option=`. */
export function quoteValue(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

function findOption(word: string): OptionName | undefined {
  const typed = /^([A-Za-z]+)=/.exec(word)?.[1];
  if (typed === undefined) return undefined;
  const name = OPTIONS.find((each) => each === lowerAscii(typed));
  if (name !== undefined) return name;
  const near = nearest(typed, OPTIONS)[0];
  if (near === undefined) return undefined;
  throw new InvalidCommand(`There is no option "${inert(typed, 40)}=". Did you mean ${near}=?`, EXAMPLE);
}

function readValue(text: string, start: number, name: OptionName): { value: string; end: number } {
  const opener = text[start] ?? '';
  const closers = CLOSERS[opener];
  if (closers === undefined) {
    const value = /^\S*/.exec(text.slice(start))?.[0] ?? '';
    if (value === '') throw new InvalidCommand(`"${name}=" has nothing after it.`, EXAMPLE);
    return { value, end: start + value.length };
  }
  for (let index = start + 1; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (character === '\\' && /["\\]/.test(text[index + 1] ?? '')) {
      index += 1;
    } else if (closers.includes(character) && /^(?:\s|$)/.test(text.slice(index + 1, index + 2))) {
      return { value: text.slice(start + 1, index).replace(/\\(["\\])/g, '$1'), end: index + 1 };
    }
  }
  throw new InvalidCommand(`The ${name} begins with ${opener} and has no closing quote.`, EXAMPLE);
}
