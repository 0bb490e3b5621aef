import type { RoleAssignment, RoleDefinition } from '@azure/arm-authorization';
import type { Arm } from './arm.ts';
import { conditionAllows } from './condition.ts';
import { isNotFound, isScopeGone } from './errors.ts';
import { isAtOrAbove } from './scope.ts';
import type { ParsedScope } from './scope.ts';

/** What our app may do with role assignments at one scope. */
export interface Rights {
  canAssign: boolean;
  canRemove: boolean;
}

interface RightsAsk {
  tenantId: string;
  scope: ParsedScope;
  /** Our service principal in that tenant. */
  servicePrincipalId: string;
  /** The role that would be assigned; absent: any. */
  roleDefinitionId?: string;
}

/**
 * Reads our app's own role assignments at the scope and above, through groups too, with what their roles allow and
 * their conditions. A condition that cannot be read here counts as a yes: Azure decides at the time.
 * @throws {AzureFault} as the service answers
 */
export async function readRights(arm: Arm, ask: RightsAsk): Promise<Rights> {
  const { tenantId, scope, servicePrincipalId } = ask;
  const filter = `atScope() and assignedTo('${servicePrincipalId}')`;
  const all = await arm.list(tenantId, (client, options) =>
    client.roleAssignments.listForScope(scope.path, { ...options, filter }),
  );
  const own = all.filter((assignment) => isAtOrAbove(assignment.scope ?? '', scope.id));
  const roles = await Promise.all(own.map((assignment) => readRole(arm, ask, assignment)));
  const held = own.map((assignment, index) => ({ assignment, role: roles[index] }));
  const may = (action: 'write' | 'delete') =>
    held.some(
      ({ assignment, role }) => role && permits(role, action) && conditionPermits(assignment, action, ask),
    );
  return { canAssign: may('write'), canRemove: may('delete') };
}

async function readRole(
  arm: Arm,
  ask: RightsAsk,
  assignment: RoleAssignment,
): Promise<RoleDefinition | undefined> {
  const roleId = assignment.roleDefinitionId?.split('/').at(-1) ?? '';
  try {
    return await arm.run({ tenantId: ask.tenantId }, (client, options) =>
      client.roleDefinitions.get(ask.scope.path, roleId, options),
    );
  } catch (error) {
    // A role that was deleted, or that may not be used at this scope, gives no right here.
    if (isNotFound(error) && !isScopeGone(error)) return undefined;
    throw error;
  }
}

function permits(role: RoleDefinition, action: 'write' | 'delete'): boolean {
  const wanted = `Microsoft.Authorization/roleAssignments/${action}`;
  return (role.permissions ?? []).some(
    ({ actions, notActions }) =>
      (actions ?? []).some((pattern) => actionMatches(pattern, wanted)) &&
      !(notActions ?? []).some((pattern) => actionMatches(pattern, wanted)),
  );
}

function conditionPermits(
  assignment: RoleAssignment,
  action: 'write' | 'delete',
  { roleDefinitionId }: RightsAsk,
): boolean {
  if (roleDefinitionId === undefined) return true;
  return conditionAllows(assignment.condition, action, { roleDefinitionId, principalType: 'User' }) !== 'no';
}

/** True when a pattern such as `Microsoft.Authorization/*` covers the action. */
export function actionMatches(pattern: string, action: string): boolean {
  const source = pattern
    .split('*')
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('.*');
  return new RegExp(`^${source}$`, 'i').test(action);
}
