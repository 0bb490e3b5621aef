import { Refusal } from './answers.ts';

/** Decides whether an object passes. */
export type Predicate = (object: Record<string, unknown>) => boolean;

/** A parsed OData filter. `advanced` names the operator that needs the eventual-consistency header, if any. */
export interface GraphFilter {
  matches: Predicate;
  advanced: string | undefined;
}

interface Parser {
  tokens: string[];
  at: number;
  advanced: string | undefined;
  source: string;
}

const TOKEN = /\s*('(?:[^']|'')*'|[A-Za-z0-9_@$][\w./@$-]*|[(),:])/gy;

/**
 * Reads the part of OData's filter language that the directory answers: eq, ne, in, and, or, not, startsWith,
 * endsWith and any(). Strings compare without case, as the directory compares addresses and names.
 * @throws {Refusal} 400 when the text is not a filter, as with a raw `&` or `+` in an address
 */
export function parseGraphFilter(source: string): GraphFilter {
  const parser: Parser = { tokens: tokenize(source), at: 0, advanced: undefined, source };
  const matches = parseOr(parser);
  if (parser.at !== parser.tokens.length) throw invalid(source);
  return { matches, advanced: parser.advanced };
}

function tokenize(source: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const text = source.trimEnd();
  while (TOKEN.lastIndex < text.length) {
    const from = TOKEN.lastIndex;
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) {
      TOKEN.lastIndex = from;
      throw invalid(source);
    }
    tokens.push(token);
  }
  if (tokens.length === 0) throw invalid(source);
  return tokens;
}

function invalid(source: string): Refusal {
  return new Refusal(400, 'Request_BadRequest', `Invalid filter clause: Syntax error in '${source}'.`);
}

function parseOr(parser: Parser): Predicate {
  let left = parseAnd(parser);
  while (takeWord(parser, 'or')) {
    const [first, second] = [left, parseAnd(parser)];
    left = (object) => first(object) || second(object);
  }
  return left;
}

function parseAnd(parser: Parser): Predicate {
  let left = parseNot(parser);
  while (takeWord(parser, 'and')) {
    const [first, second] = [left, parseNot(parser)];
    left = (object) => first(object) && second(object);
  }
  return left;
}

function parseNot(parser: Parser): Predicate {
  if (!takeWord(parser, 'not')) return parsePrimary(parser);
  parser.advanced ??= 'not';
  const inner = parsePrimary(parser);
  return (object) => !inner(object);
}

function parsePrimary(parser: Parser): Predicate {
  if (takeWord(parser, '(')) {
    const inner = parseOr(parser);
    expect(parser, ')');
    return inner;
  }
  const path = next(parser);
  if (/^(startswith|endswith)$/i.test(path)) return parseFunction(parser, path);
  if (path.endsWith('/any')) return parseAny(parser, path.slice(0, -'/any'.length));
  return parseComparison(parser, path);
}

function parseFunction(parser: Parser, name: string): Predicate {
  expect(parser, '(');
  const path = next(parser);
  expect(parser, ',');
  const wanted = fold(literal(parser, next(parser)));
  expect(parser, ')');
  const ends = name.toLowerCase() === 'endswith';
  if (ends) parser.advanced ??= 'endsWith';
  return (object) => {
    const value = fold(valueAt(object, path));
    if (typeof value !== 'string' || typeof wanted !== 'string') return false;
    return ends ? value.endsWith(wanted) : value.startsWith(wanted);
  };
}

function parseAny(parser: Parser, path: string): Predicate {
  expect(parser, '(');
  const variable = next(parser);
  expect(parser, ':');
  const inner = parseOr(parser);
  expect(parser, ')');
  return (object) => {
    const values = valueAt(object, path);
    return Array.isArray(values) && values.some((value) => inner({ [variable]: value }));
  };
}

function parseComparison(parser: Parser, path: string): Predicate {
  const operator = next(parser).toLowerCase();
  if (operator === 'in') return parseIn(parser, path);
  if (operator !== 'eq' && operator !== 'ne') throw invalid(parser.source);
  const wanted = fold(literal(parser, next(parser)));
  if (operator === 'ne') parser.advanced ??= 'ne';
  return (object) => (fold(valueAt(object, path)) === wanted) === (operator === 'eq');
}

function parseIn(parser: Parser, path: string): Predicate {
  expect(parser, '(');
  const wanted = new Set<unknown>();
  do wanted.add(fold(literal(parser, next(parser))));
  while (takeWord(parser, ','));
  expect(parser, ')');
  return (object) => wanted.has(fold(valueAt(object, path)));
}

function literal(parser: Parser, token: string): unknown {
  if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
  if (token === 'true' || token === 'false') return token === 'true';
  if (token === 'null') return null;
  if (/^[\da-f-]+$/i.test(token)) return token;
  throw invalid(parser.source);
}

function valueAt(object: Record<string, unknown>, path: string): unknown {
  let value: unknown = object;
  for (const key of path.split('/')) {
    value = value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[key] : undefined;
  }
  return value ?? null;
}

function fold(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

function takeWord(parser: Parser, word: string): boolean {
  if (parser.tokens[parser.at]?.toLowerCase() !== word) return false;
  parser.at += 1;
  return true;
}

function next(parser: Parser): string {
  const token = parser.tokens[parser.at];
  if (token === undefined) throw invalid(parser.source);
  parser.at += 1;
  return token;
}

function expect(parser: Parser, word: string): void {
  if (next(parser) !== word) throw invalid(parser.source);
}

/** What an ARM role-assignment filter asks for. Ids are lower case. */
export interface ArmFilter {
  atScope: boolean;
  principalId: string | undefined;
  assignedTo: string | undefined;
  /** `name eq value` comparisons other than principalId; names and values lower case. */
  equals: Map<string, string>;
}

/**
 * Reads an ARM filter: `atScope()`, `assignedTo('id')`, `principalId eq 'id'`, `roleName eq 'name'`, joined by `and`.
 * @throws {Refusal} 400 for anything else
 */
export function parseArmFilter(source: string | null): ArmFilter {
  const filter: ArmFilter = {
    atScope: false,
    principalId: undefined,
    assignedTo: undefined,
    equals: new Map(),
  };
  for (const clause of (source ?? '').split(/\s+and\s+/i)) {
    if (clause.trim() === '') continue;
    readArmClause(filter, clause.trim());
  }
  return filter;
}

function readArmClause(filter: ArmFilter, clause: string): void {
  if (/^atScope\(\)$/i.test(clause)) {
    filter.atScope = true;
    return;
  }
  const assigned = /^assignedTo\('([^']+)'\)$/i.exec(clause)?.[1];
  const [, name, value] = /^(\w+)\s+eq\s+'((?:[^']|'')*)'$/i.exec(clause) ?? [];
  if (assigned !== undefined) filter.assignedTo = assigned.toLowerCase();
  else if (name?.toLowerCase() === 'principalid') filter.principalId = value?.toLowerCase();
  else if (name !== undefined && value !== undefined) {
    filter.equals.set(name.toLowerCase(), value.replaceAll("''", "'").toLowerCase());
  } else {
    throw new Refusal(400, 'BadRequestFormat', `The filter '${clause}' is not supported.`);
  }
}
