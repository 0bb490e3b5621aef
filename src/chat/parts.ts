import type { Button, Fact, Form, Line, Part, Verb } from './card.ts';

/** Plain text. */
export function text(words: string): Part {
  return { kind: 'text', text: words };
}

/** Text that stands out. */
export function bold(words: string): Part {
  return { kind: 'bold', text: words };
}

/** An id or a line to type, in a fixed-width face. */
export function code(words: string): Part {
  return { kind: 'code', text: words };
}

const CLOCK_ONLY_WITHIN_MS = 12 * 60 * 60_000;

/** An instant (epoch ms) near `now` as the time of day, further away with its date. For answers read at once. */
export function when(at: number, now: number): Part {
  return { kind: 'time', at, show: Math.abs(at - now) < CLOCK_ONLY_WITHIN_MS ? 'clock' : 'date' };
}

/** An instant (epoch ms) with its date. For cards that stay in a channel. */
export function date(at: number): Part {
  return { kind: 'time', at, show: 'date' };
}

/** A line out of words and parts; words become plain text, empty ones vanish. */
export function line(...parts: ReadonlyArray<string | Part>): Line {
  return parts.filter((part) => part !== '').map((part) => (typeof part === 'string' ? text(part) : part));
}

/** A labelled fact. */
export function fact(label: string, ...parts: ReadonlyArray<string | Part>): Fact {
  return { label, value: line(...parts) };
}

/** A button without a form. */
export function button(verb: Verb, label: string, ref: string, look: Button['look'] = 'plain'): Button {
  return { verb, label, look, ref };
}

/** A button that asks something first. */
export function formButton(made: Button & { form: Form }): Button {
  return made;
}
