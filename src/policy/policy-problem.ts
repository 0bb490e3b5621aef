import { Misconfigured } from '../access/errors.ts';

/** Keys and indexes from the top of the file, e.g. `['rules', 0, 'roles', 1]`. */
export type YamlPath = ReadonlyArray<string | number>;

/** What is wrong, before it is known on which line. `aim` says whether the key or its value is meant. */
export interface Finding {
  level: 'error' | 'warning';
  path: YamlPath;
  message: string;
  aim?: 'key' | 'value';
}

/** Something in the policy file that has to change (`error`) or is probably not meant (`warning`). */
export interface PolicyProblem {
  level: 'error' | 'warning';
  /** Like `rules[0].roles[1]`; empty for the file as a whole. */
  path: string;
  /** Both count from 1. */
  line: number;
  column: number;
  message: string;
}

/** The policy file cannot be used; every problem is listed. What was in force stays in force. */
export class PolicyInvalid extends Misconfigured {
  readonly problems: readonly PolicyProblem[];
  constructor(problems: readonly PolicyProblem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    const lines = problems.map((problem) => `  ${describeProblem(problem)}`);
    super(
      [`The policy file has ${count}:`, ...lines].join('\n'),
      'Mend the lines named and run `latchkey check`.',
    );
    this.problems = problems;
  }
}

/** One line for people: `12:5 rules[0].roles[1]: there is no role "raeder"`. */
export function describeProblem({ line, column, path, message, level }: PolicyProblem): string {
  const where = path === '' ? '' : ` ${path}:`;
  return `${line}:${column}${where} ${level === 'warning' ? '(warning) ' : ''}${message}`;
}

/** `['rules', 0, 'roles', 1]` as `rules[0].roles[1]`; keys that are no plain words are quoted. */
export function writePath(path: YamlPath): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const plain = /^[A-Za-z0-9_-]+$/.test(part) ? part : JSON.stringify(part);
      return index === 0 ? plain : `.${plain}`;
    })
    .join('');
}
