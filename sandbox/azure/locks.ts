import type { SandboxAnswer } from '../http.ts';
import { Refusal } from './answers.ts';
import { permissionsFor } from './arm-access.ts';
import type { ArmCall, ArmRoute } from './arm-router.ts';
import { isAtOrAbove, underScope } from './arm-scopes.ts';
import { parseArmFilter } from './filters.ts';
import type { Lock, Tenant } from './state.ts';

/**
 * A lock at the scope or above stops deletes; a read-only one stops writes too.
 * Source: https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources
 * @throws {Refusal} 409 `ScopeLocked`
 */
export function checkLocks(
  tenant: Tenant,
  scope: string,
  operation: 'write' | 'delete',
  target: string,
): void {
  const holding = tenant.locks.filter(
    (lock) => isAtOrAbove(lock.scope, scope) && (operation === 'delete' || lock.level === 'ReadOnly'),
  );
  if (holding.length === 0) return;
  const scopes = [...new Set(holding.map((lock) => `'${lock.scope}'`))].join(',');
  const message = `The scope '${target}' cannot perform ${operation} operation because following scope(s) are locked: ${scopes}. Please remove the lock and try again.`;
  throw new Refusal(409, 'ScopeLocked', message);
}

function lockJson(lock: Lock): unknown {
  return {
    properties: { level: lock.level, ...(lock.notes !== null && { notes: lock.notes }) },
    id: underScope(lock.scope, `locks/${lock.name}`),
    type: 'Microsoft.Authorization/locks',
    name: lock.name,
  };
}

/** Inherited ones first; those below the scope too, unless `atScope()` is asked. */
function listLocks(call: ArmCall): SandboxAnswer {
  const { atScope } = parseArmFilter(call.query.get('$filter'));
  const here = call.scope.id;
  const found = call.tenant.locks.filter(
    (lock) => isAtOrAbove(lock.scope, here) || (!atScope && isAtOrAbove(here, lock.scope)),
  );
  return { status: 200, json: { value: found.map(lockJson) } };
}

function readLock(call: ArmCall): SandboxAnswer {
  const found = call.tenant.locks.find(
    (lock) => lock.scope === call.scope.id && lock.name.toLowerCase() === call.name.toLowerCase(),
  );
  if (!found) throw new Refusal(404, 'LockNotFound', `The lock '${call.name}' could not be found.`);
  return { status: 200, json: lockJson(found) };
}

function listDenyAssignments(call: ArmCall): SandboxAnswer {
  const filter = parseArmFilter(call.query.get('$filter'));
  const here = call.scope.id;
  const found = call.tenant.denyAssignments.filter(
    (deny) =>
      (isAtOrAbove(deny.scope, here) || (!filter.atScope && isAtOrAbove(here, deny.scope))) &&
      (filter.principalId === undefined || deny.principalIds.includes(filter.principalId)),
  );
  const value = found.map((deny) => ({
    properties: {
      denyAssignmentName: deny.displayName,
      description: null,
      permissions: [{ actions: deny.actions, notActions: [], dataActions: [], notDataActions: [] }],
      scope: deny.scope,
      doNotApplyToChildScopes: false,
      principals: deny.principalIds.map((id) => ({
        id,
        type: /^[0-]+$/.test(id) ? 'SystemDefined' : 'User',
      })),
      excludePrincipals: deny.excludedPrincipalIds.map((id) => ({ id, type: 'ServicePrincipal' })),
      isSystemProtected: true,
    },
    id: underScope(deny.scope, `denyAssignments/${deny.name}`),
    type: 'Microsoft.Authorization/denyAssignments',
    name: deny.name,
  }));
  return { status: 200, json: { value } };
}

function listPermissions(call: ArmCall): SandboxAnswer {
  return { status: 200, json: { value: permissionsFor(call.tenant, call.token.objectId, call.scope.id) } };
}

/** Locks (2020-05-01), deny assignments (2022-04-01) and the caller's own permissions. */
export const lockRoutes: ArmRoute[] = [
  { method: 'GET', type: 'locks', on: 'collection', action: 'locks/read', run: listLocks },
  { method: 'GET', type: 'locks', on: 'item', action: 'locks/read', run: readLock },
  {
    method: 'GET',
    type: 'denyAssignments',
    on: 'collection',
    action: 'denyAssignments/read',
    run: listDenyAssignments,
  },
  { method: 'GET', type: 'permissions', on: 'collection', action: undefined, run: listPermissions },
];
