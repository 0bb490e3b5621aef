import { randomUUID } from 'node:crypto';
import { findSubscription, isAtOrAbove, resolveScope, subscriptionPath } from './arm-scopes.ts';
import { delegationCondition, parseCondition } from './conditions.ts';
import { rolesOf, type RoleDefinition } from './role-definitions.ts';
import {
  getTenant,
  type AzureState,
  type Lock,
  type PrincipalType,
  type RoleAssignment,
  type Subscription,
  type Tenant,
} from './state.ts';

/** A role assignment the customer makes on its own. */
export interface RoleAssignmentSeed {
  /** `/subscriptions/…`, or `/` together with `tenantId`. */
  scope: string;
  tenantId?: string;
  /** A GUID, made up when absent. */
  name?: string;
  roleGuid: string;
  principalId: string;
  principalType?: PrincipalType;
  description?: string;
  /** The holder may assign and remove only these roles to these kinds of principals; makes the condition text. */
  delegation?: { roleGuids: string[]; principalTypes: PrincipalType[] };
  /** A condition as text, instead of `delegation`. */
  condition?: string;
}

/** A custom role. */
export interface RoleSeed {
  guid?: string;
  roleName: string;
  description?: string;
  actions: string[];
  notActions?: string[];
  dataActions?: string[];
  assignableScopes?: string[];
}

/** A deny assignment. Principal ids may hold the all-zero id for everyone. */
export interface DenySeed {
  name?: string;
  displayName?: string;
  actions: string[];
  principalIds: string[];
  excludedPrincipalIds?: string[];
}

/** Adds subscriptions and what is in them, as the customers' owners would. */
export function createResourceSeed(state: AzureState) {
  const place = (scope: string) => locate(state, scope);
  return {
    addSubscription: (
      tenantId: string,
      seed: { id: string; name: string; state?: Subscription['state'] },
    ): void => addSubscription(getTenant(state, tenantId), seed),
    /** Changes a subscription's state: `Disabled` makes it read-only. */
    setSubscriptionState: (id: string, value: Subscription['state']): void => {
      place(`/subscriptions/${id}`).subscription.state = value;
    },
    /** Answers the scope: `/subscriptions/{id}/resourceGroups/{name}`. */
    addResourceGroup: (subscriptionId: string, name: string): string => {
      const { subscription } = place(`/subscriptions/${subscriptionId}`);
      subscription.resourceGroups.set(name.toLowerCase(), { name, location: 'westeurope' });
      return `/subscriptions/${subscription.id}/resourceGroups/${name}`;
    },
    /** `id` is the whole resource id. */
    addResource: (id: string): void => {
      place(id).subscription.resources.set(id.toLowerCase(), { id, location: 'westeurope' });
    },
    /** Deletes a resource group or resource with everything in it, assignments included. */
    removeScope: (scope: string): void => removeScope(state, scope),
    /** Answers the lock's name. */
    addLock: (scope: string, level: Lock['level'], name = `lock-${randomUUID().slice(0, 8)}`): string => {
      const { tenant, subscription } = place(scope);
      tenant.locks.push({ name, level, scope: resolveScope(subscription, scope).id, notes: null });
      state.changed(tenant, 'locked', `${level} lock on ${scope}`);
      return name;
    },
    removeLock: (scope: string, name: string): void => {
      const { tenant } = place(scope);
      tenant.locks = tenant.locks.filter(
        (lock) => lock.name !== name || lock.scope.toLowerCase() !== scope.toLowerCase(),
      );
      state.changed(tenant, 'unlocked', `Lock on ${scope} was removed`);
    },
    addDenyAssignment: (scope: string, seed: DenySeed): void => addDeny(place(scope).tenant, scope, seed),
    addRoleDefinition: (tenantId: string, seed: RoleSeed): RoleDefinition =>
      addRole(state, getTenant(state, tenantId), seed),
    assignRole: (seed: RoleAssignmentSeed): string => assignRole(state, seed),
    /** Changes an assignment as the customer's owner would, its description for one. */
    changeAssignment: (
      tenantId: string,
      name: string,
      change: Partial<Pick<RoleAssignment, 'description' | 'condition'>>,
    ): void => {
      const tenant = getTenant(state, tenantId);
      Object.assign(getAssignment(tenant, name), change, { updatedAt: state.clock.now() });
      state.changed(tenant, 'roleUpdated', `Role assignment ${name} was changed by an owner`);
    },
    unassignRole: (tenantId: string, name: string): void => {
      const tenant = getTenant(state, tenantId);
      getAssignment(tenant, name).removedAt = state.clock.now();
      state.changed(tenant, 'roleRemoved', `Role assignment ${name} was removed by an owner`);
    },
  };
}

function locate(state: AzureState, scope: string): { tenant: Tenant; subscription: Subscription } {
  const id = subscriptionPath(scope).split('/')[2];
  const found = id === undefined ? undefined : findSubscription(state, id);
  if (!found) throw new Error(`sandbox: no subscription for '${scope}'; add it with addSubscription first`);
  return found;
}

