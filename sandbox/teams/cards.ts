import { isObject, stringAt } from './model.ts';
import type { JsonObject } from './model.ts';

/** The content type of an Adaptive Card attachment. */
export const ADAPTIVE_CARD = 'application/vnd.microsoft.card.adaptive';

const NEWEST_VERSION = 1.5;
const MOST_ACTIONS_SHOWN = 6;
const CONTENT = ['TextBlock', 'RichTextBlock', 'Image', 'ImageSet', 'Media', 'FactSet', 'ActionSet'];
const CONTAINERS = ['Container', 'ColumnSet', 'Column', 'Table', 'TableRow', 'TableCell'];
const INPUTS = ['Input.Text', 'Input.Number', 'Input.Date', 'Input.Time', 'Input.Toggle', 'Input.ChoiceSet'];
const ELEMENTS = new Set([...CONTENT, ...CONTAINERS, ...INPUTS]);
const ACTIONS = new Set([
  'Action.Execute',
  'Action.Submit',
  'Action.OpenUrl',
  'Action.ShowCard',
  'Action.ToggleVisibility',
]);
const REQUIRED: Record<string, Array<{ key: string; is: 'string' | 'array' }>> = {
  TextBlock: [{ key: 'text', is: 'string' }],
  RichTextBlock: [{ key: 'inlines', is: 'array' }],
  Image: [{ key: 'url', is: 'string' }],
  FactSet: [{ key: 'facts', is: 'array' }],
  ActionSet: [{ key: 'actions', is: 'array' }],
  Container: [{ key: 'items', is: 'array' }],
  'Input.Text': [{ key: 'id', is: 'string' }],
  'Input.Number': [{ key: 'id', is: 'string' }],
  'Input.Date': [{ key: 'id', is: 'string' }],
  'Input.Time': [{ key: 'id', is: 'string' }],
  'Input.Toggle': [
    { key: 'id', is: 'string' },
    { key: 'title', is: 'string' },
  ],
  'Input.ChoiceSet': [
    { key: 'id', is: 'string' },
    { key: 'choices', is: 'array' },
  ],
  'Action.OpenUrl': [{ key: 'url', is: 'string' }],
};

/**
 * What is wrong with an Adaptive Card for Teams: version above 1.5, unknown element or action types (unless they have
 * a fallback), missing properties, double input ids, more buttons in a row than Teams shows. Teams drops some of
 * these silently; here they are named, so that nobody misses them. Empty means fine.
 *
 * Source: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference
 */
export function findCardProblems(card: unknown): string[] {
  if (!isObject(card) || card['type'] !== 'AdaptiveCard') return ['the content is not an AdaptiveCard'];
  const problems: string[] = [];
  const version = stringAt(card, 'version');
  if (!version || !/^1\.\d$/.test(version))
    problems.push(`version ${String(card['version'])} is not a version`);
  else if (Number(version) > NEWEST_VERSION) problems.push(`version ${version} is above ${NEWEST_VERSION}`);
  checkNode(card, 'card', problems);
  const ids = inputsOf(card).map((input) => input.id);
  for (const id of ids.filter((each, index) => ids.indexOf(each) !== index)) {
    problems.push(`two inputs have the id ${id}`);
  }
  return problems;
}

function checkNode(node: JsonObject, path: string, problems: string[]): void {
  for (const [key, child] of childrenOf(node)) {
    const at = `${path}.${key}`;
    checkType(child, key, at, problems);
    checkNode(child, at, problems);
  }
  const actions = node['actions'];
  if (Array.isArray(actions) && actions.filter(isPrimary).length > MOST_ACTIONS_SHOWN) {
    problems.push(`${path} has more than ${MOST_ACTIONS_SHOWN} actions`);
  }
}

function checkType(node: JsonObject, key: string, at: string, problems: string[]): void {
  const type = stringAt(node, 'type') ?? impliedType(key);
  if (type === undefined) return void problems.push(`${at} has no type`);
  const isAction = /^(actions|selectAction|inlineAction|action)\b/.test(key);
  const known = isAction
    ? ACTIONS.has(type)
    : ELEMENTS.has(type) || type === 'TextRun' || type === 'AdaptiveCard';
  if (!known && node['fallback'] === undefined) problems.push(`${at} has the unknown type ${type}`);
  for (const { key: name, is } of REQUIRED[type] ?? []) {
    const value = node[name];
    const right = is === 'array' ? Array.isArray(value) && value.length > 0 : typeof value === 'string';
    if (!right) problems.push(`${at} (${type}) has no ${name}`);
  }
  if (type !== 'FactSet' || !Array.isArray(node['facts'])) return;
  for (const fact of node['facts']) {
    if (stringAt(fact, 'title') === undefined || stringAt(fact, 'value') === undefined) {
      problems.push(`${at} has a fact without title or value`);
    }
  }
}

function impliedType(key: string): string | undefined {
  if (key.startsWith('columns')) return 'Column';
  if (key.startsWith('rows')) return 'TableRow';
  if (key.startsWith('cells')) return 'TableCell';
  return undefined;
}

