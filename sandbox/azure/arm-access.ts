import { Refusal } from './answers.ts';
import { isAtOrAbove } from './arm-scopes.ts';
import { isAllowedByCondition, type AssignmentAttributes } from './conditions.ts';
import { rolesOf, type RolePermissions } from './role-definitions.ts';
import { groupsContaining, type RoleAssignment, type Tenant } from './state.ts';

const EVERYONE = '00000000-0000-0000-0000-000000000000';

/** Who asks ARM for what, where. */
export interface AccessQuestion {
  objectId: string;
  clientId: string;
  scope: string;
  /** `Microsoft.Authorization/roleAssignments/write` */
  action: string;
  /** The path of what is acted on, for the message. */
  target: string;
  /** What a condition on the caller's own assignment may look at. */
  attributes?: AssignmentAttributes | undefined;
  /** `ignored` where nothing exists that a condition could look at. Default `enforced`. */
  conditions?: 'enforced' | 'ignored';
}

/** The object's own assignments and its groups', at the scope and above. */
export function assignmentsFor(tenant: Tenant, objectId: string, scope: string): RoleAssignment[] {
  const ids = new Set([objectId.toLowerCase(), ...groupsContaining(tenant, objectId)]);
  return tenant.roleAssignments.filter(
    (a) => a.removedAt === undefined && ids.has(a.principalId) && isAtOrAbove(a.scope, scope),
  );
}

/** The permissions those assignments give, one entry per assignment. */
export function permissionsFor(tenant: Tenant, objectId: string, scope: string): RolePermissions[] {
  return assignmentsFor(tenant, objectId, scope).flatMap((assignment) => {
    const role = rolesOf(tenant).find((r) => r.guid === assignment.roleGuid);
    if (!role) return [];
    const { actions, notActions, dataActions, notDataActions } = role;
    return [{ actions, notActions, dataActions, notDataActions }];
  });
}

/** @throws {Refusal} 403 `AuthorizationFailed` when no assignment allows it, its condition does not, or a deny assignment forbids it */
export function checkAccess(tenant: Tenant, question: AccessQuestion): void {
  const denied = tenant.denyAssignments.find((deny) => {
    if (!isAtOrAbove(deny.scope, question.scope)) return false;
    if (deny.excludedPrincipalIds.includes(question.objectId)) return false;
    const bound = deny.principalIds.includes(EVERYONE) || deny.principalIds.includes(question.objectId);
    return bound && deny.actions.some((pattern) => actionMatches(pattern, question.action));
  });
  if (denied) throw deniedBy(question, denied.displayName, denied.name, denied.scope);
  const allowing = assignmentsFor(tenant, question.objectId, question.scope).filter((assignment) => {
    const role = rolesOf(tenant).find((r) => r.guid === assignment.roleGuid);
    return role !== undefined && allows(role, question.action);
  });
  const allowed = allowing.some(
    ({ condition }) =>
      question.conditions === 'ignored' ||
      isAllowedByCondition(condition, question.action, question.attributes),
  );
  if (!allowed) throw authorizationFailed(question);
}

function allows(role: RolePermissions, action: string): boolean {
  const hit = (pattern: string) => actionMatches(pattern, action);
  return role.actions.some(hit) && !role.notActions.some(hit);
}

/** True when an action pattern such as `Microsoft.Authorization/*` covers the action. Case does not count. */
export function actionMatches(pattern: string, action: string): boolean {
  const source = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${source.join('.*')}$`, 'i').test(action);
}

function authorizationFailed(question: AccessQuestion): Refusal {
  const conditional = question.action.endsWith('/read') ? '' : ' or an ABAC condition not fulfilled';
  const message = `The client '${question.clientId}' with object id '${question.objectId}' does not have authorization${conditional} to perform action '${question.action}' over scope '${question.target}' or the scope is invalid. If access was recently granted, please refresh your credentials.`;
  return new Refusal(403, 'AuthorizationFailed', message);
}

function deniedBy(question: AccessQuestion, name: string, id: string, scope: string): Refusal {
  const message = `The client '${question.clientId}' with object id '${question.objectId}' has permission to perform action '${question.action}' on scope '${question.target}'; however, the access is denied because of the deny assignment with name '${name}' and Id '${id.replaceAll('-', '')}' at scope '${scope}'.`;
  return new Refusal(403, 'DenyAssignmentAuthorizationFailed', message);
}
