import {
  checkConfirm,
  checkKeys,
  checkList,
  checkString,
  checkStyle,
  checkText,
  inside,
  isObject,
  missing,
  type Spot,
} from './limits.ts';
import type { Json } from './state.ts';

const SELECT_KEYS = ['type', 'action_id', 'placeholder', 'confirm', 'focus_on_load'];
const OPTION_SELECT_KEYS = [...SELECT_KEYS, 'options', 'option_groups'];

type ElementCheck = { keys: string[]; check(spot: Spot, element: Json): void };

/** Every interactive element with its limits. Source: https://docs.slack.dev/reference/block-kit/block-elements */
const ELEMENTS: Record<string, ElementCheck> = {
  button: {
    keys: ['type', 'text', 'action_id', 'url', 'value', 'style', 'confirm', 'accessibility_label'],
    check: (spot, element) => {
      checkText(inside(spot, 'text'), element['text'], { max: 75, kind: 'plain', required: true });
      checkString(inside(spot, 'value'), element['value'], { max: 2000 });
      checkString(inside(spot, 'url'), element['url'], { max: 3000 });
      checkString(inside(spot, 'accessibility_label'), element['accessibility_label'], { max: 75 });
      checkStyle(inside(spot, 'style'), element['style']);
    },
  },
  overflow: {
    keys: ['type', 'action_id', 'options', 'confirm'],
    check: (spot, element) => checkOptions(inside(spot, 'options'), element['options'], 5),
  },
  static_select: {
    keys: [...OPTION_SELECT_KEYS, 'initial_option'],
    check: (spot, element) => {
      checkSelectOptions(spot, element);
      checkInitial(inside(spot, 'initial_option'), element, [element['initial_option']]);
    },
  },
  multi_static_select: {
    keys: [...OPTION_SELECT_KEYS, 'initial_options', 'max_selected_items'],
    check: (spot, element) => {
      checkSelectOptions(spot, element);
      checkInitial(inside(spot, 'initial_options'), element, asList(element['initial_options']));
    },
  },
  radio_buttons: {
    keys: ['type', 'action_id', 'options', 'initial_option', 'confirm', 'focus_on_load'],
    check: (spot, element) => {
      checkOptions(inside(spot, 'options'), element['options'], 10);
      checkInitial(inside(spot, 'initial_option'), element, [element['initial_option']]);
    },
  },
  checkboxes: {
    keys: ['type', 'action_id', 'options', 'initial_options', 'confirm', 'focus_on_load'],
    check: (spot, element) => {
      checkOptions(inside(spot, 'options'), element['options'], 10);
      checkInitial(inside(spot, 'initial_options'), element, asList(element['initial_options']));
    },
  },
  users_select: { keys: [...SELECT_KEYS, 'initial_user'], check: checkPlaceholder },
  multi_users_select: {
    keys: [...SELECT_KEYS, 'initial_users', 'max_selected_items'],
    check: checkPlaceholder,
  },
  channels_select: {
    keys: [...SELECT_KEYS, 'initial_channel', 'response_url_enabled'],
    check: checkPlaceholder,
  },
  conversations_select: {
    keys: [
      ...SELECT_KEYS,
      'initial_conversation',
      'default_to_current_conversation',
      'response_url_enabled',
      'filter',
    ],
    check: checkPlaceholder,
  },
  datepicker: { keys: [...SELECT_KEYS, 'initial_date'], check: checkPlaceholder },
  timepicker: { keys: [...SELECT_KEYS, 'initial_time', 'timezone'], check: checkPlaceholder },
  datetimepicker: {
    keys: ['type', 'action_id', 'initial_date_time', 'confirm', 'focus_on_load'],
    check: () => {},
  },
  plain_text_input: {
    keys: [...textInputKeys(), 'multiline', 'min_length', 'max_length'],
    check: (spot, element) => {
      checkPlaceholder(spot, element);
      checkRange(inside(spot, 'min_length'), element['min_length'], 0);
      checkRange(inside(spot, 'max_length'), element['max_length'], 1);
      checkString(inside(spot, 'initial_value'), element['initial_value'], { max: 3000 });
    },
  },
  number_input: {
    keys: [...textInputKeys(), 'is_decimal_allowed', 'min_value', 'max_value'],
    check: checkPlaceholder,
  },
  email_text_input: { keys: textInputKeys(), check: checkPlaceholder },
  url_text_input: { keys: textInputKeys(), check: checkPlaceholder },
};

