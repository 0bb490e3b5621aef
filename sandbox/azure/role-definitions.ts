import type { SandboxAnswer } from '../http.ts';
import { Refusal } from './answers.ts';
import type { ArmCall, ArmRoute } from './arm-router.ts';
import { isAtOrAbove, subscriptionPath, underScope } from './arm-scopes.ts';
import { BUILT_IN_ROLES } from './built-in-roles.ts';
import { parseArmFilter } from './filters.ts';
import type { Tenant } from './state.ts';

/** What a role allows. */
export interface RolePermissions {
  actions: string[];
  notActions: string[];
  dataActions: string[];
  notDataActions: string[];
}

/** An Azure role. `guid` is lower case and the same in every tenant for built-in roles. */
export interface RoleDefinition extends RolePermissions {
  guid: string;
  roleName: string;
  description: string;
  type: 'BuiltInRole' | 'CustomRole';
  assignableScopes: string[];
  createdOn: string;
  updatedOn: string;
}

/** Built-in and the tenant's own roles. */
export function rolesOf(tenant: Tenant): RoleDefinition[] {
  return [...BUILT_IN_ROLES, ...tenant.customRoles];
}

/** The role that may be assigned at the scope. */
export function findRole(tenant: Tenant, guid: string, scope: string): RoleDefinition | undefined {
  const role = rolesOf(tenant).find((r) => r.guid === guid.toLowerCase());
  return role?.assignableScopes.some((upper) => isAtOrAbove(upper, scope)) ? role : undefined;
}

/** The error for a role that is not there. */
export function roleMissing(guid: string): Refusal {
  const id = guid.replaceAll('-', '');
  return new Refusal(
    404,
    'RoleDefinitionDoesNotExist',
    `The specified role definition with ID '${id}' does not exist.`,
  );
}

/** A role as ARM shows it; asked for at a resource group, the id still comes back under the subscription. */
export function roleJson(role: RoleDefinition, scope: string): Record<string, unknown> {
  const { actions, notActions, dataActions, notDataActions } = role;
  return {
    properties: {
      roleName: role.roleName,
      type: role.type,
      description: role.description,
      assignableScopes: role.assignableScopes,
      permissions: [{ actions, notActions, dataActions, notDataActions }],
      createdOn: role.createdOn,
      updatedOn: role.updatedOn,
      createdBy: null,
      updatedBy: null,
    },
    id: underScope(subscriptionPath(scope) || '/', `roleDefinitions/${role.guid}`),
    type: 'Microsoft.Authorization/roleDefinitions',
    name: role.guid,
  };
}

function listRoles(call: ArmCall): SandboxAnswer {
  const filter = parseArmFilter(call.query.get('$filter'));
  const name = filter.equals.get('rolename');
  const type = filter.equals.get('type');
  const found = rolesOf(call.tenant)
    .filter((role) => role.assignableScopes.some((upper) => isAtOrAbove(upper, call.scope.id)))
    .filter((role) => name === undefined || role.roleName.toLowerCase() === name)
    .filter((role) => type === undefined || role.type.toLowerCase() === type);
  return { status: 200, json: { value: found.map((role) => roleJson(role, call.scope.id)) } };
}

function readRole(call: ArmCall): SandboxAnswer {
  const role = findRole(call.tenant, call.name, call.scope.id);
  if (!role) throw roleMissing(call.name);
  return { status: 200, json: roleJson(role, call.scope.id) };
}

/** Role definitions, api-version 2022-04-01. */
export const roleDefinitionRoutes: ArmRoute[] = [
  {
    method: 'GET',
    type: 'roleDefinitions',
    on: 'collection',
    action: 'roleDefinitions/read',
    run: listRoles,
  },
  { method: 'GET', type: 'roleDefinitions', on: 'item', action: 'roleDefinitions/read', run: readRole },
];
