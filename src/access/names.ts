import { InvalidCommand } from './errors.ts';

/** Longest name of a customer, role, scope, group or place, in characters. */
export const MAX_NAME = 64;

/** Longest free text (justification, reason), in characters. */
export const MAX_FREE_TEXT = 500;

const NAME = /^[a-z0-9][a-z0-9._-]*$/;
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const SCRIPTS: ReadonlyArray<readonly [string, RegExp]> = [
  ['a Cyrillic letter', /\p{Script=Cyrillic}/u],
  ['a Greek letter', /\p{Script=Greek}/u],
  ['an Armenian letter', /\p{Script=Armenian}/u],
  ['a Cherokee letter', /\p{Script=Cherokee}/u],
  ['a Hebrew letter', /\p{Script=Hebrew}/u],
  ['an Arabic letter', /\p{Script=Arabic}/u],
  ['a Chinese character', /\p{Script=Han}/u],
  ['a full-width character', /[\uff01-\uff5e]/u],
  ['a Latin letter outside a-z', /\p{Script=Latin}/u],
];

/** What a character is, for people who cannot see it: `a Cyrillic letter`, `a zero-width character`. */
export function characterKind(character: string): string {
  if (BIDI.test(character)) return 'a text-direction (bidi) character';
  if (/\p{Cc}/u.test(character)) return 'a control character';
  if (/\p{Default_Ignorable_Code_Point}|[\ufff9-\ufffb]/u.test(character)) return 'a zero-width character';
  if (/\p{Cs}/u.test(character)) return 'half a character';
  if (/\s/u.test(character)) return 'a space';
  if (character > '\x7f' && /\p{N}/u.test(character)) return 'a digit outside 0-9';
  for (const [kind, pattern] of SCRIPTS) if (pattern.test(character)) return kind;
  if (/\p{M}/u.test(character)) return 'a combining mark';
  // Unicode's compatibility forms (mathematical letters, say) turn into ASCII when normalised: look-alikes.
  if (character > '\x7f' && /^[\x21-\x7e]+$/.test(character.normalize('NFKC')))
    return 'a look-alike of ASCII';
  if (/\p{L}/u.test(character)) return 'a letter outside a-z';
  return `the character ${character > '\x7f' ? codePoint(character) : `"${character}"`}`;
}

/** The first character that cannot be in a name; `position` counts from 1. Upper-case A-Z is fine, it is lowered. */
export function strangeCharacter(text: string): { kind: string; position: number } | undefined {
  const characters = Array.from(text);
  const index = characters.findIndex((each) => !/^[A-Za-z0-9._-]$/.test(each));
  const found = characters[index];
  if (found === undefined) return undefined;
  const point = found > '\x7e' || found < '\x21' ? ` (${codePoint(found)})` : '';
  return { kind: `${characterKind(found)}${point}`, position: index + 1 };
}

/**
 * A typed name as the key it stands for: ASCII `[a-z0-9][a-z0-9._-]*`, A-Z lowered and nothing else folded, so that a
 * look-alike never becomes the name it looks like.
 *
 * @param what what the name is of, e.g. `customer`; for the message
 * @throws {InvalidCommand} naming the kind and the position of the first character that does not belong
 */
export function checkName(text: string, what: string): string {
  const hint = `A ${what} is a-z, 0-9, ".", "_" and "-", like ${EXAMPLES[what] ?? 'web-1'}.`;
  if (text === '') throw new InvalidCommand(`The ${what} is missing.`, hint);
  if (text.length > MAX_NAME) {
    throw new InvalidCommand(`The ${what} is longer than ${MAX_NAME} characters.`, hint);
  }
  const strange = strangeCharacter(text);
  if (strange) {
    const message = `The ${what} "${inert(text)}" has ${strange.kind} at position ${strange.position}.`;
    throw new InvalidCommand(message, hint);
  }
  const name = lowerAscii(text);
  if (!NAME.test(name)) {
    throw new InvalidCommand(`The ${what} "${name}" does not start with a letter or digit.`, hint);
  }
  return name;
}

const EXAMPLES: Readonly<Record<string, string>> = {
  customer: 'contoso',
  role: 'contributor',
  scope: 'web',
};

/** A-Z to a-z and nothing else: Unicode would turn the Kelvin sign into k. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** The right names a wrong one may have meant, closest first, at most three. */
export function nearest(word: string, candidates: Iterable<string>): string[] {
  const typed = lowerAscii(word).slice(0, MAX_NAME);
  const allowed = typed.length < 3 ? 1 : typed.length < 8 ? 2 : 3;
  const found: Array<{ name: string; far: number }> = [];
  for (const name of new Set(candidates)) {
    const far = typed.length >= 2 && name.startsWith(typed) ? 0.5 : distance(typed, name);
    if (far <= allowed) found.push({ name, far });
  }
  found.sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1));
  return found.slice(0, 3).map(({ name }) => name);
}

/** Edits between two short words: insert, delete, replace, swap two neighbours. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      line[column] = Math.min(
        at(above, column) + 1,
        at(line, column - 1) + 1,
        at(above, column - 1) + (same ? 0 : 1),
        swapped ? at(before, column - 2) + 1 : Infinity,
      );
    }
    before = above;
    above = line;
  }
  return at(above, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}

/**
 * Free text of a person made harmless to show as plain text: one line, no control, zero-width or bidi characters, no
 * towers of combining marks, trimmed, at most `maxLength` characters (code points; the last one is then `…`).
 */
export function inert(text: string, maxLength: number = MAX_FREE_TEXT): string {
  const plain = text
    .replace(/\s+/gu, ' ')
    .replace(/\p{Cc}|\p{Cs}|\p{Default_Ignorable_Code_Point}|[\u061c\u200e\u200f\ufff9-\ufffb]/gu, '')
    .replace(/(\p{M}{4})\p{M}+/gu, '$1')
    .replace(/ {2,}/g, ' ')
    .trim();
  const characters = Array.from(plain);
  return characters.length <= maxLength
    ? plain
    : `${characters
        .slice(0, maxLength - 1)
        .join('')
        .trimEnd()}…`;
}

function codePoint(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return `U+${hex.padStart(4, '0')}`;
}
