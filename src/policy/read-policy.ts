import type { Policy } from '../access/policy.ts';
import { buildPolicy } from './build-policy.ts';
import { lintCaps, lintPlaceholders, lintRoles, lintScopes } from './lint-catalogue.ts';
import { lintAccounts, lintGroups, lintReserved, lintTenants } from './lint-people.ts';
import { lintPlaces } from './lint-places.ts';
import { lintReferences } from './lint-references.ts';
import { lintRules } from './lint-rules.ts';
import type { PolicyProblem } from './policy-problem.ts';
import { PolicyInvalid } from './policy-problem.ts';
import type { PolicyFile } from './schema.ts';
import { readShape } from './shape.ts';
import { readYaml } from './yaml-text.ts';

/** Hashing, handed in: SHA-256 as 64 hex digits. */
export interface PolicyDeps {
  sha256(text: string): string;
}

const LINTS: ReadonlyArray<(file: PolicyFile) => ReturnType<typeof lintRoles>> = [
  lintReserved,
  lintPlaceholders,
  lintTenants,
  lintGroups,
  lintRoles,
  lintCaps,
  lintScopes,
  lintPlaces,
  lintReferences,
  lintRules,
  lintAccounts,
];

/**
 * Reads a policy file and says everything there is to say about it, errors and warnings in the order of the file.
 * `policy` is there only without errors.
 */
export function checkPolicy(text: string, deps: PolicyDeps): { policy?: Policy; problems: PolicyProblem[] } {
  const yaml = readYaml(text);
  if (yaml.problems.length > 0) return { problems: yaml.problems };
  const shape = readShape(yaml.value);
  const { file } = shape;
  const findings = [...shape.findings, ...(file ? LINTS.flatMap((lint) => lint(file)) : [])];
  const problems = findings.map(yaml.place).sort((a, b) => a.line - b.line || a.column - b.column);
  if (!file || problems.some(({ level }) => level === 'error')) return { problems };
  return { policy: buildPolicy(file, deps.sha256(text)), problems };
}

/**
 * The policy a file's text stands for. Warnings do not count.
 *
 * @throws {PolicyInvalid} (a `Misconfigured`) listing every problem with its path, line and column
 */
export function readPolicy(text: string, deps: PolicyDeps): Policy {
  const { policy, problems } = checkPolicy(text, deps);
  if (policy) return policy;
  throw new PolicyInvalid(problems);
}
