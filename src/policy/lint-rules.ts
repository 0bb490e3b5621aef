import { coversCustomer } from '../access/ruling.ts';
import { personKey } from '../access/person.ts';
import { formatDuration } from '../access/duration.ts';
import { findDuration, toPerson } from './build-policy.ts';
import { error } from './lint-catalogue.ts';
import type { Finding, YamlPath } from './policy-problem.ts';
import type { PolicyFile } from './schema.ts';

type FileRule = PolicyFile['rules'][number];
type FileStage = FileRule['approve'][number];

/** The longest a stage may wait for an answer, ms. */
export const MAX_STAGE_MS = 7 * 24 * 3_600_000;

/** Slugs of the customers a rule speaks of. */
export function customersOf(file: PolicyFile, rule: Pick<FileRule, 'customers'>): string[] {
  return Object.entries(file.customers)
    .filter(([slug, customer]) => coversCustomer(rule, { slug, tags: customer.tags ?? [] }))
    .map(([slug]) => slug);
}

/** Rules and their stages: each can be decided, by somebody else than who asks. */
export function lintRules(file: PolicyFile): Finding[] {
  const names = new Set<string>();
  const found = file.rules.flatMap((rule, index) => {
    const found: Finding[] = [];
    if (names.has(rule.name))
      found.push(error(['rules', index, 'name'], `is the name of an earlier rule already`));
    names.add(rule.name);
    for (const [number, stage] of rule.approve.entries()) {
      found.push(...lintStage(file, { rule, stage, path: ['rules', index, 'approve', number] }));
    }
    return found;
  });
  return [...found, ...lintCovered(file)];
}

function lintStage(file: PolicyFile, at: { rule: FileRule; stage: FileStage; path: YamlPath }): Finding[] {
  const { rule, stage, path } = at;
  const found: Finding[] = [];
  if ((findDuration(stage.within) ?? 0) > MAX_STAGE_MS) {
    found.push(error([...path, 'within'], `is longer than ${formatDuration(MAX_STAGE_MS)}`));
  }
  if (stage.from === 'owners' && stage.side === 'partner') {
    found.push(error([...path, 'side'], 'is partner, and owners are people of the customer'));
    return found;
  }
  const messages = customersOf(file, rule).map((slug) => whyUndecidable(file, at, slug));
  for (const message of new Set(messages))
    if (message !== undefined) found.push(error([...path, 'count'], message));
  return found;
}

/** Why a stage can never be passed for a customer, if so. Entra groups are taken to have people enough. */
function whyUndecidable(
  file: PolicyFile,
  { rule, stage }: { rule: FileRule; stage: FileStage },
  slug: string,
): string | undefined {
  const approvers = approversFor(file, stage, slug);
  if (approvers === undefined) return undefined;
  const whose = stage.from === 'owners' ? `the owners of ${slug}` : `"${stage.from}"`;
  const home = stage.side === 'customer' ? slug : 'the partner';
  if (approvers.size === 0) return `nobody of ${home} is in ${whose}, so nobody can ever decide`;
  if (approvers.size < stage.count) {
    return `asks for ${stage.count} decisions, and only ${approvers.size} of ${home} are in ${whose}`;
  }
  const requesters = requestersOf(file, rule);
  if (requesters === undefined || requesters.size === 0) return undefined;
  const stranded = [...requesters].every(
    (key) => approvers.size - (approvers.has(key) ? 1 : 0) < stage.count,
  );
  return stranded ? `nobody may decide on their own request, and ${whose} has too few others` : undefined;
}

/** People who may decide, by key; undefined when that is not known from the file alone. */
function approversFor(file: PolicyFile, stage: FileStage, slug: string): Set<string> | undefined {
  const customer = file.customers[slug];
  const home = stage.side === 'customer' ? customer?.tenant : file.partner.tenant;
  const group = stage.from === 'owners' ? customer?.owners : ownEntry(file.groups, stage.from);
  if (home === undefined || group === undefined) return undefined;
  if (stage.side === 'partner' && 'entraGroup' in group && group.entraGroup !== undefined) return undefined;
  const base = stage.from === 'owners' ? home : file.partner.tenant;
  const people = (group.people ?? []).map((text) => toPerson(text, base));
  return new Set(people.filter((person) => person.tenantId === home.toLowerCase()).map(personKey));
}

function requestersOf(file: PolicyFile, rule: FileRule): Set<string> | undefined {
  const keys = new Set<string>();
  for (const name of rule.requesters) {
    const group = ownEntry(file.groups, name);
    if (group === undefined || group.entraGroup !== undefined) return undefined;
    for (const text of group.people ?? []) keys.add(personKey(toPerson(text, file.partner.tenant)));
  }
  return keys;
}

/** A rule that an earlier one covers whole is never reached. */
function lintCovered(file: PolicyFile): Finding[] {
  const reaches = file.rules.map((rule) => reachOf(file, rule));
  return reaches.flatMap((reach, index) => {
    if (reach.customers.size === 0) return [];
    const earlier = reaches.slice(0, index).find((other) => covers(other, reach));
    if (earlier === undefined) return [];
    const message = `never matches: the earlier rule "${earlier.name}" covers all of it`;
    return [{ level: 'warning', path: ['rules', index], message }];
  });
}

/** Whom and what a rule speaks of, by name. */
interface Reach {
  name: string;
  customers: ReadonlySet<string>;
  roles: ReadonlySet<string>;
  requesters: ReadonlySet<string>;
}

function reachOf(file: PolicyFile, rule: FileRule): Reach {
  return {
    name: rule.name,
    customers: new Set(customersOf(file, rule)),
    roles: new Set(rule.roles.includes('*') ? Object.keys(file.roles) : rule.roles),
    requesters: new Set(rule.requesters),
  };
}

function covers(wide: Reach, narrow: Reach): boolean {
  return (['requesters', 'roles', 'customers'] as const).every((part) =>
    [...narrow[part]].every((name) => wide[part].has(name)),
  );
}

function ownEntry<T>(entries: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}
