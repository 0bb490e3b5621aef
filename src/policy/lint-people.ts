import { RESERVED_WORDS } from '../access/command.ts';
import { personKey } from '../access/person.ts';
import { asList, toPerson } from './build-policy.ts';
import { error } from './lint-catalogue.ts';
import type { Finding, YamlPath } from './policy-problem.ts';
import type { PolicyFile } from './schema.ts';

/** Names that mean something else where they would be used. */
export function lintReserved(file: PolicyFile): Finding[] {
  const found: Finding[] = [];
  const add = (path: YamlPath, why: string): void => void found.push({ ...error(path, why), aim: 'key' });
  for (const slug of Object.keys(file.customers)) {
    if (RESERVED_WORDS.includes(slug))
      add(['customers', slug], `"${slug}" is a command word, not for customers`);
    if (/^ar-[0-9a-z]{8}$/.test(slug)) add(['customers', slug], `"${slug}" looks like a request id`);
  }
  for (const name of Object.keys(file.roles)) {
    if (/^ar-[0-9a-z]{8}$/.test(name)) add(['roles', name], `"${name}" looks like a request id`);
  }
  if ('owners' in file.groups) add(['groups', 'owners'], '"owners" always means the owners of the customer');
  if ('place' in file.places) add(['places', 'place'], '"place" always means the places of the customer');
  return found;
}

/** Tenants: each customer its own, none the partner's. */
export function lintTenants(file: PolicyFile): Finding[] {
  const found: Finding[] = [];
  const slugOf = new Map<string, string>();
  for (const [slug, { tenant }] of Object.entries(file.customers)) {
    const id = tenant.toLowerCase();
    const path = ['customers', slug, 'tenant'];
    const other = slugOf.get(id);
    if (id === file.partner.tenant.toLowerCase()) found.push(error(path, "is the partner's own tenant"));
    if (other !== undefined) found.push(error(path, `is the tenant of ${other} already`));
    else slugOf.set(id, slug);
  }
  return found;
}

/** Groups and owners: somebody in them, and from tenants the policy knows. */
export function lintGroups(file: PolicyFile): Finding[] {
  const found: Finding[] = [];
  const partner = file.partner.tenant.toLowerCase();
  const tenants = new Set([
    partner,
    ...Object.values(file.customers).map(({ tenant }) => tenant.toLowerCase()),
  ]);
  for (const [name, group] of Object.entries(file.groups)) {
    const path: YamlPath = ['groups', name];
    if (group.entraGroup === undefined && group.people === undefined) {
      found.push(error(path, 'has nobody: give it an entraGroup or people'));
    }
    found.push(...twice([...path, 'people'], group.people ?? [], partner));
    for (const [index, text] of (group.people ?? []).entries()) {
      if (tenants.has(toPerson(text, partner).tenantId)) continue;
      found.push(
        error([...path, 'people', index], 'is in a tenant that is neither the partner nor a customer'),
      );
    }
  }
  for (const [slug, { tenant, owners }] of Object.entries(file.customers)) {
    const path: YamlPath = ['customers', slug, 'owners', 'people'];
    found.push(...twice(path, owners.people, tenant));
    for (const [index, text] of owners.people.entries()) {
      if (toPerson(text, tenant).tenantId === tenant.toLowerCase()) continue;
      found.push(error([...path, index], `is not in the tenant of ${slug}: its owners are its own people`));
    }
  }
  return found;
}

function twice(path: YamlPath, people: readonly string[], home: string): Finding[] {
  const seen = new Set<string>();
  return people.flatMap((text, index) => {
    const key = personKey(toPerson(text, home));
    if (seen.has(key)) return [error([...path, index], 'is listed twice')];
    seen.add(key);
    return [];
  });
}

/** Linked accounts: one entry per person, one person per account. */
export function lintAccounts(file: PolicyFile): Finding[] {
  const found: Finding[] = [];
  const people = new Map<string, string>();
  const accounts = new Map<string, string>();
  for (const [index, entry] of (file.people ?? []).entries()) {
    const key = personKey(toPerson(entry.oid, entry.tenant ?? file.partner.tenant));
    const same = people.get(key);
    if (same !== undefined)
      found.push(error(['people', index, 'oid'], `is ${same} already; put all accounts there`));
    people.set(key, same ?? entry.name);
    for (const [number, { team, user }] of entry.slack.entries()) {
      const account = `${team}/${user}`;
      const owner = accounts.get(account);
      if (owner !== undefined) {
        found.push(
          error(['people', index, 'slack', number], `is linked to ${owner} already: one account, one person`),
        );
      }
      accounts.set(account, owner ?? entry.name);
    }
  }
  return found;
}

/** Names of places used by customers and operators. */
export function placeUses(file: PolicyFile): Array<{ name: string; path: YamlPath; user: string }> {
  const uses = Object.entries(file.customers).flatMap(([slug, customer]) =>
    asList(customer.place).map((name, index) => ({
      name,
      path:
        typeof customer.place === 'string'
          ? ['customers', slug, 'place']
          : ['customers', slug, 'place', index],
      user: slug,
    })),
  );
  const operators = asList(file.operators).map((name, index) => ({
    name,
    path: typeof file.operators === 'string' ? ['operators'] : ['operators', index],
    user: '',
  }));
  return [...uses, ...operators];
}
