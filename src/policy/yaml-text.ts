import type { Document, Node } from 'yaml';
import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Finding, PolicyProblem, YamlPath } from './policy-problem.ts';
import { writePath } from './policy-problem.ts';

const MAX_TEXT = 2_000_000;
const MAX_ALIASES = 100;

/** A YAML text with the places of everything in it. */
export interface YamlText {
  /** What the text says; undefined when it cannot be read. */
  value: unknown;
  /** Why it cannot be read, or should not be. */
  problems: PolicyProblem[];
  /** Finds the line of something found in the value. */
  place(finding: Finding): PolicyProblem;
}

/** Reads YAML 1.2, core schema, with every error and its line. Keys may not repeat. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const place = (finding: Finding): PolicyProblem => locate(document, lines, finding);
  if (text.length > MAX_TEXT) {
    const problem: PolicyProblem = {
      level: 'error',
      path: '',
      line: 1,
      column: 1,
      message: 'is larger than 2 MB',
    };
    return { value: undefined, problems: [problem], place: () => problem };
  }
  const document: Document.Parsed = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.2',
  });
  const problems = [...document.errors, ...document.warnings].map((error): PolicyProblem => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { level: 'error', path: '', line, column: col, message: error.message };
  });
  problems.push(...oddKeys(document, lines));
  if (problems.length > 0) return { value: undefined, problems, place };
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }), problems, place };
  } catch (error) {
    const message = error instanceof Error ? error.message : 'cannot be read';
    return { value: undefined, problems: [{ level: 'error', path: '', line: 1, column: 1, message }], place };
  }
}

/** Keys that would vanish or change on the way into objects. */
function oddKeys(document: Document.Parsed, lines: LineCounter): PolicyProblem[] {
  const found: PolicyProblem[] = [];
  visit(document, {
    Pair: (_, { key }) => {
      const text = isScalar(key) ? String(key.value) : '';
      if (isScalar(key) && text !== '__proto__' && text !== '' && key.value !== null) return;
      const { line, col } = lines.linePos(isScalar(key) ? (key.range?.[0] ?? 0) : 0);
      found.push({ level: 'error', path: '', line, column: col, message: `"${text}" cannot be a key` });
    },
  });
  return found;
}

function locate(document: Document.Parsed, lines: LineCounter, finding: Finding): PolicyProblem {
  const offset = offsetOf(document.contents, finding.path, finding.aim ?? 'value');
  const { line, col } = lines.linePos(offset);
  const { level, path, message } = finding;
  return { level, path: writePath(path), line: Math.max(1, line), column: Math.max(1, col), message };
}

/** Where the thing at a path begins; what is missing is placed at what it is missing from. */
function offsetOf(contents: Node | null, path: YamlPath, aim: 'key' | 'value'): number {
  let node: unknown = contents;
  let offset = contents?.range?.[0] ?? 0;
  for (const [depth, part] of path.entries()) {
    const last = depth === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find((each) => isScalar(each.key) && String(each.key.value) === String(part));
      if (!isPair(pair)) return offset;
      const key = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
      if (last && aim === 'key') return key ?? offset;
      node = pair.value;
      // A map or list of several lines is best found by its key.
      offset = (isScalar(node) ? node.range?.[0] : key) ?? key ?? offset;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      if (!isNode(node)) return offset;
      offset = node.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value;
}
