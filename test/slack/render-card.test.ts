import fc from 'fast-check';
import { checkBlocks } from '../../sandbox/slack/blocks.ts';
import type { Card, Line } from '../../src/chat/card.ts';
import { renderCard } from '../../src/slack/render-card.ts';
import { clip } from '../../src/slack/render-line.ts';
import { renderReply } from '../../src/slack/reply.ts';
import { pendingCard } from './ground.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 4_000 }),
  fc.constantFrom(
    '<!channel>',
    '<@U0LEE>',
    '*Approved*',
    '<https://evil.example|Approve>',
    '&lt;!here&gt;',
    '\u202E',
  ),
);
const line: fc.Arbitrary<Line> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('text', 'bold', 'code'), text: hostile }) as fc.Arbitrary<Line[number]>,
    fc.record({
      kind: fc.constant('time' as const),
      at: fc.nat(4e12),
      show: fc.constantFrom('clock', 'date'),
    }),
  ),
  { maxLength: 6 },
);
const card: fc.Arbitrary<Card> = fc.record({
  tone: fc.constantFrom('waiting', 'working', 'good', 'bad', 'neutral'),
  title: hostile,
  status: line,
  facts: fc.array(fc.record({ label: hostile, value: line }), { maxLength: 30 }),
  notes: fc.array(line, { maxLength: 70 }),
  commands: fc.array(hostile, { maxLength: 4 }),
  quote: fc.record({ label: fc.constant('Reason'), text: hostile }),
  buttons: fc.array(
    fc.record({
      verb: fc.constantFrom('approve', 'deny', 'revoke'),
      label: hostile.filter((text) => text !== ''),
      look: fc.constantFrom('primary', 'danger', 'plain'),
      ref: fc.constant('r.AR-7K3M9PQX.1.mac'),
    }),
    { maxLength: 30 },
  ),
  links: fc.constant([]),
  summary: hostile,
}) as fc.Arbitrary<Card>;

const checked = (blocks: unknown) => checkBlocks(blocks, { pointer: '/blocks', max: 50 });

const markup = /[<>]|&(?!(?:amp|lt|gt);)/;
const unescaped = (text: string) =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

describe('renderReply', () => {
  it('puts no markup into the words of a notification', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const said = renderReply({ kind: 'text', text })?.text ?? '';
        expect(said).not.toMatch(markup);
        expect(unescaped(said)).toBe(clip(text, 3_000));
      }),
    );
  });
});

describe('renderCard', () => {
  it('puts no markup into the words of a notification', () => {
    fc.assert(
      fc.property(hostile, (summary) => {
        const said = renderCard(pendingCard({ summary })).text;
        expect(said).not.toMatch(markup);
        expect(unescaped(said)).toBe(clip(summary, 3_000));
      }),
    );
  });

  it('stays inside the limits of Block Kit for any card', () => {
    fc.assert(
      fc.property(card, (any) => {
        expect(checked(renderCard(any).blocks)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('shows what a person wrote in one block alone, and reads nothing into it', () => {
    const withReason = (text: string) =>
      renderCard(pendingCard({ quote: { label: 'Reason', text } })).blocks as unknown as Array<
        Record<string, unknown>
      >;
    const isQuote = (block: Record<string, unknown>) => JSON.stringify(block).includes('rich_text_quote');
    const rest = JSON.stringify(withReason('x').filter((block) => !isQuote(block)));
    fc.assert(
      fc.property(hostile, (text) => {
        const blocks = withReason(text);
        expect(JSON.stringify(blocks.filter((block) => !isQuote(block)))).toBe(rest);
        const kinds = JSON.stringify(blocks.find(isQuote)).match(/"type":"[a-z_]+"/g);
        expect(new Set(kinds)).toEqual(
          new Set([
            '"type":"rich_text"',
            '"type":"rich_text_section"',
            '"type":"rich_text_quote"',
            '"type":"text"',
          ]),
        );
      }),
    );
  });
});
