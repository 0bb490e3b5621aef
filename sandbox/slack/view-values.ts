import { elementsOf } from './blocks.ts';
import { asList, optionsOf } from './elements.ts';
import { isObject } from './limits.ts';
import type { Json } from './state.ts';

/** What a person enters: block id → the value, or block id → action id → the value. Options go by value or by words. */
export type EnteredValues = Record<string, EnteredValue | Record<string, EnteredValue>>;
export type EnteredValue = string | string[];

/** Block id → action id → state value, as Slack sends it. */
export type StateValues = Record<string, Record<string, Json>>;

/** Where each type of element keeps its value. */
const VALUE_FIELD: Record<string, { field: string; initial: string }> = {
  plain_text_input: { field: 'value', initial: 'initial_value' },
  number_input: { field: 'value', initial: 'initial_value' },
  email_text_input: { field: 'value', initial: 'initial_value' },
  url_text_input: { field: 'value', initial: 'initial_value' },
  static_select: { field: 'selected_option', initial: 'initial_option' },
  radio_buttons: { field: 'selected_option', initial: 'initial_option' },
  multi_static_select: { field: 'selected_options', initial: 'initial_options' },
  checkboxes: { field: 'selected_options', initial: 'initial_options' },
  users_select: { field: 'selected_user', initial: 'initial_user' },
  multi_users_select: { field: 'selected_users', initial: 'initial_users' },
  channels_select: { field: 'selected_channel', initial: 'initial_channel' },
  conversations_select: { field: 'selected_conversation', initial: 'initial_conversation' },
  datepicker: { field: 'selected_date', initial: 'initial_date' },
  timepicker: { field: 'selected_time', initial: 'initial_time' },
  datetimepicker: { field: 'selected_date_time', initial: 'initial_date_time' },
};

/** The current values of every input in the blocks: entered, else initial, else empty. */
export function stateValues(blocks: unknown, entered: StateValues): StateValues {
  const values: StateValues = {};
  for (const { block, element } of inputs(blocks)) {
    const blockId = String(block['block_id']);
    const actionId = String(element['action_id']);
    values[blockId] ??= {};
    values[blockId][actionId] = entered[blockId]?.[actionId] ?? initialValue(element);
  }
  return values;
}

/** The state value of an element that nobody touched. */
function initialValue(element: Json): Json {
  const type = String(element['type']);
  const place = VALUE_FIELD[type];
  if (!place) return { type };
  const empty = place.field.endsWith('s') ? [] : null;
  return { type, [place.field]: element[place.initial] ?? empty };
}

/** Every element that holds a value, with its block. */
export function inputs(blocks: unknown): Array<{ block: Json; element: Json }> {
  return asList(blocks)
    .filter(isObject)
    .flatMap((block) => elementsOf(block).map((element) => ({ block, element })))
    .filter(({ element }) => String(element['type']) in VALUE_FIELD);
}

/**
 * What entering `entered` into an element makes of it.
 *
 * @throws when a menu has no such option.
 */
export function enteredValue(element: Json, entered: EnteredValue): Json {
  const type = String(element['type']);
  const place = VALUE_FIELD[type];
  if (!place) throw new Error(`sandbox slack: nothing can be entered into a ${type}`);
  const many = Array.isArray(entered) ? entered : [entered];
  if (place.field === 'selected_options') {
    return { type, selected_options: many.map((one) => findOption(element, one)) };
  }
  if (place.field === 'selected_option') return { type, selected_option: findOption(element, many[0] ?? '') };
  if (place.field === 'selected_users') return { type, selected_users: many };
  if (place.field === 'selected_date_time') return { type, selected_date_time: Number(many[0]) };
  return { type, [place.field]: many[0] ?? null };
}

/** An option by its value or its words. @throws when the menu has none such. */
export function findOption(element: Json, wanted: string): Json {
  const options = optionsOf(element);
  const found =
    options.find((option) => option['value'] === wanted) ??
    options.find((option) => wordsOf(option['text']) === wanted);
  if (found) return found;
  const known = options.map((option) => `${String(option['value'])} (${wordsOf(option['text'])})`).join(', ');
  throw new Error(
    `sandbox slack: no option "${wanted}" in ${String(element['action_id'])}; there are: ${known}`,
  );
}

/** The words of a text object. */
export function wordsOf(text: unknown): string {
  return isObject(text) && typeof text['text'] === 'string' ? text['text'] : '';
}

/** Fills the inputs of a view. @throws when a key names no input. */
export function fillIn(blocks: unknown, before: StateValues, entered: EnteredValues): StateValues {
  const values: StateValues = structuredClone(before);
  const known = inputs(blocks);
  for (const [blockId, value] of Object.entries(entered)) {
    const here = known.filter(({ block }) => block['block_id'] === blockId);
    if (here.length === 0) {
      const ids = known.map(({ block }) => String(block['block_id'])).join(', ');
      throw new Error(`sandbox slack: the view has no input block "${blockId}"; there are: ${ids}`);
    }
    for (const { element } of here) {
      const actionId = String(element['action_id']);
      const own = isObject(value)
        ? (value as Record<string, EnteredValue>)[actionId]
        : (value as EnteredValue);
      if (own === undefined) continue;
      values[blockId] ??= {};
      values[blockId][actionId] = enteredValue(element, own);
    }
  }
  return values;
}

/** What the client itself objects to before it submits: block id → words. */
export function clientErrors(blocks: unknown, values: StateValues): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const { block, element } of inputs(blocks)) {
    if (block['type'] !== 'input') continue;
    const blockId = String(block['block_id']);
    const state = values[blockId]?.[String(element['action_id'])] ?? {};
    const value = Object.entries(state).find(([key]) => key !== 'type')?.[1];
    const isEmpty =
      value === null || value === undefined || value === '' || (Array.isArray(value) && !value.length);
    if (isEmpty && block['optional'] !== true) errors[blockId] = 'Please complete this required field.';
    if (!isEmpty && typeof value === 'string') {
      const min = Number(element['min_length'] ?? 0);
      const max = Number(element['max_length'] ?? 3000);
      if (value.length < min) errors[blockId] = `Must be at least ${min} characters`;
      if (value.length > max) errors[blockId] = `Must be at most ${max} characters`;
    }
  }
  return errors;
}