function addSubscription(
  tenant: Tenant,
  seed: { id: string; name: string; state?: Subscription['state'] },
): void {
  tenant.subscriptions.set(seed.id.toLowerCase(), {
    id: seed.id.toLowerCase(),
    tenantId: tenant.id,
    name: seed.name,
    state: seed.state ?? 'Enabled',
    resourceGroups: new Map(),
    resources: new Map(),
  });
}

function removeScope(state: AzureState, scope: string): void {
  const { tenant, subscription } = locate(state, scope);
  const gone = (id: string) => isAtOrAbove(scope, id);
  for (const [key, group] of subscription.resourceGroups) {
    if (gone(`/subscriptions/${subscription.id}/resourceGroups/${group.name}`))
      subscription.resourceGroups.delete(key);
  }
  for (const [key, resource] of subscription.resources) {
    if (gone(resource.id)) subscription.resources.delete(key);
  }
  for (const assignment of tenant.roleAssignments) {
    if (gone(assignment.scope)) assignment.removedAt ??= state.clock.now();
  }
  tenant.locks = tenant.locks.filter((lock) => !gone(lock.scope));
  state.changed(tenant, 'scopeRemoved', `${scope} was deleted`);
}

function addDeny(tenant: Tenant, scope: string, seed: DenySeed): void {
  tenant.denyAssignments.push({
    name: seed.name ?? randomUUID(),
    displayName: seed.displayName ?? 'System deny assignment created by managed application',
    scope,
    actions: seed.actions,
    principalIds: seed.principalIds.map((id) => id.toLowerCase()),
    excludedPrincipalIds: (seed.excludedPrincipalIds ?? []).map((id) => id.toLowerCase()),
  });
}

/** Adding a role under a known id replaces it, as editing it in the portal does. */
function addRole(state: AzureState, tenant: Tenant, seed: RoleSeed): RoleDefinition {
  const now = new Date(state.clock.now()).toISOString().replace('Z', '0000Z');
  const role: RoleDefinition = {
    guid: (seed.guid ?? randomUUID()).toLowerCase(),
    roleName: seed.roleName,
    description: seed.description ?? '',
    type: 'CustomRole',
    assignableScopes:
      seed.assignableScopes ?? [...tenant.subscriptions.values()].map((s) => `/subscriptions/${s.id}`),
    actions: seed.actions,
    notActions: seed.notActions ?? [],
    dataActions: seed.dataActions ?? [],
    notDataActions: [],
    createdOn: now,
    updatedOn: now,
  };
  tenant.customRoles = [...tenant.customRoles.filter((r) => r.guid !== role.guid), role];
  return role;
}

function assignRole(state: AzureState, seed: RoleAssignmentSeed): string {
  const { tenant, scope } = scopeOf(state, seed);
  const roleGuid = seed.roleGuid.toLowerCase();
  if (!rolesOf(tenant).some((role) => role.guid === roleGuid)) {
    throw new Error(`sandbox: no role '${seed.roleGuid}' in tenant '${tenant.name}'`);
  }
  const { delegation } = seed;
  const condition =
    seed.condition ??
    (delegation ? delegationCondition(delegation.roleGuids, delegation.principalTypes) : null);
  if (condition !== null) parseCondition(condition);
  const now = state.clock.now();
  const owner = '00000000-0000-4000-8000-0000000000aa';
  const assignment: RoleAssignment = {
    name: (seed.name ?? randomUUID()).toLowerCase(),
    scope,
    roleGuid,
    principalId: seed.principalId.toLowerCase(),
    principalType: seed.principalType ?? 'User',
    description: seed.description ?? null,
    condition,
    conditionVersion: condition === null ? null : '2.0',
    // It has been there for long: no list lags behind it.
    createdAt: 0,
    updatedAt: now,
    removedAt: undefined,
    createdBy: owner,
    updatedBy: owner,
    createdByClient: null,
  };
  tenant.roleAssignments.push(assignment);
  state.changed(
    tenant,
    'roleAssigned',
    `Role ${roleGuid} was assigned to ${assignment.principalId} by an owner`,
  );
  return assignment.name;
}

function scopeOf(state: AzureState, seed: RoleAssignmentSeed): { tenant: Tenant; scope: string } {
  if (seed.scope === '/') return { tenant: getTenant(state, seed.tenantId ?? ''), scope: '/' };
  const { tenant, subscription } = locate(state, seed.scope);
  return { tenant, scope: resolveScope(subscription, seed.scope).id };
}

function getAssignment(tenant: Tenant, name: string): RoleAssignment {
  const found = tenant.roleAssignments.find(
    (a) => a.name === name.toLowerCase() && a.removedAt === undefined,
  );
  if (!found) throw new Error(`sandbox: no role assignment '${name}' in tenant '${tenant.name}'`);
  return found;
}
