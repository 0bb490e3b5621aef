import { parseDuration, formatDuration } from '../access/duration.ts';
import { InvalidCommand } from '../access/errors.ts';
import { checkName, lowerAscii, nearest } from '../access/names.ts';
import type { Person } from '../access/person.ts';
import { samePerson } from '../access/person.ts';
import type { Policy } from '../access/policy.ts';
import type { Ruling } from '../access/ruling.ts';
import { rule } from '../access/ruling.ts';

/** What is asked on the command line, as typed. */
export interface ExplainAsk {
  /** Object id, `<tenant id>/<object id>`, or a name in `people`. */
  person: string;
  customer: string;
  role: string;
  duration?: string;
  scope?: string;
  /** Groups the person is taken to be in. */
  groups: readonly string[];
}

const PERSON = /^(?:([0-9a-f-]{36})\/)?([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/;

/**
 * The path to the ruling, line by line, from the policy file alone.
 *
 * @throws {InvalidCommand} when a word cannot be understood
 */
export function explain(policy: Policy, ask: ExplainAsk): { ruling: Ruling; lines: string[] } {
  const { person, name } = findPerson(policy, ask.person);
  const assumed = ask.groups.map((group) => checkGroup(policy, group));
  const ruling = rule(policy, {
    person,
    memberOf: new Set(assumed),
    customerSlug: checkName(ask.customer, 'customer'),
    roleName: checkName(ask.role, 'role'),
    ...(ask.duration !== undefined && { durationMs: parseDuration(ask.duration) }),
    ...(ask.scope !== undefined && { scopeName: checkName(ask.scope, 'scope') }),
  });
  return {
    ruling,
    lines: [
      `${name}, ${person.tenantId}/${person.objectId}`,
      ...groupLines(policy, person, assumed),
      ...ruling.why.map((line) => `- ${line}`),
      ...verdictLines(ruling),
    ],
  };
}

function findPerson(policy: Policy, text: string): { person: Person; name: string } {
  const typed = lowerAscii(text.trim());
  const ids = PERSON.exec(typed);
  if (ids?.[2] !== undefined) {
    const person = { tenantId: ids[1] ?? policy.partner.tenantId, objectId: ids[2] };
    const known = policy.people.find((each) => samePerson(each.person, person));
    return { person, name: known?.name ?? 'somebody not in people' };
  }
  const named = policy.people.filter((each) => lowerAscii(each.name) === typed);
  const [only] = named;
  if (only !== undefined && named.length === 1) return { person: only.person, name: only.name };
  const hint = 'Give an object id, <tenant id>/<object id>, or a name that is once in people.';
  const problem = named.length > 1 ? `There are ${named.length} people called` : 'people has nobody called';
  throw new InvalidCommand(`${problem} "${text}".`, hint);
}

function checkGroup(policy: Policy, text: string): string {
  const name = lowerAscii(text);
  if (policy.groups.has(name)) return name;
  const near = nearest(name, policy.groups.keys());
  const hint =
    near.length > 0
      ? `Did you mean ${near.join(' or ')}?`
      : `Groups: ${[...policy.groups.keys()].join(', ')}.`;
  throw new InvalidCommand(`The policy has no group "${text}".`, hint);
}

function groupLines(policy: Policy, person: Person, assumed: readonly string[]): string[] {
  const groups = [...policy.groups.values()];
  const listed = groups
    .filter((group) => group.people.some((each) => samePerson(each, person)))
    .map(({ name }) => name);
  const unknown = groups
    .filter(
      ({ name, entraGroupId }) =>
        entraGroupId !== undefined && !assumed.includes(name) && !listed.includes(name),
    )
    .map(({ name }) => name);
  return [
    `listed in: ${listed.join(', ') || 'no group'}`,
    ...(assumed.length > 0 ? [`taken to be in: ${assumed.join(', ')}`] : []),
    ...(unknown.length > 0
      ? [
          `not looked up, these are Entra groups: ${unknown.join(', ')} (say --in ${unknown[0]} to take it for granted)`,
        ]
      : []),
  ];
}

function verdictLines(ruling: Ruling): string[] {
  if (ruling.kind === 'refused') {
    const near = ruling.near === undefined ? '' : ` Nearest: ${ruling.near.join(', ')}.`;
    return [`refused (${ruling.code}): ${ruling.message}${near}`];
  }
  const { role, customer, scopeName, scope, durationMs, maxMs } = ruling;
  return [
    `may ask: ${role.name} at ${customer.name}, scope ${scopeName} (${scope})`,
    `for ${formatDuration(durationMs)}, at most ${formatDuration(maxMs)}, by rule "${ruling.rule.name}"`,
    ...ruling.stages.map(
      ({ count, from, side, at, withinMs }, index) =>
        `stage ${index + 1}: ${count} of ${from} (${side} side), asked at ${at.join(', ')}, within ${formatDuration(withinMs)}`,
    ),
  ];
}
