import { describe, expect, it } from '@jest/globals';
import { checkBlocks } from '../../../sandbox/slack/blocks.ts';
import { checkView } from '../../../sandbox/slack/view-limits.ts';

const plain = (length: number) => ({ type: 'plain_text', text: 'x'.repeat(length) });
const mrkdwn = (length: number) => ({ type: 'mrkdwn', text: 'x'.repeat(length) });
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));
const inActions = (...elements: unknown[]) => ({ type: 'actions', elements });
const button = (change: object = {}) => ({ type: 'button', action_id: 'go', text: plain(5), ...change });
const option = (change: object = {}) => ({ text: plain(5), value: 'v', ...change });
const overflow = (count: number, change: object = {}) =>
  inActions({ type: 'overflow', action_id: 'o', options: times(count, () => option(change)) });
const select = (change: object) =>
  inActions({ type: 'static_select', action_id: 's', options: [option()], ...change });
const confirm = (change: object) =>
  inActions(
    button({ confirm: { title: plain(1), text: plain(1), confirm: plain(1), deny: plain(1), ...change } }),
  );
const input = (element: object) => ({ type: 'input', label: plain(5), element });

const check = (...blocks: unknown[]) => checkBlocks(blocks, { pointer: '/blocks', max: 50 });

/** At the limit nothing is said; one more is refused at the pointer. */
const LIMITS: Array<[string, (size: number) => unknown, number, string]> = [
  ['section text', (size) => ({ type: 'section', text: mrkdwn(size) }), 3000, '/blocks/0/text/text'],
  ['section field', (size) => ({ type: 'section', fields: [mrkdwn(size)] }), 2000, '/blocks/0/fields/0/text'],
  [
    'section fields',
    (size) => ({ type: 'section', fields: times(size, () => plain(1)) }),
    10,
    '/blocks/0/fields',
  ],
  ['header', (size) => ({ type: 'header', text: plain(size) }), 150, '/blocks/0/text/text'],
  [
    'context elements',
    (size) => ({ type: 'context', elements: times(size, () => plain(1)) }),
    10,
    '/blocks/0/elements',
  ],
  [
    'actions elements',
    (size) => inActions(...times(size, (index) => button({ action_id: `b${index}` }))),
    25,
    '/blocks/0/elements',
  ],
  ['block_id', (size) => ({ type: 'divider', block_id: 'x'.repeat(size) }), 255, '/blocks/0/block_id'],
  [
    'action_id',
    (size) => inActions(button({ action_id: 'x'.repeat(size) })),
    255,
    '/blocks/0/elements/0/action_id',
  ],
  ['button text', (size) => inActions(button({ text: plain(size) })), 75, '/blocks/0/elements/0/text/text'],
  [
    'button value',
    (size) => inActions(button({ value: 'x'.repeat(size) })),
    2000,
    '/blocks/0/elements/0/value',
  ],
  ['button url', (size) => inActions(button({ url: 'x'.repeat(size) })), 3000, '/blocks/0/elements/0/url'],
  ['overflow options', (size) => overflow(size), 5, '/blocks/0/elements/0/options'],
  [
    'option text',
    (size) => overflow(1, { text: plain(size) }),
    75,
    '/blocks/0/elements/0/options/0/text/text',
  ],
  [
    'option value',
    (size) => overflow(1, { value: 'x'.repeat(size) }),
    150,
    '/blocks/0/elements/0/options/0/value',
  ],
  [
    'select options',
    (size) => select({ options: times(size, () => option()) }),
    100,
    '/blocks/0/elements/0/options',
  ],
  [
    'placeholder',
    (size) => select({ placeholder: plain(size) }),
    150,
    '/blocks/0/elements/0/placeholder/text',
  ],
  [
    'confirm title',
    (size) => confirm({ title: plain(size) }),
    100,
    '/blocks/0/elements/0/confirm/title/text',
  ],
  ['confirm text', (size) => confirm({ text: mrkdwn(size) }), 300, '/blocks/0/elements/0/confirm/text/text'],
  [
    'confirm yes',
    (size) => confirm({ confirm: plain(size) }),
    30,
    '/blocks/0/elements/0/confirm/confirm/text',
  ],
  ['confirm no', (size) => confirm({ deny: plain(size) }), 30, '/blocks/0/elements/0/confirm/deny/text'],
  [
    'input label',
    (size) => ({ ...input({ type: 'plain_text_input' }), label: plain(size) }),
    2000,
    '/blocks/0/label/text',
  ],
];

