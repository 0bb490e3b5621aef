import type { Arm } from './arm.ts';
import { isNotFound } from './errors.ts';
import { AzureFault } from './fault.ts';
import type { ParsedScope } from './scope.ts';
import { isAtOrAbove } from './scope.ts';

const SUBSCRIPTIONS = '2022-12-01';
const RESOURCES = '2021-04-01';
const LOCKS = '2020-05-01';

/** A scope as Azure shows it. `title` is for people, e.g. `web (resource group in Contoso Production)`. */
export interface FoundScope {
  /** `Enabled`, `Warned`, `PastDue`, `Disabled`, `Deleted`. */
  subscriptionState: string;
  title: string;
}

/** A management lock. Source: https://learn.microsoft.com/rest/api/resources/management-locks */
export interface FoundLock {
  name: string;
  level: string;
  scope: string;
}

const LONGEST_TITLE = 150;

/** Reads the subscription and what is named in it. @throws {AzureFault} 404 when something of it is not there */
export async function readScope(arm: Arm, tenantId: string, scope: ParsedScope): Promise<FoundScope> {
  const path = `subscriptions/${scope.subscriptionId}`;
  const [subscription] = await Promise.all([
    arm.read(tenantId, { path, apiVersion: SUBSCRIPTIONS }),
    readInside(arm, tenantId, scope),
  ]);
  const { displayName, state } = subscription;
  if (typeof state !== 'string') throw new AzureFault('arm', 'answered a subscription without a state');
  const name = typeof displayName === 'string' && displayName !== '' ? displayName : scope.subscriptionId;
  return { subscriptionState: state, title: titleOf(scope, name).slice(0, LONGEST_TITLE) };
}

async function readInside(arm: Arm, tenantId: string, scope: ParsedScope): Promise<void> {
  if (scope.kind === 'subscription') return;
  try {
    await arm.read(tenantId, { path: scope.path, apiVersion: RESOURCES });
  } catch (error) {
    // Every kind of resource has versions of its own; that this one is not among them says nothing about the resource.
    const isOtherVersion = scope.kind === 'resource' && error instanceof AzureFault && error.status === 400;
    if (!isOtherVersion) throw error;
  }
}

/** What a scope is called when nothing can be read. */
export function plainTitle(scope: ParsedScope): string {
  return titleOf(scope, `subscription ${scope.subscriptionId}`).slice(0, LONGEST_TITLE);
}

function titleOf(scope: ParsedScope, subscription: string): string {
  switch (scope.kind) {
    case 'subscription':
      return subscription;
    case 'resourceGroup':
      return `${scope.resourceGroup} (resource group in ${subscription})`;
    case 'resource':
      return `${scope.resourceName} (${scope.resourceType} in ${scope.resourceGroup}, ${subscription})`;
  }
}

/** Locks at the scope and at everything that contains it. @throws {AzureFault} as the service answers */
export async function readLocks(arm: Arm, tenantId: string, scope: ParsedScope): Promise<FoundLock[]> {
  const lists = await Promise.all(containers(scope).map((path) => listLocks(arm, tenantId, path)));
  const all = new Map(lists.flat().map((lock) => [`${lock.scope}|${lock.name}`.toLowerCase(), lock]));
  return [...all.values()].filter((lock) => isAtOrAbove(lock.scope, scope.id));
}

/** The scope itself and what it lies in, as paths: a list may leave out what is inherited. */
function containers(scope: ParsedScope): string[] {
  const subscription = `subscriptions/${scope.subscriptionId}`;
  const group = `${subscription}/resourceGroups/${encodeURIComponent(scope.resourceGroup ?? '')}`;
  if (scope.kind === 'subscription') return [subscription];
  return scope.kind === 'resourceGroup' ? [subscription, group] : [subscription, group, scope.path];
}

async function listLocks(arm: Arm, tenantId: string, path: string): Promise<FoundLock[]> {
  const found = await arm.readAll(tenantId, {
    path: `${path}/providers/Microsoft.Authorization/locks`,
    apiVersion: LOCKS,
    filter: 'atScope()',
  });
  return found.map((lock) => {
    const { level } = (lock['properties'] ?? {}) as { level?: unknown };
    const id = String(lock['id'] ?? '');
    const [scope = ''] = id.split(/\/providers\/Microsoft\.Authorization\/locks\//i);
    return { name: String(lock['name'] ?? ''), level: String(level), scope };
  });
}

/** Names of the deny assignments at the scope and above that bind one of the principals. */
export async function readDenials(
  arm: Arm,
  ask: { tenantId: string; scope: ParsedScope; principalIds: readonly string[] },
): Promise<string[]> {
  const all = await arm.list(ask.tenantId, (client, options) =>
    client.denyAssignments.listForScope(ask.scope.path, { ...options, filter: 'atScope()' }),
  );
  const wanted = new Set(ask.principalIds.map((id) => id.toLowerCase()));
  return all
    .filter((deny) => isAtOrAbove(deny.scope ?? '', ask.scope.id))
    .filter((deny) => {
      const excluded = idsOf(deny.excludePrincipals);
      const bound = idsOf(deny.principals);
      const binds = (id: string) => (bound.has(EVERYONE) || bound.has(id)) && !excluded.has(id);
      return wanted.size === 0 ? bound.has(EVERYONE) : [...wanted].some(binds);
    })
    .map((deny) => deny.denyAssignmentName ?? deny.name ?? 'without a name');
}

/** The principal that stands for everybody. Source: https://learn.microsoft.com/azure/role-based-access-control/deny-assignments */
const EVERYONE = '00000000-0000-0000-0000-000000000000';

function idsOf(principals: ReadonlyArray<{ id?: string | null }> | null | undefined): Set<string> {
  return new Set((principals ?? []).map(({ id }) => (id ?? '').toLowerCase()));
}

/** The role as it may be assigned at the scope; undefined when it does not exist there. */
export async function findRole(
  arm: Arm,
  tenantId: string,
  ask: { scope: ParsedScope; roleDefinitionId: string },
): Promise<{ title: string } | undefined> {
  try {
    const role = await arm.run({ tenantId }, (client, options) =>
      client.roleDefinitions.get(ask.scope.path, ask.roleDefinitionId, options),
    );
    if (!role.roleName) throw new AzureFault('arm', 'answered a role without a name');
    const assignable = role.assignableScopes ?? ['/'];
    const fits = assignable.some((upper) => isAtOrAbove(upper, ask.scope.id));
    return fits ? { title: role.roleName.slice(0, LONGEST_TITLE) } : undefined;
  } catch (error) {
    if (isRoleMissing(error)) return undefined;
    throw error;
  }
}

function isRoleMissing(error: unknown): boolean {
  return isNotFound(error) && /^RoleDefinition/i.test(error.code ?? '');
}
