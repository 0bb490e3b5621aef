import { rolesOf } from './role-definitions.ts';
import { findDisplayName, type AzureState, type RoleAssignment, type Tenant, type User } from './state.ts';

/** A user in the dump; instants are epoch ms. */
export interface DumpedUser {
  id: string;
  displayName: string;
  mail: string | null;
  userPrincipalName: string;
  userType: 'Member' | 'Guest';
  accountEnabled: boolean;
  externalUserState: string | null;
  createdAt: number;
  deletedAt: number | null;
  /** Client id of the app that invited the user, null for the customer's own doing. */
  createdByClient: string | null;
}

/** A role assignment in the dump. */
export interface DumpedAssignment {
  name: string;
  scope: string;
  roleGuid: string;
  roleName: string;
  principalId: string;
  principalType: string;
  /** Display name of the principal, null when the directory knows it no more. */
  principalName: string | null;
  description: string | null;
  createdAt: number;
  updatedAt: number;
  createdBy: string;
  createdByClient: string | null;
}

/** One tenant in the dump; `guests` holds deleted ones too, `roleAssignments` living ones only. */
export interface DumpedTenant {
  id: string;
  name: string;
  guests: DumpedUser[];
  users: DumpedUser[];
  roleAssignments: DumpedAssignment[];
  directoryRoles: Array<{
    id: string;
    principalId: string;
    roleDefinitionId: string;
    createdByClient: string | null;
  }>;
  groups: Array<{
    id: string;
    displayName: string;
    members: Array<{ id: string; addedByClient: string | null }>;
  }>;
  locks: Array<{ name: string; scope: string; level: string }>;
  subscriptions: Array<{ id: string; name: string; state: string; resourceGroups: string[] }>;
}

/** The whole cloud as plain JSON. */
export function dumpState(state: AzureState): { at: number; tenants: DumpedTenant[] } {
  return { at: state.clock.now(), tenants: [...state.tenants.values()].map(dumpTenant) };
}

function dumpTenant(tenant: Tenant): DumpedTenant {
  const users = [...tenant.users.values()].map(dumpUser);
  return {
    id: tenant.id,
    name: tenant.name,
    guests: users.filter((u) => u.userType === 'Guest'),
    users,
    roleAssignments: tenant.roleAssignments
      .filter((a) => a.removedAt === undefined)
      .map((a) => dumpAssignment(tenant, a)),
    directoryRoles: tenant.directoryRoles
      .filter((r) => r.removedAt === undefined)
      .map(({ id, principalId, roleDefinitionId, createdByClient }) => ({
        id,
        principalId,
        roleDefinitionId,
        createdByClient,
      })),
    groups: [...tenant.groups.values()].map((group) => ({
      id: group.id,
      displayName: group.displayName,
      members: group.members
        .filter((m) => m.removedAt === undefined)
        .map((m) => ({ id: m.memberId, addedByClient: m.addedByClient })),
    })),
    locks: tenant.locks.map(({ name, scope, level }) => ({ name, scope, level })),
    subscriptions: [...tenant.subscriptions.values()].map((s) => ({
      id: s.id,
      name: s.name,
      state: s.state,
      resourceGroups: [...s.resourceGroups.values()].map((g) => g.name),
    })),
  };
}

function dumpUser(user: User): DumpedUser {
  const { id, displayName, mail, userPrincipalName, userType, accountEnabled, externalUserState } = user;
  return {
    id,
    displayName,
    mail,
    userPrincipalName,
    userType,
    accountEnabled,
    externalUserState,
    createdAt: user.createdAt,
    deletedAt: user.deletedAt ?? null,
    createdByClient: user.createdByClient,
  };
}

function dumpAssignment(tenant: Tenant, assignment: RoleAssignment): DumpedAssignment {
  const {
    removedAt: _removedAt,
    condition: _condition,
    conditionVersion: _version,
    updatedBy: _by,
    ...rest
  } = assignment;
  const role = rolesOf(tenant).find((r) => r.guid === assignment.roleGuid);
  return {
    ...rest,
    roleName: role?.roleName ?? assignment.roleGuid,
    principalName: findDisplayName(tenant, assignment.principalId),
  };
}

/** One object that an app made and that still exists. */
export interface Leftover {
  tenantId: string;
  kind: 'guest' | 'roleAssignment' | 'directoryRole' | 'membership';
  id: string;
  text: string;
}

/** Everything the app made, in any tenant, that still exists. Empty when it cleaned up after itself. */
export function findLeftovers(state: AzureState, clientId: string): Leftover[] {
  const mine = clientId.toLowerCase();
  return dumpState(state).tenants.flatMap((tenant): Leftover[] => {
    const leftover = (kind: Leftover['kind'], id: string, text: string): Leftover => ({
      tenantId: tenant.id,
      kind,
      id,
      text,
    });
    return [
      ...tenant.users
        .filter((u) => u.createdByClient === mine && u.deletedAt === null)
        .map((u) => leftover('guest', u.id, `${u.displayName} <${u.mail}>`)),
      ...tenant.roleAssignments
        .filter((a) => a.createdByClient === mine)
        .map((a) => leftover('roleAssignment', a.name, `${a.roleName} for ${a.principalId} at ${a.scope}`)),
      ...tenant.directoryRoles
        .filter((r) => r.createdByClient === mine)
        .map((r) => leftover('directoryRole', r.id, `${r.roleDefinitionId} for ${r.principalId}`)),
      ...tenant.groups.flatMap((group) =>
        group.members
          .filter((m) => m.addedByClient === mine)
          .map((m) => leftover('membership', m.id, `${m.id} in ${group.displayName}`)),
      ),
    ];
  });
}
