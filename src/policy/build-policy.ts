import { parseDuration } from '../access/duration.ts';
import type { Person } from '../access/person.ts';
import type { Place } from '../access/place.ts';
import type { Customer, Group, Limits, LinkedAccount, Policy, Role, Rule } from '../access/policy.ts';
import type { PolicyFile } from './schema.ts';

const HOUR_MS = 3_600_000;

/** What holds where the file is silent. */
export const DEFAULT_LIMITS: Limits = {
  maxMs: 12 * HOUR_MS,
  continuousMs: 24 * HOUR_MS,
  requestsPerHour: 10,
  warnBeforeMs: HOUR_MS / 6,
};

type FileOf<K extends keyof PolicyFile> = NonNullable<PolicyFile[K]>;

/** The policy a sound file stands for: ids lowered, durations in ms, people with their tenants. */
export function buildPolicy(file: PolicyFile, digest: string): Policy {
  const partnerId = file.partner.tenant.toLowerCase();
  const places = mapOf(file.places, (_, entry) => placesIn(entry));
  return {
    digest,
    partner: { tenantId: partnerId, name: file.partner.name },
    groups: mapOf(file.groups, (name, entry) => toGroup(name, entry, partnerId)),
    places,
    roles: mapOf(file.roles, toRole),
    customers: mapOf(file.customers, toCustomer),
    rules: file.rules.map(toRule),
    people: (file.people ?? []).map((each) => toAccount(each, partnerId)),
    limits: toLimits(file.limits ?? {}),
    operators: asList(file.operators).flatMap((name) => [...(places.get(name) ?? [])]),
    agentGroups: (file.agentGroups ?? []).map((id) => id.toLowerCase()),
  };
}

/** One name, a list of names, or nothing, as a list. */
export function asList(names: string | readonly string[] | undefined): readonly string[] {
  return names === undefined ? [] : typeof names === 'string' ? [names] : names;
}

/** `<oid>` or `<tenant>/<oid>` as a Person, lower case. */
export function toPerson(text: string, homeTenantId: string): Person {
  const [first = '', second] = text.toLowerCase().split('/');
  return second === undefined
    ? { tenantId: homeTenantId.toLowerCase(), objectId: first }
    : { tenantId: first, objectId: second };
}

/** The channels one entry of `places` stands for. */
export function placesIn({ slack, teams }: FileOf<'places'>[string]): Place[] {
  const found: Place[] = [];
  if (slack) found.push({ platform: 'slack', teamId: slack.team, channelId: slack.channel });
  if (teams) {
    const tenantId = teams.tenant.toLowerCase();
    found.push({ platform: 'teams', tenantId, teamId: teams.team, channelId: teams.channel });
  }
  return found;
}

/** ms, or undefined for what is not written or not a duration. */
export function findDuration(text: string | undefined): number | undefined {
  try {
    return text === undefined ? undefined : parseDuration(text);
  } catch {
    return undefined;
  }
}

function mapOf<In, Out>(
  entries: Readonly<Record<string, In>>,
  make: (name: string, entry: In) => Out,
): Map<string, Out> {
  return new Map(Object.entries(entries).map(([name, entry]) => [name, make(name, entry)]));
}

function toGroup(name: string, entry: FileOf<'groups'>[string], partnerId: string): Group {
  const people = (entry.people ?? []).map((each) => toPerson(each, partnerId));
  return { name, people, ...(entry.entraGroup && { entraGroupId: entry.entraGroup.toLowerCase() }) };
}

function toRole(name: string, entry: FileOf<'roles'>[string]): Role {
  return {
    name,
    roleDefinitionId: entry.azureRole.toLowerCase(),
    maxMs: parseDuration(entry.max),
    defaultMs: parseDuration(entry.default),
    ...(entry.summary !== undefined && { summary: entry.summary }),
  };
}

function toCustomer(slug: string, entry: FileOf<'customers'>[string]): Customer {
  const tenantId = entry.tenant.toLowerCase();
  return {
    slug,
    name: entry.name,
    tenantId,
    tags: entry.tags ?? [],
    places: asList(entry.place),
    owners: { name: 'owners', people: entry.owners.people.map((each) => toPerson(each, tenantId)) },
    scopes: new Map(Object.entries(entry.scopes)),
    ...(entry.max !== undefined && { maxMs: parseDuration(entry.max) }),
  };
}

function toRule(entry: FileOf<'rules'>[number]): Rule {
  const { name, customers, roles, requesters, max, approve } = entry;
  return {
    name,
    customers,
    roles,
    requesters,
    ...(max !== undefined && { maxMs: parseDuration(max) }),
    approve: approve.map(({ side, from, at, count, within }) => ({
      side,
      from,
      at: asList(at),
      count,
      withinMs: parseDuration(within),
    })),
  };
}

function toAccount(entry: FileOf<'people'>[number], partnerId: string): LinkedAccount {
  return {
    person: toPerson(entry.oid, entry.tenant ?? partnerId),
    name: entry.name,
    slack: entry.slack.map(({ team, user }) => ({ teamId: team, userId: user })),
  };
}

function toLimits(entry: FileOf<'limits'>): Limits {
  return {
    maxMs: findDuration(entry.max) ?? DEFAULT_LIMITS.maxMs,
    continuousMs: findDuration(entry.continuous) ?? DEFAULT_LIMITS.continuousMs,
    requestsPerHour: entry.requestsPerHour ?? DEFAULT_LIMITS.requestsPerHour,
    warnBeforeMs: findDuration(entry.warnBefore) ?? DEFAULT_LIMITS.warnBeforeMs,
  };
}
