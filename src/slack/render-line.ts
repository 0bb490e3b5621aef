import type { RichTextElement, RichTextSection } from '@slack/types';
import type { Line, Part } from '../chat/card.ts';

const DATE_FORMATS = { clock: '{time}', date: '{date_short_pretty} {time}' } as const;

/** Cuts at a whole character and says so. `max` counts UTF-16 units, as Slack's limits do. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/**
 * Text for the `text` of a message, which Slack reads as markup: names and reasons in it mention nobody and link nowhere.
 *
 * Source: https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
export function plainText(text: string, max: number): string {
  return clip(text, max).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** `2026-11-20 14:32 UTC`: for clients that cannot show the reader's own zone. */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function toElement(part: Part): RichTextElement {
  switch (part.kind) {
    case 'text':
      return { type: 'text', text: part.text || ' ' };
    case 'bold':
      return { type: 'text', text: part.text || ' ', style: { bold: true } };
    case 'code':
      return { type: 'text', text: part.text || ' ', style: { code: true } };
    case 'link':
      return { type: 'link', url: part.url, text: part.text };
    case 'time':
      return {
        type: 'date',
        timestamp: Math.floor(part.at / 1000),
        format: DATE_FORMATS[part.show],
        fallback: utc(part.at),
      };
  }
}

/** A line as structured text: no character of it is ever read as markup, mention or link. */
export function renderLine(line: Line): RichTextSection {
  return { type: 'rich_text_section', elements: line.map(toElement) };
}

/** A line as bare words, times in UTC: for notifications and plain fields. */
export function plainLine(line: Line): string {
  return line.map((part) => (part.kind === 'time' ? utc(part.at) : part.text)).join('');
}
