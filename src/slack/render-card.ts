import type { ActionsBlock, Button as SlackButton, KnownBlock, RichTextSection } from '@slack/types';
import type { Button, Card, Fact, Line, Part, Tone } from '../chat/card.ts';
import { clip, plainText, renderLine } from './render-line.ts';

/** What `chat.postMessage` and `chat.update` take. `text` is what notifications and screen readers say. */
export interface RenderedCard {
  text: string;
  blocks: KnownBlock[];
}

// Limits of Block Kit: https://docs.slack.dev/reference/block-kit/blocks
const MAX_BLOCKS = 50;
const MAX_HEADER = 150;
const MAX_TEXT = 3_000;
const MAX_BUTTON = 75;
const MAX_BUTTONS = 25;
const MAX_RICH = 3_000;

const MARKS: Readonly<Record<Tone, string>> = {
  waiting: '🟡',
  working: '🔵',
  good: '🟢',
  bad: '🔴',
  neutral: '⚪',
};

/** A card as Block Kit, inside Slack's limits for any input. */
export function renderCard(card: Card): RenderedCard {
  const blocks: KnownBlock[] = [
    {
      type: 'header',
      text: { type: 'plain_text', text: clip(`${MARKS[card.tone]} ${card.title}`, MAX_HEADER) },
    },
    ...prose([card.status]),
    ...factBlocks(card.facts),
    ...prose(card.notes),
    ...commandBlocks(card.commands),
    ...quoteBlocks(card.quote),
  ];
  const actions = actionBlock(card);
  return {
    text: plainText(card.summary, MAX_TEXT),
    blocks: [...blocks.slice(0, MAX_BLOCKS - actions.length), ...actions],
  };
}

function prose(lines: readonly Line[]): KnownBlock[] {
  const shown = lines.filter((line) => line.length > 0);
  return shown.map((line) => ({ type: 'rich_text', elements: [renderLine(bounded(line))] }));
}

/** Cuts a line so that its words stay within what one block may hold. */
function bounded(line: Line): Line {
  let left = MAX_RICH;
  return line.flatMap((part): Part[] => {
    if (part.kind === 'time') return [part];
    if (left <= 0) return [];
    const text = clip(part.text, left);
    left -= text.length;
    return [{ ...part, text }];
  });
}

function factBlocks(facts: readonly Fact[]): KnownBlock[] {
  if (facts.length === 0) return [];
  const rows = facts.flatMap((fact, index): RichTextSection[] => {
    const section = renderLine([{ kind: 'bold', text: `${fact.label}: ` }, ...bounded(fact.value)]);
    const isLast = index === facts.length - 1;
    return [isLast ? section : { ...section, elements: [...section.elements, { type: 'text', text: '\n' }] }];
  });
  return [{ type: 'rich_text', elements: rows }];
}

function commandBlocks(commands: readonly string[]): KnownBlock[] {
  if (commands.length === 0) return [];
  const text = clip(commands.join('\n'), MAX_TEXT);
  return [
    { type: 'rich_text', elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }] },
  ];
}

/** What a person wrote: last, in a block that reads nothing into it. */
function quoteBlocks(quote: Card['quote']): KnownBlock[] {
  if (!quote) return [];
  return [
    { type: 'divider' },
    {
      type: 'rich_text',
      elements: [
        { type: 'rich_text_section', elements: [{ type: 'text', text: quote.label, style: { bold: true } }] },
        { type: 'rich_text_quote', elements: [{ type: 'text', text: clip(quote.text, MAX_TEXT) || ' ' }] },
      ],
    },
  ];
}

function actionBlock(card: Card): ActionsBlock[] {
  const buttons = [
    ...card.buttons.map((button, index) => renderButton(button, index)),
    ...card.links.map((link, index): SlackButton => ({
      type: 'button',
      action_id: `latchkey:link:${index}`,
      text: { type: 'plain_text', text: clip(link.label, MAX_BUTTON) },
      url: link.url,
    })),
  ];
  return buttons.length === 0 ? [] : [{ type: 'actions', elements: buttons.slice(0, MAX_BUTTONS) }];
}

function renderButton(button: Button, index: number): SlackButton {
  return {
    type: 'button',
    action_id: `latchkey:${button.verb}:${index}`,
    text: { type: 'plain_text', text: clip(button.label, MAX_BUTTON) },
    value: button.ref,
    ...(button.look !== 'plain' && { style: button.look }),
  };
}
