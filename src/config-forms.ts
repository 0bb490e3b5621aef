import { z } from 'zod';

const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
/** A host name or address, with or without a port. */
export const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::\d{1,5})?$/i;
const PLACEHOLDER =
  /^(?:change[-_ ]?(?:me|it|this)|replace[-_ ]?(?:me|this)|your[-_ ].*|.*[-_]your[-_].*|placeholder|example|dummy|secret|password|todo|test|none|null|undefined|x{3,}|\.{3}|…|<.*>)$/i;
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Any text. */
export const text = z.string();
/** A GUID, lowered. */
export const guid = z
  .string()
  .regex(GUID, 'is not a GUID')
  .transform((id) => id.toLowerCase());
/** `system`, or the client id of a managed identity. */
export const identity = z
  .string()
  .refine(
    (value) => value === 'system' || GUID.test(value),
    'is neither "system" nor the client id of an identity',
  );
/** A secret of at least so many characters that is no placeholder. */
export const secret = (minLength: number) =>
  z
    .string()
    .refine((value) => !PLACEHOLDER.test(value), 'is a placeholder, not a secret')
    .refine((value) => !/\s/.test(value), 'has white space in it')
    .min(minLength, `has less than ${minLength} characters`);
/** A secret that begins like this. */
export const token = (prefix: string) =>
  secret(20).refine((value) => value.startsWith(prefix), `does not start with ${prefix}`);

const parse = (value: string): URL | undefined => (URL.canParse(value) ? new URL(value) : undefined);
const isSafe = (url: URL | undefined): boolean =>
  url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.has(url.hostname));
/** https, or http on this machine, without a trailing slash. */
export const url = z
  .string()
  .refine((value) => parse(value) !== undefined, { error: 'is not a URL', abort: true })
  .refine((value) => isSafe(parse(value)), 'is not https (plain http is for this machine only)')
  .refine((value) => !parse(value)?.username && !parse(value)?.password, 'has a user or password in it')
  .refine((value) => !parse(value)?.search && !parse(value)?.hash, 'has a query or fragment')
  .transform((value) => value.replace(/\/+$/, ''));
/** https only. */
export const https = url.refine((value) => value.startsWith('https://'), 'is not https');
/** A token scope. */
export const scope = url.refine((value) => value.endsWith('/.default'), 'does not end in /.default');
/** A TCP port. */
export const port = z
  .string()
  .regex(/^\d{1,5}$/, 'is not a port number')
  .transform(Number)
  .refine((value) => value <= 65_535, 'is not a port number');
/** Host names with commas or blanks between, lowered. */
export const hosts = z
  .string()
  .transform((value) =>
    value
      .toLowerCase()
      .split(/[\s,]+/)
      .filter(Boolean),
  )
  .refine((list) => list.length > 0 && list.every((host) => HOST.test(host)), 'is not a list of host names');
/** Where Redis is. */
export const redisUrl = z
  .string()
  .refine(
    (value) => /^(?:redis|rediss|unix):$/.test(parse(value)?.protocol ?? ''),
    'is not redis://, rediss:// or unix://',
  )
  .refine((value) => !PLACEHOLDER.test(parse(value)?.password ?? ''), 'has a placeholder for a password');
/** A random key. */
export const linkSecret = secret(32).refine(
  (value) => new Set(value).size >= 10,
  'is too regular to be random',
);
