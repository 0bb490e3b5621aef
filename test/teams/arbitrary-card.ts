import fc from 'fast-check';
import type { Button, Card, Field, Form, Line, Part } from '../../src/chat/card.ts';

/** What people write to make a card do something. */
export const HOSTILE = [
  '<at>everyone</at>',
  '[click](https://evil.example)',
  '**Approved** by _Contoso_',
  '# Approved',
  '![x](https://evil.example/x.png)',
  'https://evil.example',
  '{{DATE(2026-01-01T00:00:00Z,SHORT)}}',
  '{{TIME(2026-01-01T00:00:00Z)}}',
  '{{{{TIME(2026-01-01T00:00:00Z)}}}}',
  '${rid}',
  '"}],"actions":[{"type":"Action.Execute"}]',
  '<script>alert(1)</script>',
  '\u202egnitide\u202c',
  '\u0000\u0007',
  '\ud800',
  '\n\n- Role: reader\n',
];

/** Any text, hostile, long or strange. */
export const anyText = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(fc.constantFrom(...HOSTILE), { maxLength: 4 }).map((parts) => parts.join('')),
  fc.integer({ min: 0, max: 60_000 }).map((length) => '\u0001'.repeat(length)),
  fc.integer({ min: 0, max: 60_000 }).map((length) => '字'.repeat(length)),
);

const url = fc.oneof(
  fc.constantFrom(
    'https://portal.azure.com/',
    'javascript:alert(1)',
    'http://x.example/',
    'https://u:p@x.example/',
  ),
  fc.integer({ min: 1, max: 3_000 }).map((length) => `https://x.example/${'a'.repeat(length)}`),
);

const part: fc.Arbitrary<Part> = fc.oneof(
  anyText.map((text): Part => ({ kind: 'text', text })),
  anyText.map((text): Part => ({ kind: 'bold', text })),
  anyText.map((text): Part => ({ kind: 'code', text })),
  fc.tuple(anyText, url).map(([text, to]): Part => ({ kind: 'link', text, url: to })),
  fc
    .tuple(fc.integer({ min: 0, max: 4e12 }), fc.constantFrom('clock', 'date'))
    .map(([at, show]): Part => ({ kind: 'time', at, show })),
);

const line: fc.Arbitrary<Line> = fc.array(part, { maxLength: 5, size: 'max' });
const word = fc.stringMatching(/^[a-z]{1,12}$/);

const field: fc.Arbitrary<Field> = fc.oneof(
  fc.record({
    kind: fc.constant('text' as const),
    id: fc.oneof(word, fc.constantFrom('ref', 'verb', 'reason')),
    label: anyText,
    maxLength: fc.integer({ min: 0, max: 10_000 }),
    required: fc.constantFrom('yes', 'no'),
    multiline: fc.constantFrom('yes', 'no'),
  }),
  fc.record({
    kind: fc.constant('choice' as const),
    id: word,
    label: anyText,
    options: fc.array(fc.record({ label: anyText, value: word }), { maxLength: 200, size: 'max' }),
  }),
);

/** Any form. */
export const anyForm: fc.Arbitrary<Form> = fc.record(
  {
    title: anyText,
    intro: line,
    fields: fc.array(field, { maxLength: 8, size: 'max' }),
    submitLabel: anyText,
  },
  { requiredKeys: ['title', 'fields', 'submitLabel'] },
);

const button: fc.Arbitrary<Button> = fc.record(
  {
    verb: fc.constantFrom('approve', 'approveLess', 'deny', 'cancel', 'extend'),
    label: anyText,
    look: fc.constantFrom('primary', 'danger', 'plain'),
    ref: fc.stringMatching(/^[a-z0-9.]{1,200}$/),
    form: anyForm,
  },
  { requiredKeys: ['verb', 'label', 'look', 'ref'] },
);

/** Any card, however long. */
export const anyCard: fc.Arbitrary<Card> = fc.record(
  {
    tone: fc.constantFrom('waiting', 'working', 'good', 'bad', 'neutral'),
    title: anyText,
    status: line,
    facts: fc.array(fc.record({ label: anyText, value: line }), { maxLength: 60, size: 'max' }),
    notes: fc.array(line, { maxLength: 60, size: 'max' }),
    commands: fc.array(anyText, { maxLength: 20 }),
    quote: fc.record({ label: anyText, text: anyText }),
    buttons: fc.array(button, { maxLength: 30, size: 'max' }),
    links: fc.array(fc.record({ label: anyText, url }), { maxLength: 10 }),
    summary: anyText,
  },
  { requiredKeys: ['tone', 'title', 'status', 'facts', 'notes', 'commands', 'buttons', 'links', 'summary'] },
);
