import { ApiError, invalidArguments } from './api-error.ts';
import { isObject } from './limits.ts';
import type { Json } from './state.ts';

/** The arguments of a Web API call, from a form (objects as JSON strings) or a JSON body. */
export interface Arguments {
  /** A string, or undefined when missing or empty. */
  text(name: string): string | undefined;
  /** @throws {ApiError} `invalid_arguments` when missing. */
  required(name: string): string;
  flag(name: string): boolean;
  /** @throws {ApiError} with `errorCode` when it is there and no list. */
  list(name: string, errorCode: string): Json[] | undefined;
  /** @throws {ApiError} `invalid_arguments` when it is no object. */
  object(name: string): Json | undefined;
}

/** Wraps decoded arguments. */
export function createArguments(raw: Json): Arguments {
  const text = (name: string): string | undefined => {
    const value = raw[name];
    return value === undefined || value === null || value === '' ? undefined : String(value);
  };
  return {
    text,
    required: (name) => {
      const value = text(name);
      if (value === undefined) throw invalidArguments([`missing required field: ${name}`]);
      return value;
    },
    flag: (name) => ['true', '1'].includes(text(name) ?? ''),
    list: (name, errorCode) => {
      const value = decoded(raw[name]);
      if (value === undefined) return undefined;
      if (!Array.isArray(value) || !value.every(isObject)) throw new ApiError(errorCode);
      return value;
    },
    object: (name) => {
      const value = decoded(raw[name]);
      if (value === undefined) return undefined;
      if (!isObject(value)) throw invalidArguments([`must be an object [json-pointer:/${name}]`]);
      return value;
    },
  };
}

/** JSON inside a form field; what is no JSON becomes `null`, which no caller accepts. */
function decoded(value: unknown): unknown {
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return null;
  }
}

/** Decodes a request body by its content type. @throws {ApiError} `invalid_json`, `invalid_form_data`. */
export function decodeBody(contentType: string, body: string, rawQuery: string): Json {
  const fromQuery = Object.fromEntries(new URLSearchParams(rawQuery));
  if (body === '') return fromQuery;
  const type = contentType.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/x-www-form-urlencoded') {
    return { ...fromQuery, ...Object.fromEntries(new URLSearchParams(body)) };
  }
  if (type !== 'application/json') throw new ApiError('invalid_post_type');
  const value = decoded(body);
  if (!isObject(value)) throw new ApiError('invalid_json');
  return { ...fromQuery, ...value };
}