function textInputKeys(): string[] {
  return ['type', 'action_id', 'placeholder', 'initial_value', 'dispatch_action_config', 'focus_on_load'];
}

/** Checks one interactive element: known here, allowed here, within limits. */
export function checkElement(spot: Spot, element: unknown, allowed: readonly string[]): void {
  if (!isObject(element)) return spot.problems.add(spot.pointer, 'must be an object');
  const type = element['type'];
  if (type === undefined) return missing(inside(spot, 'type'));
  const known = typeof type === 'string' && allowed.includes(type) ? ELEMENTS[type] : undefined;
  if (!known) return spot.problems.add(spot.pointer, `unsupported type: ${String(type)}`);
  checkKeys(spot, element, known.keys);
  checkString(inside(spot, 'action_id'), element['action_id'], { max: 255 });
  checkConfirm(inside(spot, 'confirm'), element['confirm']);
  known.check(spot, element);
}

function checkPlaceholder(spot: Spot, element: Json): void {
  checkText(inside(spot, 'placeholder'), element['placeholder'], { max: 150, kind: 'plain' });
}

function checkSelectOptions(spot: Spot, element: Json): void {
  checkPlaceholder(spot, element);
  if (element['option_groups'] === undefined) {
    return checkOptions(inside(spot, 'options'), element['options'], 100);
  }
  const at = inside(spot, 'option_groups');
  const groups = checkList(at, element['option_groups'], { min: 1, max: 100 }) ?? [];
  groups.forEach((group, index) => {
    const here = inside(at, index);
    if (!isObject(group)) return here.problems.add(here.pointer, 'must be an object');
    checkText(inside(here, 'label'), group['label'], { max: 75, kind: 'plain', required: true });
    checkOptions(inside(here, 'options'), group['options'], 100);
  });
}

function checkOptions(spot: Spot, value: unknown, max: number): void {
  const options = checkList(spot, value, { min: 1, max }) ?? [];
  options.forEach((option, index) => {
    const here = inside(spot, index);
    if (!isObject(option)) return here.problems.add(here.pointer, 'must be an object');
    checkKeys(here, option, ['text', 'value', 'description', 'url']);
    checkText(inside(here, 'text'), option['text'], { max: 75, kind: 'any', required: true });
    checkString(inside(here, 'value'), option['value'], { max: 150, required: true });
    checkText(inside(here, 'description'), option['description'], { max: 75, kind: 'any' });
    checkString(inside(here, 'url'), option['url'], { max: 3000 });
  });
}

/** An initial option has to be one of the options, word for word. */
function checkInitial(spot: Spot, element: Json, initial: unknown[]): void {
  const values = optionsOf(element).map((option) => option['value']);
  for (const option of initial) {
    if (option === undefined) continue;
    if (!isObject(option) || !values.includes(option['value'])) {
      spot.problems.add(spot.pointer, 'initial option was not found in options');
    }
  }
}

function checkRange(spot: Spot, value: unknown, min: number): void {
  if (value === undefined) return;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= 3000) return;
  spot.problems.add(spot.pointer, `must be an integer between ${min} and 3000`);
}

/** All options of a menu, groups included. */
export function optionsOf(element: Json): Json[] {
  const groups = asList(element['option_groups']).filter(isObject);
  return [...asList(element['options']), ...groups.flatMap((group) => asList(group['options']))].filter(
    isObject,
  );
}

/** The value as a list; anything else is an empty one. */
export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
