import { checkElement } from './elements.ts';
import {
  checkKeys,
  checkList,
  checkString,
  checkText,
  createProblems,
  inside,
  isObject,
  missing,
  type Spot,
} from './limits.ts';
import type { Json } from './state.ts';

const MENUS = ['static_select', 'users_select', 'channels_select', 'conversations_select'];
const PICKERS = ['datepicker', 'timepicker', 'radio_buttons', 'checkboxes'];
const ACCESSORIES = ['button', 'overflow', ...MENUS, 'multi_static_select', 'multi_users_select', ...PICKERS];
const ACTIONS = ['button', 'overflow', ...MENUS, 'datetimepicker', ...PICKERS];
const INPUTS = [
  'plain_text_input',
  'number_input',
  'email_text_input',
  'url_text_input',
  'multi_static_select',
  'multi_users_select',
  'datetimepicker',
  ...MENUS,
  ...PICKERS,
];

type BlockCheck = { keys: string[]; check(spot: Spot, block: Json): void };

/** Every block with its limits. Source: https://docs.slack.dev/reference/block-kit/blocks */
const BLOCKS: Record<string, BlockCheck> = {
  section: { keys: ['text', 'fields', 'accessory', 'expand'], check: checkSection },
  header: {
    keys: ['text'],
    check: (spot, block) =>
      checkText(inside(spot, 'text'), block['text'], { max: 150, kind: 'plain', required: true }),
  },
  divider: { keys: [], check: () => {} },
  context: { keys: ['elements'], check: checkContext },
  actions: { keys: ['elements'], check: checkActions },
  image: { keys: ['image_url', 'alt_text', 'title'], check: checkImage },
  input: { keys: ['label', 'element', 'hint', 'optional', 'dispatch_action'], check: checkInput },
  rich_text: { keys: ['elements'], check: checkRichText },
};

/**
 * Everything wrong with the blocks of a message (at most 50) or a view (at most 100), in Slack's words.
 *
 * Lengths are counted in UTF-16 units, the stricter reading of "characters".
 */
export function checkBlocks(blocks: unknown, rule: { pointer: string; max: number }): string[] {
  const problems = createProblems();
  const spot: Spot = { problems, pointer: rule.pointer };
  const list = checkList(spot, blocks, { min: 0, max: rule.max }) ?? [];
  const blockIds = new Set<string>();
  list.forEach((block, index) => {
    const here = inside(spot, index);
    if (!isObject(block)) return problems.add(here.pointer, 'must be an object');
    checkBlock(here, block);
    const blockId = block['block_id'];
    if (typeof blockId !== 'string') return;
    if (blockIds.has(blockId))
      problems.add(inside(here, 'block_id').pointer, `block_id "${blockId}" already exists`);
    blockIds.add(blockId);
  });
  return problems.list;
}

function checkBlock(spot: Spot, block: Json): void {
  const type = block['type'];
  if (type === undefined) return missing(inside(spot, 'type'));
  const known = typeof type === 'string' ? BLOCKS[type] : undefined;
  if (!known) return spot.problems.add(spot.pointer, `unsupported type: ${String(type)}`);
  checkKeys(spot, block, ['type', 'block_id', ...known.keys]);
  checkString(inside(spot, 'block_id'), block['block_id'], { max: 255 });
  known.check(spot, block);
  checkActionIds(spot, block);
}

function checkSection(spot: Spot, block: Json): void {
  if (block['text'] === undefined && block['fields'] === undefined) missing(inside(spot, 'text'));
  checkText(inside(spot, 'text'), block['text'], { max: 3000, kind: 'any' });
  if (block['fields'] !== undefined) {
    const at = inside(spot, 'fields');
    const fields = checkList(at, block['fields'], { min: 1, max: 10 }) ?? [];
    fields.forEach((field, index) =>
      checkText(inside(at, index), field, { max: 2000, kind: 'any', required: true }),
    );
  }
  const accessory = block['accessory'];
  if (accessory === undefined) return;
  if (isObject(accessory) && accessory['type'] === 'image')
    return checkImage(inside(spot, 'accessory'), accessory);
  checkElement(inside(spot, 'accessory'), accessory, ACCESSORIES);
}

function checkContext(spot: Spot, block: Json): void {
  const at = inside(spot, 'elements');
  const elements = checkList(at, block['elements'], { min: 1, max: 10 }) ?? [];
  elements.forEach((element, index) => {
    if (isObject(element) && element['type'] === 'image') return checkImage(inside(at, index), element);
    checkText(inside(at, index), element, { max: 3000, kind: 'any', required: true });
  });
}

function checkActions(spot: Spot, block: Json): void {
  const at = inside(spot, 'elements');
  const elements = checkList(at, block['elements'], { min: 1, max: 25 }) ?? [];
  elements.forEach((element, index) => checkElement(inside(at, index), element, ACTIONS));
}

function checkImage(spot: Spot, image: Json): void {
  checkString(inside(spot, 'image_url'), image['image_url'], { min: 1, max: 3000, required: true });
  checkString(inside(spot, 'alt_text'), image['alt_text'], { max: 2000, required: true });
  checkText(inside(spot, 'title'), image['title'], { max: 2000, kind: 'plain' });
}

function checkInput(spot: Spot, block: Json): void {
  checkText(inside(spot, 'label'), block['label'], { max: 2000, kind: 'plain', required: true });
  checkText(inside(spot, 'hint'), block['hint'], { max: 2000, kind: 'plain' });
  if (block['element'] === undefined) return missing(inside(spot, 'element'));
  checkElement(inside(spot, 'element'), block['element'], INPUTS);
}

const RICH_PARTS = ['rich_text_section', 'rich_text_list', 'rich_text_preformatted', 'rich_text_quote'];

function checkRichText(spot: Spot, block: Json): void {
  const at = inside(spot, 'elements');
  const parts = checkList(at, block['elements'], { min: 0, max: 1000 }) ?? [];
  parts.forEach((part, index) => {
    const here = inside(at, index);
    if (!isObject(part) || !RICH_PARTS.includes(String(part['type']))) {
      return here.problems.add(here.pointer, `must be one of: ${RICH_PARTS.join(', ')}`);
    }
    checkList(inside(here, 'elements'), part['elements'], { min: 0, max: 1000 });
  });
}

/** Action ids are unique within their block. */
function checkActionIds(spot: Spot, block: Json): void {
  const seen = new Set<unknown>();
  for (const element of elementsOf(block)) {
    const actionId = element['action_id'];
    if (actionId === undefined) continue;
    if (seen.has(actionId)) spot.problems.add(spot.pointer, `action_id "${String(actionId)}" already exists`);
    seen.add(actionId);
  }
}

/** The interactive elements of a block, in order. */
export function elementsOf(block: Json): Json[] {
  const inActions = block['type'] === 'actions' && Array.isArray(block['elements']) ? block['elements'] : [];
  return [...inActions, block['accessory'], block['element']].filter(isObject);
}
