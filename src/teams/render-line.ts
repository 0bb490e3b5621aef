import type { Line, Part } from '../chat/card.ts';

/** An element of an Adaptive Card as plain JSON. Source: https://adaptivecards.io/explorer/ */
export type Element = { readonly type: string; readonly [key: string]: unknown };

/** Cuts at a whole character and says so. `max` counts UTF-16 units, as Teams' limits do. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/**
 * Text that no client reads anything into. `TextRun`s are free of markdown, but clients still expand `{{DATE(…)}}` and
 * `{{TIME(…)}}` in them, so double braces are pulled apart.
 */
export function inertText(text: string): string {
  return text.replace(/\{(?=\{)/g, '{ ').replace(/\}(?=\})/g, '} ') || ' ';
}

/**
 * Text for where clients read markdown whether we want it or not: it links nowhere and shows no picture.
 *
 * Source: https://adaptivecards.io/explorer/AdaptiveCard.html, `fallbackText`
 */
export function inertMarkdown(text: string): string {
  const brackets: Readonly<Record<string, string>> = { '[': '(', ']': ')', '<': '‹', '>': '›' };
  return inertText(text).replace(/[[\]<>]/g, (each) => brackets[each] ?? '');
}

/** `14:32 UTC`, or `2026-11-20 14:32 UTC` with its date. */
export function utc(at: number, show: 'clock' | 'date' = 'date'): string {
  const text = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  return `${show === 'date' ? text : text.slice(11)} UTC`;
}

const MAX_URL = 1_000;
const LINK_COST = 20;

/** An https address of at most 1,000 characters, or undefined for anything else. */
export function httpsUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || url.href.length > MAX_URL) return undefined;
  return url.protocol === 'https:' && !url.username && !url.password ? url.href : undefined;
}

/** A line as structured text, at most `max` characters: no character of it is ever read as markup, mention or link. */
export function renderLine(line: Line, max: number, look: Record<string, unknown> = {}): Element[] {
  const inlines = bounded(line, max).map((part) => ({ ...toRun(part), ...look }));
  return inlines.length === 0 ? [] : [{ type: 'RichTextBlock', inlines }];
}

/**
 * The instants of a line in the reader's own zone, as a small line below it; empty when there are none. Only `TextBlock`
 * can show them, and it reads markdown, so it holds nothing but what is made here.
 */
export function renderLocalTimes(line: Line): Element[] {
  const times = line.flatMap((part) => (part.kind === 'time' ? [localTime(part.at)] : []));
  if (times.length === 0) return [];
  const text = `Your time: ${times.slice(0, 4).join(' · ')}`;
  return [{ type: 'TextBlock', text, isSubtle: true, size: 'Small', spacing: 'None', wrap: true }];
}

/** Source: https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features#datetime-formatting-and-localization */
function localTime(at: number): string {
  const iso = `${new Date(at).toISOString().slice(0, 19)}Z`;
  return `{{DATE(${iso},SHORT)}} {{TIME(${iso})}}`;
}

function toRun(part: Part): Element {
  const run = (text: string, look: Record<string, unknown> = {}): Element => ({
    type: 'TextRun',
    text: inertText(text),
    ...look,
  });
  switch (part.kind) {
    case 'text':
      return run(part.text);
    case 'bold':
      return run(part.text, { weight: 'Bolder' });
    case 'code':
      return run(part.text, { fontType: 'Monospace' });
    case 'time':
      return run(utc(part.at, part.show));
    case 'link': {
      const url = httpsUrl(part.url);
      return run(part.text, url === undefined ? {} : { selectAction: { type: 'Action.OpenUrl', url } });
    }
  }
}

/** Cuts a line so that its words stay within `max`. */
function bounded(line: Line, max: number): Line {
  let left = max;
  return line.flatMap((part): Part[] => {
    if (left <= 0) return [];
    if (part.kind === 'time') {
      left -= utc(part.at).length;
      return [part];
    }
    const text = clip(part.text, left);
    left -= Math.max(1, text.length) + (part.kind === 'link' ? LINK_COST : 0);
    return [{ ...part, text }];
  });
}
