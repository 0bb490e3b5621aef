import { checkBlocks } from './blocks.ts';
import { checkKeys, checkString, checkText, createProblems, inside, isObject, type Spot } from './limits.ts';
import type { Json } from './state.ts';

const SHARED_KEYS = ['type', 'blocks', 'private_metadata', 'callback_id', 'external_id'];
const MODAL_KEYS = [
  ...SHARED_KEYS,
  'title',
  'submit',
  'close',
  'clear_on_close',
  'notify_on_close',
  'submit_disabled',
];

/** The most a view may weigh as JSON, in bytes. */
export const VIEW_BYTES = 250_000;

/** Everything wrong with a view, in Slack's words. Source: https://docs.slack.dev/reference/views */
export function checkView(view: Json, type: 'modal' | 'home'): string[] {
  const problems = createProblems();
  const spot: Spot = { problems, pointer: '/view' };
  if (view['type'] !== type) problems.add('/view/type', `must be one of: ${type}`);
  checkKeys(spot, view, type === 'modal' ? MODAL_KEYS : SHARED_KEYS);
  checkString(inside(spot, 'callback_id'), view['callback_id'], { max: 255 });
  checkString(inside(spot, 'private_metadata'), view['private_metadata'], { max: 3000 });
  checkString(inside(spot, 'external_id'), view['external_id'], { max: 255 });
  if (type === 'modal') checkModal(spot, view);
  return [...problems.list, ...checkBlocks(view['blocks'], { pointer: '/view/blocks', max: 100 })];
}

function checkModal(spot: Spot, view: Json): void {
  checkText(inside(spot, 'title'), view['title'], { max: 24, kind: 'plain', required: true });
  checkText(inside(spot, 'submit'), view['submit'], { max: 24, kind: 'plain' });
  checkText(inside(spot, 'close'), view['close'], { max: 24, kind: 'plain' });
  const blocks = Array.isArray(view['blocks']) ? view['blocks'] : [];
  const hasInput = blocks.some((block) => isObject(block) && block['type'] === 'input');
  if (hasInput && view['submit'] === undefined) {
    spot.problems.add(spot.pointer, 'missing required field: submit (a modal with inputs needs it)');
  }
}
