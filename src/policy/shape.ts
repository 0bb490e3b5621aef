import type { z } from 'zod';
import type { Finding, YamlPath } from './policy-problem.ts';
import type { PolicyFile } from './schema.ts';
import { policySchema } from './schema.ts';
import { nearest } from '../access/names.ts';

type Issue = z.core.$ZodIssue;

/** What a value looks like, held against the schema. */
export interface Shape {
  /** Set when everything has the right kind, even if texts in it are not in the right form: enough to look further. */
  file?: PolicyFile;
  findings: Finding[];
}

/** Issues that leave every list a list and every text a text. */
const SOFT: ReadonlySet<string> = new Set([
  'invalid_format',
  'custom',
  'too_small',
  'too_big',
  'invalid_key',
  'unrecognized_keys',
  'invalid_value',
]);

/** Holds a value against the schema and says everything that is wrong with its shape, in words. */
export function readShape(value: unknown): Shape {
  const parsed = policySchema.safeParse(value);
  if (parsed.success) return { file: parsed.data, findings: [] };
  const issues = parsed.error.issues.flatMap((issue) => flatten(issue, []));
  const findings = issues.flatMap((issue) => toFindings(issue));
  if (!issues.every((issue) => SOFT.has(issue.code) || isBareScalar(value, issue))) return { findings };
  // Only forms are wrong, so the value has the file's kinds all the way down and the lints can read it.
  const readable = structuredClone(value);
  for (const issue of issues) if (isBareScalar(value, issue)) quote(readable, issue.path.map(toKey));
  return { file: readable as PolicyFile, findings };
}

/** A number or a yes/no where a text should be: YAML's reading of something without quotes. */
function isBareScalar(value: unknown, issue: Issue): boolean {
  if (issue.code !== 'invalid_type' || issue.expected !== 'string') return false;
  const written = issue.path.map(toKey).reduce<unknown>(within, value);
  return typeof written === 'number' || typeof written === 'boolean';
}

function within(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function quote(value: unknown, path: ReadonlyArray<string | number>): void {
  const holder = path.slice(0, -1).reduce<unknown>(within, value);
  const key = path.at(-1);
  if (key === undefined || typeof holder !== 'object' || holder === null) return;
  Object.assign(holder, { [key]: String(within(holder, key)) });
}

/** Opens up unions: the branch that fits the kind of what was written tells what is wrong. */
function flatten(issue: Issue, prefix: YamlPath): Issue[] {
  const path = [...prefix, ...issue.path.map(toKey)];
  if (issue.code === 'invalid_union') {
    const fitting = issue.errors.find((branch) => !branch.some((each) => isKind(each)));
    if (fitting) return fitting.flatMap((each) => flatten(each, path));
  }
  return [{ ...issue, path }];
}

function isKind(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.path.length === 0;
}

function toKey(part: PropertyKey): string | number {
  return typeof part === 'symbol' ? String(part) : part;
}

function toFindings(issue: Issue): Finding[] {
  const path = issue.path.map(toKey);
  const level = 'error';
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const near = nearest(key, KNOWN_KEYS)[0];
      const message = `there is no setting "${key}" here${near === undefined ? '' : `; did you mean ${near}?`}`;
      return { level, path: [...path, key], aim: 'key', message };
    });
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map(({ message }) => ({ level, path, aim: 'key', message }));
  }
  return [{ level, path, message: wordsFor(issue) }];
}

const KNOWN_KEYS = [
  ...[
    'partner',
    'groups',
    'places',
    'roles',
    'customers',
    'rules',
    'people',
    'limits',
    'operators',
    'agentGroups',
  ],
  ...[
    'tenant',
    'name',
    'entraGroup',
    'slack',
    'teams',
    'team',
    'channel',
    'azureRole',
    'max',
    'default',
    'summary',
  ],
  ...[
    'tags',
    'place',
    'owners',
    'scopes',
    'requesters',
    'approve',
    'side',
    'from',
    'at',
    'count',
    'within',
    'oid',
  ],
  ...['user', 'continuous', 'requestsPerHour', 'warnBefore'],
];

function wordsFor(issue: Issue): string {
  if (issue.code === 'invalid_union') return 'is to be a name or a list of names';
  if (issue.code === 'invalid_value') return `is to be ${issue.values.map(String).join(' or ')}`;
  if (issue.code === 'too_small')
    return `is to be at least ${String(issue.minimum)}${lengthWord(issue.origin)}`;
  if (issue.code === 'too_big') return `is to be at most ${String(issue.maximum)}${lengthWord(issue.origin)}`;
  if (issue.code !== 'invalid_type') return issue.message;
  if (/received undefined/.test(issue.message)) return 'is missing';
  return issue.message.replace(/^Invalid input: expected record/, 'Invalid input: expected a map of names');
}

function lengthWord(origin: string): string {
  return origin === 'string' ? ' characters long' : origin === 'array' ? ' in the list' : '';
}