/** The child elements and actions of a node, with the property they sit in, like `body[0]`. */
function childrenOf(node: JsonObject): Array<[string, JsonObject]> {
  const found: Array<[string, JsonObject]> = [];
  const rows = stringAt(node, 'type') === 'Table' ? ['rows'] : ['columns', 'rows'];
  for (const key of ['body', 'items', 'inlines', 'cells', 'images', 'actions', ...rows]) {
    const value = node[key];
    if (!Array.isArray(value)) continue;
    value.forEach((child, index) => {
      if (isObject(child)) found.push([`${key}[${index}]`, child]);
    });
  }
  for (const key of ['card', 'selectAction', 'inlineAction']) {
    const child = node[key];
    if (isObject(child)) found.push([key, child]);
  }
  return found;
}

function isPrimary(action: unknown): boolean {
  return stringAt(action, 'mode') !== 'secondary';
}

/** An input of a card. */
export interface CardInput {
  id: string;
  type: string;
  isRequired: boolean;
  /** What is filled in before anybody types. */
  value: string | undefined;
  /** Longest text in characters, for `Input.Text`. */
  maxLength: number | undefined;
  /** The values to choose from, for `Input.ChoiceSet`. */
  choices: string[] | undefined;
}

/** Every input of a card, also those in cards behind `Action.ShowCard`. */
export function inputsOf(card: JsonObject): CardInput[] {
  return inputsAmong(nodesOf(card));
}

function inputsAmong(nodes: JsonObject[]): CardInput[] {
  return nodes
    .filter((node) => stringAt(node, 'type')?.startsWith('Input.'))
    .map((node) => ({
      id: stringAt(node, 'id') ?? '',
      type: stringAt(node, 'type') ?? '',
      isRequired: node['isRequired'] === true,
      value: startValue(node),
      maxLength: typeof node['maxLength'] === 'number' ? node['maxLength'] : undefined,
      choices: Array.isArray(node['choices'])
        ? node['choices'].map((choice) => stringAt(choice, 'value') ?? '')
        : undefined,
    }));
}

function startValue(node: JsonObject): string | undefined {
  const value = node['value'];
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (stringAt(node, 'type') !== 'Input.Toggle') return undefined;
  return stringAt(node, 'valueOff') ?? 'false';
}

/** Every action a person can press on a card, in reading order. */
export function actionsOf(card: JsonObject): JsonObject[] {
  return nodesOf(card).filter((node) => stringAt(node, 'type')?.startsWith('Action.'));
}

function nodesOf(node: JsonObject): JsonObject[] {
  return childrenOf(node).flatMap(([, child]) => [child, ...nodesOf(child)]);
}

/** The nodes of a card without those of cards behind its `Action.ShowCard`s. */
function ownNodesOf(node: JsonObject): JsonObject[] {
  const children = childrenOf(node).filter(([key]) => key !== 'card');
  return children.flatMap(([, child]) => [child, ...ownNodesOf(child)]);
}

/** The card an action is on and the cards around that; empty when it is on none. */
function cardsAround(card: JsonObject, action: JsonObject): JsonObject[] {
  const nodes = ownNodesOf(card);
  if (nodes.some((node) => node === action || node['fallback'] === action)) return [card];
  for (const { card: behind } of nodes) {
    const inner = isObject(behind) ? cardsAround(behind, action) : [];
    if (inner.length > 0) return [card, ...inner];
  }
  return [];
}

/** The first Adaptive Card among the attachments of an activity. */
export function cardOf(activity: JsonObject): JsonObject | undefined {
  const attachments = Array.isArray(activity['attachments']) ? activity['attachments'] : [];
  const attachment = attachments.find((each) => stringAt(each, 'contentType') === ADAPTIVE_CARD);
  return isObject(attachment) && isObject(attachment['content']) ? attachment['content'] : undefined;
}

/**
 * What a client sends along with a pressed action: what was filled in before, overwritten by what the person typed.
 * With an action, only the inputs of its card and of the cards around that count; other unfolding forms do not.
 *
 * @throws {Error} when the client would not send it: an input that is not on the card, a required one left empty, a
 * text too long, a value that is no choice.
 */
export function fillInputs(
  card: JsonObject,
  typed: Record<string, string>,
  action?: JsonObject,
): Record<string, string> {
  const inputs = action ? inputsAmong(cardsAround(card, action).flatMap(ownNodesOf)) : inputsOf(card);
  for (const id of Object.keys(typed)) {
    if (!inputs.some((input) => input.id === id)) throw new Error(`The card has no input "${id}".`);
  }
  const filled: Record<string, string> = {};
  for (const input of inputs) {
    const value = typed[input.id] ?? input.value;
    if (value !== undefined) filled[input.id] = value;
    if (input.isRequired && !value) throw new Error(`The input "${input.id}" must be filled in.`);
    if (input.maxLength !== undefined && (value ?? '').length > input.maxLength) {
      throw new Error(`The input "${input.id}" takes ${input.maxLength} characters.`);
    }
    if (input.choices && value && !value.split(',').every((each) => input.choices?.includes(each))) {
      throw new Error(`"${value}" is no choice of the input "${input.id}".`);
    }
  }
  return filled;
}
