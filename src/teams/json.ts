const MAX_DEPTH = 32;

/** Any JSON object that came from outside. */
export type JsonObject = { readonly [key: string]: unknown };

/** True for a plain JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object under `key`, or an empty one. */
export function objectAt(value: unknown, key: string): JsonObject {
  const found = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return isObject(found) ? found : {};
}

/** The string under `key` unless it is empty, or undefined. */
export function stringAt(value: unknown, key: string): string | undefined {
  const found = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** The list under `key`, or an empty one. */
export function listAt(value: unknown, key: string): readonly unknown[] {
  const found = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return Array.isArray(found) ? found : [];
}

/**
 * A body as a JSON object; undefined when it is none, is not UTF-8, is nested more than 32 deep, or names `__proto__`.
 */
export function parseObject(body: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return isObject(value) && isHarmless(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Walks level by level, so that no depth of nesting can exhaust the stack. */
function isHarmless(root: JsonObject): boolean {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return false;
    const containers = level.filter((each) => typeof each === 'object' && each !== null);
    if (containers.some((each) => Object.hasOwn(each, '__proto__'))) return false;
    level = containers.flatMap((each) => Object.values(each));
  }
  return true;
}
