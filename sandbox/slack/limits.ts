import type { Json } from './state.ts';

/** Collects what is wrong with blocks or a view, in Slack's words: `must be less than 76 characters [json-pointer:/blocks/0/…]`. */
export interface Problems {
  list: string[];
  add(pointer: string, words: string): void;
}

/** An empty list of problems. */
export function createProblems(): Problems {
  const list: string[] = [];
  return { list, add: (pointer, words) => list.push(`${words} [json-pointer:${pointer}]`) };
}

/** Whether the value is a plain JSON object. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A place in the JSON being checked and where its problems go. */
export interface Spot {
  problems: Problems;
  pointer: string;
}

/** The same check one level deeper. */
export function inside(spot: Spot, key: string | number): Spot {
  return { problems: spot.problems, pointer: `${spot.pointer}/${key}` };
}

/** Checks a string's length in UTF-16 units; missing is fine unless `min` says otherwise and `required` is set. */
export function checkString(
  spot: Spot,
  value: unknown,
  rule: { max: number; min?: number; required?: boolean },
): void {
  if (value === undefined || value === null) {
    if (rule.required) missing(spot);
    return;
  }
  if (typeof value !== 'string') return spot.problems.add(spot.pointer, 'must be a string');
  if (value.length > rule.max)
    spot.problems.add(spot.pointer, `must be less than ${rule.max + 1} characters`);
  if (value.length < (rule.min ?? 0)) {
    spot.problems.add(spot.pointer, `must be more than ${(rule.min ?? 0) - 1} characters`);
  }
}

/** Checks a list's length; `undefined` when it is no list. */
export function checkList(
  spot: Spot,
  value: unknown,
  rule: { min: number; max: number },
): unknown[] | undefined {
  if (value === undefined) {
    missing(spot);
    return undefined;
  }
  if (!Array.isArray(value)) {
    spot.problems.add(spot.pointer, 'must be an array');
    return undefined;
  }
  if (value.length > rule.max) spot.problems.add(spot.pointer, `no more than ${rule.max} items allowed`);
  if (value.length < rule.min) spot.problems.add(spot.pointer, `must provide at least ${rule.min} items`);
  return value;
}

/** Refuses keys the type does not have. */
export function checkKeys(spot: Spot, value: Json, allowed: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (!allowed.includes(key)) spot.problems.add(spot.pointer, `invalid additional property: ${key}`);
  }
}

/** Says that the field at the end of the pointer is missing from its parent. */
export function missing(spot: Spot): void {
  const cut = spot.pointer.lastIndexOf('/');
  spot.problems.add(spot.pointer.slice(0, cut), `missing required field: ${spot.pointer.slice(cut + 1)}`);
}

/** Checks a text object. `kind` `plain` refuses mrkdwn. */
export function checkText(
  spot: Spot,
  value: unknown,
  rule: { max: number; kind: 'plain' | 'any'; required?: boolean },
): void {
  if (value === undefined || value === null) {
    if (rule.required) missing(spot);
    return;
  }
  if (!isObject(value)) return spot.problems.add(spot.pointer, 'must be an object');
  const allowed = rule.kind === 'plain' ? ['plain_text'] : ['plain_text', 'mrkdwn'];
  if (typeof value['type'] !== 'string' || !allowed.includes(value['type'])) {
    return spot.problems.add(inside(spot, 'type').pointer, `must be one of: ${allowed.join(', ')}`);
  }
  checkKeys(
    spot,
    value,
    value['type'] === 'plain_text' ? ['type', 'text', 'emoji'] : ['type', 'text', 'verbatim'],
  );
  checkString(inside(spot, 'text'), value['text'], { min: 1, max: rule.max, required: true });
}

/** Checks a confirmation dialogue (100/300/30/30). */
export function checkConfirm(spot: Spot, value: unknown): void {
  if (value === undefined) return;
  if (!isObject(value)) return spot.problems.add(spot.pointer, 'must be an object');
  checkKeys(spot, value, ['title', 'text', 'confirm', 'deny', 'style']);
  checkText(inside(spot, 'title'), value['title'], { max: 100, kind: 'plain', required: true });
  checkText(inside(spot, 'text'), value['text'], { max: 300, kind: 'any', required: true });
  checkText(inside(spot, 'confirm'), value['confirm'], { max: 30, kind: 'plain', required: true });
  checkText(inside(spot, 'deny'), value['deny'], { max: 30, kind: 'plain', required: true });
  checkStyle(inside(spot, 'style'), value['style']);
}

/** `primary`, `danger` or nothing. */
export function checkStyle(spot: Spot, value: unknown): void {
  if (value === undefined || value === 'primary' || value === 'danger') return;
  spot.problems.add(spot.pointer, 'must be one of: primary, danger');
}
