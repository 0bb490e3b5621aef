import { AdaptiveCard, SerializationContext, Versions } from 'adaptivecards';
import fc from 'fast-check';
import { findCardProblems, inputsOf } from '../../sandbox/teams/cards.ts';
import type { Card } from '../../src/chat/card.ts';
import { cardMessage, renderCard, renderFormCard } from '../../src/teams/render-card.ts';
import { textMessage, toMessage } from '../../src/teams/reply.ts';
import { anyCard, anyForm, anyText, HOSTILE } from './arbitrary-card.ts';
import { sampleCard } from './support.ts';

type Node = Record<string, unknown>;

/** Every object in a rendered card. */
function nodesIn(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  if (typeof value !== 'object' || value === null) return [];
  return [value as Node, ...Object.values(value).flatMap(nodesIn)];
}

function ofType(card: unknown, type: string): Node[] {
  return nodesIn(card).filter((node) => node['type'] === type);
}

/** Bytes in UTF-16, as Teams counts a message. */
function size(message: unknown): number {
  return JSON.stringify(message).length * 2;
}

const OUR_TIMES = /^Your time: (\{\{DATE\([\dTZ:-]+,SHORT\)\}\} \{\{TIME\([\dTZ:-]+\)\}\}( · )?)+$/;

/** Nothing that came from outside is in a place where clients read markup, and no action but ours is there. */
function expectInert(card: unknown): void {
  expect(ofType(card, 'FactSet')).toEqual([]);
  for (const block of ofType(card, 'TextBlock')) expect(block['text']).toMatch(OUR_TIMES);
  for (const run of ofType(card, 'TextRun')) expect(run['text']).not.toMatch(/\{\{|\}\}/);
  for (const action of ofType(card, 'Action.OpenUrl')) expect(action['url']).toMatch(/^https:\/\//);
  for (const node of nodesIn(card)) expect(node).not.toHaveProperty('entities');
}

function expectInsideLimits(card: unknown): void {
  expect(findCardProblems(card)).toEqual([]);
  const message = cardMessage(card as ReturnType<typeof renderCard>, 'x'.repeat(1_000));
  expect(size(message)).toBeLessThan(80 * 1024);
}

describe('renderCard', () => {
  it('stays inside the limits of Teams, and inert, for any card', () => {
    fc.assert(
      fc.property(anyCard, (card) => {
        const rendered = renderCard(card);
        expectInsideLimits(rendered);
        expectInert(rendered);
      }),
      { numRuns: 150 },
    );
  });

  it('changes nothing but the quote, whatever the quote says, on any card', () => {
    const MARK = 'the one quote';
    fc.assert(
      fc.property(anyCard, anyText, (card, text) => {
        const withQuote = (words: string) => renderCard({ ...card, quote: { label: 'Reason', text: words } });
        const plain = withQuote(MARK);
        const index = ofType(plain, 'TextRun').findIndex((run) => run['text'] === MARK);
        expect(index).not.toBe(-1);
        const rendered = withQuote(text);
        ofType(rendered, 'TextRun')[index]!['text'] = MARK;
        expect(rendered).toEqual(plain);
      }),
      { numRuns: 150 },
    );
  });

  it('links nowhere in the words for clients too old for the card', () => {
    const summary = '[Approve](https://evil.example) <b>now</b> ![x](https://evil.example/x.png) {{DATE(x)}}';
    expect(renderCard(sampleCard({ summary }))['fallbackText']).toBe(
      '(Approve)(https://evil.example) ‹b›now‹/b› !(x)(https://evil.example/x.png) { {DATE(x)} }',
    );
  });

  it('makes room by saying less when a card is too long, and only then', () => {
    const note = [{ kind: 'text', text: 'n'.repeat(900) }] as const;
    const long = renderCard(sampleCard({ notes: Array.from({ length: 40 }, () => note) }));
    const short = renderCard(sampleCard({ notes: Array.from({ length: 20 }, () => note) }));
    const notes = (card: unknown) =>
      ofType(card, 'TextRun').filter(({ text }) => String(text).startsWith('nn'));
    expect(notes(short).map(({ text }) => String(text).length)).toEqual(
      Array.from({ length: 20 }, () => 900),
    );
    expect(notes(long).length).toBeGreaterThanOrEqual(20);
    expect(String(notes(long)[0]!['text'])).toMatch(/n…$/);
  });

  it('is a card that the official library reads without a complaint', () => {
    const context = new SerializationContext(Versions.v1_5);
    const card = new AdaptiveCard();
    card.parse(renderCard(sampleCard()), context);
    const events = Array.from(
      { length: context.eventCount },
      (_, index) => context.getEventAt(index).message,
    );
    expect(events).toEqual([]);
    expect(card.getItemCount()).toBeGreaterThan(4);
  });

  it('shows facts before free text, and the buttons last', () => {
    const body = renderCard(sampleCard())['body'] as Node[];
    const at = (words: string) => body.findIndex((each) => JSON.stringify(each).includes(words));
    const order = [
      'asks for contributor',
      'Answer by',
      'One approval',
      'az login',
      'incident 42',
      'Approve 2',
    ];
    const places = order.map(at);
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('puts the reference, and nothing else, on a button', () => {
    const card = renderCard(sampleCard());
    const actions = ofType(card, 'Action.Execute');
    expect(actions.map(({ verb }) => verb)).toEqual(['approve', 'approveLess', 'deny']);
    for (const action of actions) {
      expect(action['data']).toEqual({ ref: 'r.AR-1.1.mac' });
      expect(action['fallback']).toMatchObject({
        type: 'Action.Submit',
        title: action['title'],
        data: { ref: 'r.AR-1.1.mac', verb: action['verb'] },
      });
    }
    expect(ofType(card, 'Action.ShowCard').map(({ title }) => title)).toEqual(['Approve for less…', 'Deny…']);
  });

  it('sends what was filled in with the button that asks for it, and with no other', () => {
    const actions = ofType(renderCard(sampleCard()), 'Action.Execute');
    expect(actions.map(({ associatedInputs }) => associatedInputs)).toEqual(['none', 'auto', 'auto']);
  });

  it('bounds the parts of a line, also when they say nothing', () => {
    const status = Array.from({ length: 50_000 }, () => ({ kind: 'text', text: '' }) as const);
    expectInsideLimits(renderCard(sampleCard({ status })));
  });

  it('shows an instant as UTC and in the zone of the reader', () => {
    const text = JSON.stringify(renderCard(sampleCard()));
    expect(text).toContain('2026-11-20 14:32 UTC');
    expect(text).toContain('{{DATE(2026-11-20T14:32:00Z,SHORT)}} {{TIME(2026-11-20T14:32:00Z)}}');
  });

  it('gives two forms on one card different input ids', () => {
    const [, less, deny] = sampleCard().buttons;
    const card = renderCard(sampleCard({ buttons: [deny!, less!, deny!] }));
    expect(inputsOf(card).map(({ id }) => id)).toEqual(['reason', 'duration', 'reason~2']);
  });

  it('leaves out links that are not https', () => {
    const links = [
      { label: 'bad', url: 'javascript:alert(1)' },
      { label: 'plain', url: 'http://x.example/' },
      { label: 'good', url: 'https://x.example/' },
    ];
    const card = renderCard(sampleCard({ links }));
    expect(ofType(card, 'Action.OpenUrl').map(({ title }) => title)).toEqual(['good']);
  });

  it('does not shorten what fits', () => {
    const text = 'word '.repeat(150).trim();
    const card: Card = sampleCard({ quote: { label: 'Reason', text } });
    expect(JSON.stringify(renderCard(card))).toContain(text);
  });
});

describe('renderFormCard', () => {
  it('stays inside the limits of Teams, and inert, for any form', () => {
    fc.assert(
      fc.property(anyForm, (form) => {
        const rendered = renderFormCard(form, { verb: 'ask', ref: 'o.any.0.mac' });
        expectInsideLimits(rendered);
        expectInert(rendered);
        const reserved = inputsOf(rendered).filter(({ id }) => id === 'ref' || id === 'verb');
        expect(reserved).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('lets people type what does not fit as a choice', () => {
    const options = Array.from({ length: 101 }, (_, index) => ({ label: `c${index}`, value: `c${index}` }));
    const form = {
      title: 'Ask',
      fields: [{ kind: 'choice', id: 'customer', label: 'Customer', options }] as const,
      submitLabel: 'Ask',
    };
    const [input] = inputsOf(renderFormCard(form, { verb: 'ask', ref: 'r' }));
    expect(input).toMatchObject({ id: 'customer', type: 'Input.Text', isRequired: true });
  });
});

describe('textMessage', () => {
  it('shows any words inert and inside the limits', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const message = textMessage(text);
        const card = message.attachments[0]?.content;
        expect(size(message)).toBeLessThan(80 * 1024);
        expect(findCardProblems(card)).toEqual([]);
        expectInert(card);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps every line of words', () => {
    const message = toMessage({ kind: 'text', text: 'one\n\ntwo' });
    const runs = ofType(message, 'TextRun').map(({ text }) => text);
    expect(runs).toEqual(['one', ' ', 'two']);
  });

  it.each(HOSTILE)('keeps %j out of every field that reads markup', (text) => {
    expect(textMessage(text)).not.toHaveProperty('text');
    expectInert(textMessage(text));
  });
});
