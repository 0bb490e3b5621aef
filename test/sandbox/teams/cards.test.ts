import { readFileSync } from 'node:fs';
import { actionsOf, fillInputs, findCardProblems } from '../../../sandbox/teams/cards.ts';
import { requestCard } from './northwind.ts';

const withBody = (...body: object[]): object => ({ type: 'AdaptiveCard', version: '1.5', body });
const button = (title: string, more: object = {}): object => ({ type: 'Action.Submit', title, ...more });
const buttons = (count: number, more: object = {}): object[] =>
  Array.from({ length: count }, (_, index) => button(`B${index}`, more));

describe('findCardProblems', () => {
  it.each(['card-request-pending', 'card-request-approved'])('finds nothing wrong with %s', (name) => {
    const card: unknown = JSON.parse(readFileSync(new URL(`samples/${name}.json`, import.meta.url), 'utf8'));
    expect(findCardProblems(card)).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    ['no card', { type: 'Container' }, /not an AdaptiveCard/],
    ['a version above 1.5', { type: 'AdaptiveCard', version: '1.6' }, /above 1.5/],
    ['no version', { type: 'AdaptiveCard' }, /not a version/],
    ['an unknown element', withBody({ type: 'Marquee' }), /unknown type Marquee/],
    ['an element without type', withBody({ text: 'x' }), /no type/],
    ['a text block without text', withBody({ type: 'TextBlock' }), /no text/],
    ['an unknown action', withBody({ type: 'ActionSet', actions: [{ type: 'Action.Http' }] }), /Action.Http/],
    [
      'an element as an action',
      withBody({ type: 'ActionSet', actions: [{ type: 'TextBlock', text: 'x' }] }),
      /TextBlock/,
    ],
    ['an empty action set', withBody({ type: 'ActionSet', actions: [] }), /no actions/],
    ['seven buttons', withBody({ type: 'ActionSet', actions: buttons(7) }), /more than 6/],
    [
      'a fact without value',
      withBody({ type: 'FactSet', facts: [{ title: 'a' }] }),
      /without title or value/,
    ],
    [
      'two inputs of one name',
      withBody(
        { type: 'Input.Text', id: 'a' },
        { type: 'Container', items: [{ type: 'Input.Date', id: 'a' }] },
      ),
      /two inputs/,
    ],
    [
      'a fault behind a column',
      withBody({ type: 'ColumnSet', columns: [{ items: [{ type: 'Nope' }] }] }),
      /columns\[0\]\.items\[0\] has the unknown type Nope/,
    ],
  ])('names %s', (_name, card, problem) => {
    expect(findCardProblems(card).join('; ')).toMatch(problem);
  });

  it('lets an unknown element pass that has a fallback, and further buttons in the overflow menu', () => {
    const overflow = [...buttons(6), ...buttons(2, { mode: 'secondary' })];
    const card = withBody({ type: 'Marquee', fallback: 'drop' }, { type: 'ActionSet', actions: overflow });
    expect(findCardProblems(card)).toEqual([]);
  });

  it('knows tables, rich text and cards behind buttons', () => {
    const rich = { type: 'RichTextBlock', inlines: ['a', { type: 'TextRun', text: 'b' }] };
    const table = {
      type: 'Table',
      columns: [{ width: 1 }],
      rows: [{ type: 'TableRow', cells: [{ items: [rich] }] }],
    };
    const inner = { type: 'AdaptiveCard', version: '1.5', body: [{ type: 'Input.Text', id: 'why' }] };
    const card = { ...withBody(table), actions: [{ type: 'Action.ShowCard', title: 'More', card: inner }] };
    expect(findCardProblems(card)).toEqual([]);
    expect(fillInputs(card, { why: 'so' })).toEqual({ why: 'so' });
  });
});

describe('actionsOf', () => {
  it('lists every button in reading order', () => {
    expect(actionsOf(requestCard('x')).map((action) => action['title'])).toEqual([
      'Approve',
      'Deny',
      'Details',
    ]);
  });
});

describe('fillInputs', () => {
  it('sends only the inputs around the pressed action, not those of another unfolding form', () => {
    const send = (verb: string) => ({ type: 'Action.Execute', title: verb, verb });
    const unfold = (verb: string, id: string) => {
      const items = [
        { type: 'Input.Text', id, isRequired: true },
        { type: 'ActionSet', actions: [send(verb)] },
      ];
      return { type: 'Action.ShowCard', title: verb, card: { type: 'AdaptiveCard', body: items } };
    };
    const top = { type: 'Input.Text', id: 'note', value: 'seen' };
    const actions = [send('approve'), unfold('deny', 'why'), unfold('less', 'time')];
    const folded = {
      type: 'AdaptiveCard',
      version: '1.5',
      body: [top, { type: 'ActionSet', actions }],
    };
    const actionOf = (verb: string) => actionsOf(folded).find((each) => each['verb'] === verb);
    expect(fillInputs(folded, {}, actionOf('approve'))).toEqual({ note: 'seen' });
    expect(fillInputs(folded, { why: 'no' }, actionOf('deny'))).toEqual({ note: 'seen', why: 'no' });
    expect(() => fillInputs(folded, {}, actionOf('less'))).toThrow('"time" must be filled in');
    expect(() => fillInputs(folded, { why: 'no', time: '1h' }, actionOf('less'))).toThrow('no input "why"');
  });

  const card = withBody(
    { type: 'Input.Text', id: 'reason', isRequired: true },
    { type: 'Input.ChoiceSet', id: 'role', value: 'reader', choices: [{ title: 'R', value: 'reader' }] },
    { type: 'Input.Toggle', id: 'sure', title: 'Sure?' },
  ) as Record<string, unknown>;

  it('sends what was filled in before along with what was typed', () => {
    expect(fillInputs(card, { reason: 'x' })).toEqual({ reason: 'x', role: 'reader', sure: 'false' });
  });

  it('refuses a required input left empty and a value that is no choice', () => {
    expect(() => fillInputs(card, {})).toThrow('must be filled in');
    expect(() => fillInputs(card, { reason: 'x', role: 'owner' })).toThrow('no choice');
  });
});
