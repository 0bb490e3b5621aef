import type { Button, Card, Fact, Line, Tone } from '../chat/card.ts';
import type { Form } from '../chat/card.ts';
import type { Budget, FormAction, InputIds } from './render-form.ts';
import { createInputIds, executeAction, renderForm } from './render-form.ts';
import type { Element } from './render-line.ts';
import { clip, httpsUrl, inertMarkdown, renderLine, renderLocalTimes } from './render-line.ts';

/** A message as the connector takes it. `summary` is what notifications say. */
export interface CardMessage {
  type: 'message';
  summary: string;
  attachments: Array<{ contentType: string; content: Element }>;
}

/** Content type of an Adaptive Card, as attachment and as the answer to a click. */
export const ADAPTIVE_CARD = 'application/vnd.microsoft.card.adaptive';

// 100 KB in UTF-16 is the limit, 80 KB what is advised:
// https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages
const MAX_CARD_CHARS = 36_000;
// A quote has room of its own, so that no length of it takes room from the facts. Characters may be six in JSON.
const MAX_QUOTE = 800;
const MAX_CHARS_BESIDE_QUOTE = MAX_CARD_CHARS - 6 * MAX_QUOTE - 1_000;
const MAX_TITLE = 150;
const MAX_LABEL = 100;
const MAX_SUMMARY = 500;
const MOST_ACTIONS_IN_A_ROW = 6;

const BUDGETS: readonly Budget[] = [
  { text: 2_000, rows: 40, options: 100, buttons: 24 },
  { text: 1_000, rows: 30, options: 25, buttons: 12 },
  { text: 300, rows: 20, options: 8, buttons: 6 },
  { text: 100, rows: 8, options: 0, buttons: 6 },
];
const SMALLEST: Budget = { text: 40, rows: 3, options: 0, buttons: 3 };

const STYLES: Readonly<Record<Tone, string>> = {
  waiting: 'warning',
  working: 'accent',
  good: 'good',
  bad: 'attention',
  neutral: 'emphasis',
};

/** A card as an Adaptive Card 1.5, inside Teams' limits for any input. */
export function renderCard(card: Card): Element {
  const { quote: _, ...facts } = card;
  const draw = (drawn: Card, budget: Budget): Element => adaptiveCard(cardBody(drawn, budget), card.summary);
  const budget = largestFitting(MAX_CHARS_BESIDE_QUOTE, (tried) => draw(facts, tried));
  return draw(card, budget);
}

/** A form as a card of its own. */
export function renderFormCard(form: Form, action: FormAction): Element {
  const draw = (budget: Budget): Element => {
    const title = renderLine([{ kind: 'text', text: form.title }], MAX_TITLE, TITLE_LOOK);
    const inputs = renderForm(form, action, { budget, inputIds: createInputIds() });
    return adaptiveCard([...title, ...inputs], form.title);
  };
  return draw(largestFitting(MAX_CARD_CHARS, draw));
}

/** A rendered card as a message. */
export function cardMessage(content: Element, summary: string): CardMessage {
  return {
    type: 'message',
    summary: clip(summary, MAX_SUMMARY),
    attachments: [{ contentType: ADAPTIVE_CARD, content }],
  };
}

const TITLE_LOOK = { size: 'Large', weight: 'Bolder' };

/** The most generous budget whose rendering has at most `max` characters of JSON. */
function largestFitting(max: number, draw: (budget: Budget) => Element): Budget {
  return BUDGETS.find((budget) => JSON.stringify(draw(budget)).length <= max) ?? SMALLEST;
}

function adaptiveCard(body: readonly Element[], summary: string): Element {
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.5',
    fallbackText: inertMarkdown(clip(summary, MAX_SUMMARY)),
    msteams: { width: 'Full' },
    body,
  };
}

function cardBody(card: Card, budget: Budget): Element[] {
  const inputIds = createInputIds();
  return [
    {
      type: 'Container',
      style: STYLES[card.tone],
      bleed: true,
      items: [
        ...renderLine([{ kind: 'text', text: card.title || ' ' }], MAX_TITLE, TITLE_LOOK),
        ...lineWithTimes(card.status, budget),
      ],
    },
    ...card.facts.slice(0, budget.rows).map((fact) => factRow(fact, budget)),
    ...card.notes.slice(0, budget.rows).flatMap((note) => renderLine(note, budget.text)),
    ...commandBox(card.commands, budget),
    ...quoteBox(card.quote),
    ...actionSets(card, { budget, inputIds }),
  ];
}

function lineWithTimes(line: Line, budget: Budget): Element[] {
  return [...renderLine(line, budget.text), ...renderLocalTimes(line)];
}

/** Label and value side by side. */
function factRow(fact: Fact, budget: Budget): Element {
  const label = renderLine([{ kind: 'bold', text: fact.label }], budget.text);
  return {
    type: 'ColumnSet',
    spacing: 'Small',
    columns: [
      { type: 'Column', width: '3', items: label },
      { type: 'Column', width: '7', items: lineWithTimes(fact.value, budget) },
    ],
  };
}

function commandBox(commands: readonly string[], budget: Budget): Element[] {
  if (commands.length === 0) return [];
  const lines = commands
    .slice(0, budget.rows)
    .flatMap((command) => renderLine([{ kind: 'code', text: command }], budget.text));
  return [{ type: 'Container', style: 'emphasis', separator: true, items: lines }];
}

/** What a person wrote: last, apart, and without effect. */
function quoteBox(quote: Card['quote']): Element[] {
  if (!quote) return [];
  return [
    {
      type: 'Container',
      style: 'emphasis',
      separator: true,
      items: [
        ...renderLine([{ kind: 'bold', text: quote.label }], MAX_LABEL),
        ...renderLine([{ kind: 'text', text: quote.text || ' ' }], MAX_QUOTE),
      ],
    },
  ];
}

function actionSets(card: Card, room: { budget: Budget; inputIds: InputIds }): Element[] {
  const links = card.links.flatMap((link): Element[] => {
    const url = httpsUrl(link.url);
    return url === undefined
      ? []
      : [{ type: 'Action.OpenUrl', title: clip(link.label, MAX_LABEL) || ' ', url }];
  });
  const actions = [...card.buttons.map((button) => renderButton(button, room)), ...links];
  const shown = actions.slice(0, room.budget.buttons);
  const rows = Math.ceil(shown.length / MOST_ACTIONS_IN_A_ROW);
  return Array.from({ length: rows }, (_, row) => ({
    type: 'ActionSet',
    actions: shown.slice(row * MOST_ACTIONS_IN_A_ROW, (row + 1) * MOST_ACTIONS_IN_A_ROW),
  }));
}

/** A button that asks something first unfolds its form on the card. */
function renderButton(button: Button, room: { budget: Budget; inputIds: InputIds }): Element {
  const { verb, ref, label, look, form } = button;
  if (!form) return executeAction({ verb, ref, label, look, inputs: 'none' });
  return {
    type: 'Action.ShowCard',
    title: clip(label, MAX_LABEL) || ' ',
    card: { type: 'AdaptiveCard', version: '1.5', body: renderForm(form, { verb, ref }, room) },
  };
}
