import { formatDuration } from '../access/duration.ts';
import { DEFAULT_LIMITS, findDuration } from './build-policy.ts';
import type { Finding, YamlPath } from './policy-problem.ts';
import type { PolicyFile } from './schema.ts';

/**
 * Roles that can hand out access themselves.
 * https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
 */
export const ACCESS_GIVING_ROLES: Readonly<Record<string, string>> = {
  '8e3af657-a8ff-443c-a75c-2fe8c4bcb635': 'Owner',
  '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9': 'User Access Administrator',
  'f58310d9-a9f6-439a-9e8d-f62e7b41a168': 'Role Based Access Control Administrator',
};

const ID = '[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}';
const NAME = '[A-Za-z0-9_()-]+(?:\\.[A-Za-z0-9_()-]+)*';
const SCOPE = new RegExp(
  `^/subscriptions/(${ID})(?:/resourceGroups/${NAME}(?:/providers/${NAME}(?:/${NAME}/${NAME})+)?)?$`,
  'i',
);

/** Roles: lendable ones, with caps that fit into each other. */
export function lintRoles(file: PolicyFile): Finding[] {
  const found: Finding[] = [];
  for (const [name, role] of Object.entries(file.roles)) {
    const path: YamlPath = ['roles', name];
    const giving = ACCESS_GIVING_ROLES[role.azureRole.toLowerCase()];
    if (giving !== undefined) {
      found.push(
        error([...path, 'azureRole'], `is ${giving}, which can hand out access itself: not lendable`),
      );
    }
    const [max, byDefault] = [findDuration(role.max), findDuration(role.default)];
    if (max !== undefined && byDefault !== undefined && byDefault > max) {
      found.push(error([...path, 'default'], `is longer than the role's max, ${role.max}`));
    }
    found.push(...overHouse(file, [...path, 'max'], role.max));
  }
  return found;
}

/** Caps of the house, the customers and the rules. */
export function lintCaps(file: PolicyFile): Finding[] {
  const found = Object.entries(file.customers).flatMap(([slug, { max }]) =>
    overHouse(file, ['customers', slug, 'max'], max),
  );
  for (const [index, rule] of file.rules.entries()) {
    found.push(...overHouse(file, ['rules', index, 'max'], rule.max));
  }
  const house = findDuration(file.limits?.max) ?? DEFAULT_LIMITS.maxMs;
  const continuous = findDuration(file.limits?.continuous) ?? DEFAULT_LIMITS.continuousMs;
  if (continuous < house) {
    const path = file.limits?.continuous === undefined ? ['limits', 'max'] : ['limits', 'continuous'];
    const message = `continuous access (${formatDuration(continuous)}) is shorter than one grant (${formatDuration(house)})`;
    found.push(error(path, message));
  }
  return found;
}

function overHouse(file: PolicyFile, path: YamlPath, text: string | undefined): Finding[] {
  const house = findDuration(file.limits?.max) ?? DEFAULT_LIMITS.maxMs;
  const asked = findDuration(text);
  if (asked === undefined || asked <= house) return [];
  return [error(path, `is longer than limits.max, ${formatDuration(house)}`)];
}

/** Scopes: ARM ids with nothing clever in them, each subscription with one customer. */
export function lintScopes(file: PolicyFile): Finding[] {
  const found: Finding[] = [];
  const ownerOf = new Map<string, string>();
  for (const [slug, customer] of Object.entries(file.customers)) {
    const entries = Object.entries(customer.scopes);
    if (entries.length === 0)
      found.push(error(['customers', slug, 'scopes'], 'has no scope: nothing to lend'));
    for (const [name, scope] of entries) {
      const path: YamlPath = ['customers', slug, 'scopes', name];
      const subscription = SCOPE.exec(scope)?.[1]?.toLowerCase();
      if (subscription === undefined) {
        found.push(error(path, whyNoScope(scope)));
        continue;
      }
      const other = ownerOf.get(subscription);
      if (other === undefined) ownerOf.set(subscription, slug);
      else if (other !== slug)
        found.push(error(path, `is in a subscription of ${other}: it is in one tenant only`));
    }
  }
  return found;
}

function whyNoScope(scope: string): string {
  if (/%/.test(scope)) return 'has percent-encoding; write the ARM id plainly';
  if (/(?:^|\/)\.{1,2}(?:\/|$)|\\/.test(scope)) return 'has "." or ".." as a step or a backslash';
  if (!scope.startsWith('/subscriptions/')) return 'does not start with /subscriptions/<id>';
  return 'is not a subscription, resource group or resource, like /subscriptions/<id>/resourceGroups/web';
}

/** The all-zero id stands in templates, not in tenants. */
export function lintPlaceholders(file: PolicyFile): Finding[] {
  const ids: Array<readonly [YamlPath, string | undefined]> = [
    [['partner', 'tenant'], file.partner.tenant],
    ...Object.entries(file.customers).map(
      ([slug, { tenant }]) => [['customers', slug, 'tenant'], tenant] as const,
    ),
    ...Object.entries(file.roles).map(
      ([name, { azureRole }]) => [['roles', name, 'azureRole'], azureRole] as const,
    ),
    ...Object.entries(file.groups).map(
      ([name, each]) => [['groups', name, 'entraGroup'], each.entraGroup] as const,
    ),
  ];
  return ids.flatMap(([path, id]) =>
    id !== undefined && /^[0-]+$/.test(id) ? [error(path, 'is still the placeholder of a template')] : [],
  );
}

/** A finding that forbids the file. */
export function error(path: YamlPath, message: string): Finding {
  return { level: 'error', path, message };
}
