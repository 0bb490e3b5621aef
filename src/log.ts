import { pino } from 'pino';
import type { DestinationStream } from 'pino';
import type { Log } from './access/ports.ts';

const SECRET_FIELD =
  /secret|password|passwd|authorization|cookie|credential|assertion|signature|private.?key|api.?key|(?:^|[a-z_-])token$|^token|^body$/i;
const SECRET_TEXT =
  /\bx(?:ox[abeprs]|app)-[\w-]{6,}|\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*|\bBearer\s+[\w.~+/=-]+|(?<=:\/\/[^\s/:@]*:)[^\s/@]+(?=@)|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)|(?<=\b(?:sig|ticket|password|client_secret|client_assertion|access_token|refresh_token)=)[^\s&"']+|(?<=\bhooks\.slack(?:-gov)?\.com\/)[^\s"']+/gi;
const INVISIBLE = /[\u0080-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
const MAX_TEXT = 2_000;
const MAX_DEPTH = 6;
const MAX_ITEMS = 100;
const REDACTED = '[redacted]';

/** A log that writes one line of JSON per event: `{"level":"info","time":…,"event":…,…facts}`. */
export function createLog(options: { level: string; destination?: DestinationStream }): Log {
  const settings = {
    level: options.level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const logger = options.destination ? pino(settings, options.destination) : pino(settings);
  const write =
    (level: 'info' | 'warn' | 'error') =>
    (event: string, facts: Readonly<Record<string, unknown>> = {}): void =>
      logger[level]({ ...clean(facts), event: cleanText(event) });
  return { info: write('info'), warn: write('warn'), error: write('error') };
}

/** Facts without anything that looks like a secret, bounded in size, safe on one line. */
export function clean(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = cleanValue(facts, { depth: 0, seen: new Set() });
  // `level` and `time` are the line's own.
  return Object.fromEntries(
    Object.entries(kept as Record<string, unknown>).map(([key, value]) => [
      key === 'level' || key === 'time' ? `${key}_` : key,
      value,
    ]),
  );
}

interface Trail {
  depth: number;
  seen: ReadonlySet<object>;
}

function cleanValue(value: unknown, trail: Trail): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value === 'function') return '[function]';
  if (typeof value !== 'object' || value === null) return value;
  if (trail.seen.has(value) || trail.depth >= MAX_DEPTH) return '[…]';
  const inner: Trail = { depth: trail.depth + 1, seen: new Set([...trail.seen, value]) };
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Error) return cleanError(value, inner);
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((each) => cleanValue(each, inner));
  if (value instanceof Map || value instanceof Set) return cleanValue([...value], inner);
  if (ArrayBuffer.isView(value)) return '[bytes]';
  const entries = Object.entries(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(entries.map(([key, each]) => [cleanText(key), cleanField(key, each, inner)]));
}

/** Numbers are never secrets: fencing tokens and counts stay. */
function cleanField(key: string, value: unknown, trail: Trail): unknown {
  const isHarmless =
    value === undefined || value === null || typeof value === 'number' || typeof value === 'boolean';
  return SECRET_FIELD.test(key) && !isHarmless ? REDACTED : cleanValue(value, trail);
}

/** Vendors hang requests with headers on their errors: only what names the error is kept. */
function cleanError(error: Error, trail: Trail): unknown {
  const { name, message, stack, cause } = error;
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    name: cleanText(name),
    message: cleanText(message),
    ...((typeof code === 'string' || typeof code === 'number') && { code: cleanValue(code, trail) }),
    ...(stack !== undefined && { stack: cleanText(stack) }),
    ...(cause !== undefined && { cause: cleanValue(cause, trail) }),
  };
}

function cleanText(text: string): string {
  const shown = text
    .slice(0, 4 * MAX_TEXT)
    .replace(SECRET_TEXT, REDACTED)
    .replace(INVISIBLE, (each) => `\\u${(each.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
  return shown.length <= MAX_TEXT ? shown : `${shown.slice(0, MAX_TEXT)}…`;
}