describe('checkBlocks', () => {
  it.each(LIMITS)('%s has a limit', (_name, make, limit, pointer) => {
    expect(check(make(limit))).toEqual([]);
    expect(check(make(limit + 1))).toEqual([expect.stringContaining(`[json-pointer:${pointer}]`)]);
  });

  it('allows 50 blocks in a message', () => {
    expect(check(...times(50, () => ({ type: 'divider' })))).toEqual([]);
    expect(check(...times(51, () => ({ type: 'divider' })))).toEqual([
      'no more than 50 items allowed [json-pointer:/blocks]',
    ]);
  });

  it.each([
    ['an unknown block', { type: 'sectoin' }, 'unsupported type: sectoin [json-pointer:/blocks/0]'],
    ['a block without type', { text: plain(1) }, 'missing required field: type [json-pointer:/blocks/0]'],
    [
      'an unknown key',
      { type: 'divider', text: plain(1) },
      'invalid additional property: text [json-pointer:/blocks/0]',
    ],
    ['an empty section', { type: 'section' }, 'missing required field: text [json-pointer:/blocks/0]'],
    [
      'empty text',
      { type: 'section', text: plain(0) },
      'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'mrkdwn in a header',
      { type: 'header', text: mrkdwn(1) },
      'must be one of: plain_text [json-pointer:/blocks/0/text/type]',
    ],
    [
      'a style of its own',
      inActions(button({ style: 'default' })),
      'must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]',
    ],
    ['no elements', inActions(), 'must provide at least 1 items [json-pointer:/blocks/0/elements]'],
    [
      'an action id twice',
      inActions(button(), button()),
      'action_id "go" already exists [json-pointer:/blocks/0]',
    ],
    [
      'an input among actions',
      inActions({ type: 'plain_text_input' }),
      'unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0]',
    ],
    ['a button as input', input(button()), 'unsupported type: button [json-pointer:/blocks/0/element]'],
    [
      'a foreign initial option',
      select({ initial_option: option({ value: 'other' }) }),
      'initial option was not found in options [json-pointer:/blocks/0/elements/0/initial_option]',
    ],
  ])('refuses %s', (_name, block, words) => {
    expect(check(block)).toEqual([words]);
  });

  it('refuses a block id twice and lists every problem', () => {
    const blocks = [
      { type: 'divider', block_id: 'a' },
      { type: 'header', block_id: 'a', text: plain(151) },
    ];
    expect(check(...blocks)).toEqual([
      'must be less than 151 characters [json-pointer:/blocks/1/text/text]',
      'block_id "a" already exists [json-pointer:/blocks/1/block_id]',
    ]);
  });
});

describe('checkView', () => {
  const modal = (change: object = {}) => ({ type: 'modal', title: plain(5), blocks: [], ...change });

  it.each([
    ['title', (size: number) => modal({ title: plain(size) }), 24, '/view/title/text'],
    ['submit', (size: number) => modal({ submit: plain(size) }), 24, '/view/submit/text'],
    ['close', (size: number) => modal({ close: plain(size) }), 24, '/view/close/text'],
    ['callback_id', (size: number) => modal({ callback_id: 'x'.repeat(size) }), 255, '/view/callback_id'],
    [
      'private_metadata',
      (size: number) => modal({ private_metadata: 'x'.repeat(size) }),
      3000,
      '/view/private_metadata',
    ],
    [
      'blocks',
      (size: number) => modal({ blocks: times(size, () => ({ type: 'divider' })) }),
      100,
      '/view/blocks',
    ],
  ])('%s has a limit', (_name, make, limit, pointer) => {
    expect(checkView(make(limit), 'modal')).toEqual([]);
    expect(checkView(make(limit + 1), 'modal')).toEqual([
      expect.stringContaining(`[json-pointer:${pointer}]`),
    ]);
  });

  it('wants a title, and a submit button where there is an input', () => {
    expect(checkView({ type: 'modal', blocks: [] }, 'modal')).toEqual([
      'missing required field: title [json-pointer:/view]',
    ]);
    const blocks = [input({ type: 'plain_text_input', action_id: 'v' })];
    expect(checkView(modal({ blocks }), 'modal')).toEqual([
      expect.stringContaining('missing required field: submit'),
    ]);
    expect(checkView(modal({ blocks, submit: plain(4) }), 'modal')).toEqual([]);
  });

  it('does not take a title on a Home tab, nor a Home tab for a modal', () => {
    const home = { type: 'home', blocks: [] };
    expect(checkView(home, 'home')).toEqual([]);
    expect(checkView({ ...home, title: plain(1) }, 'home')).toEqual([
      'invalid additional property: title [json-pointer:/view]',
    ]);
    expect(checkView(home, 'modal')).toContain('must be one of: modal [json-pointer:/view/type]');
  });
});
