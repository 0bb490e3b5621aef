import type { SandboxAnswer } from '../http.ts';
import { armInstant, Refusal } from './answers.ts';
import { checkAccess } from './arm-access.ts';
import type { ArmCall, ArmRoute } from './arm-router.ts';
import { isAtOrAbove, subscriptionPath, underScope } from './arm-scopes.ts';
import { parseArmFilter } from './filters.ts';
import { checkLocks } from './locks.ts';
import { resolvePrincipalType } from './principals.ts';
import { findRole, roleMissing } from './role-definitions.ts';
import {
  findDisplayName,
  groupsContaining,
  type PrincipalType,
  type RoleAssignment,
  type Tenant,
} from './state.ts';

const GUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;
const OWNERS = ['8e3af657-a8ff-443c-a75c-2fe8c4bcb635', '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9'];
const DESCRIPTION_LIMIT = 2048;

interface AssignmentRequest {
  roleGuid: string;
  principalId: string;
  principalType: string | undefined;
  description: string | null;
  condition: string | null;
  conditionVersion: string | null;
}

/** An assignment as ARM shows it, seen from `scope`: the role's id comes back under that subscription. */
export function assignmentJson(assignment: RoleAssignment, scope: string): Record<string, unknown> {
  const root = subscriptionPath(assignment.scope) || subscriptionPath(scope) || '/';
  return {
    properties: {
      roleDefinitionId: underScope(root, `roleDefinitions/${assignment.roleGuid}`),
      principalId: assignment.principalId,
      principalType: assignment.principalType,
      scope: assignment.scope,
      condition: assignment.condition,
      conditionVersion: assignment.conditionVersion,
      createdOn: armInstant(assignment.createdAt),
      updatedOn: armInstant(assignment.updatedAt),
      createdBy: assignment.createdBy,
      updatedBy: assignment.updatedBy,
      delegatedManagedIdentityResourceId: null,
      description: assignment.description,
    },
    id: underScope(assignment.scope, `roleAssignments/${assignment.name}`),
    type: 'Microsoft.Authorization/roleAssignments',
    name: assignment.name,
  };
}

function living(tenant: Tenant): RoleAssignment[] {
  return tenant.roleAssignments.filter((a) => a.removedAt === undefined);
}

function put(call: ArmCall): SandboxAnswer {
  if (!GUID.test(call.name)) {
    const message = `The role assignment ID '${call.name}' is not valid. The role assignment ID must be a GUID.`;
    throw new Refusal(400, 'InvalidRoleAssignmentId', message);
  }
  const asked = readRequest(call.body);
  const attributes = { ...asked, principalType: asked.principalType ?? 'User' };
  checkAccess(call.tenant, {
    ...question(call),
    action: 'Microsoft.Authorization/roleAssignments/write',
    attributes,
  });
  checkLocks(call.tenant, call.scope.id, 'write', targetOf(call));
  if (!findRole(call.tenant, asked.roleGuid, call.scope.id)) throw roleMissing(asked.roleGuid);
  const name = call.name.toLowerCase();
  const existing = living(call.tenant).find((a) => a.name === name);
  if (existing) return update(call, existing, asked);
  return create(call, asked, resolvePrincipalType(call, asked.principalId, asked.principalType));
}

function readRequest(body: Record<string, unknown>): AssignmentRequest {
  const properties = (body['properties'] ?? {}) as Record<string, unknown>;
  const text = (name: string) => (typeof properties[name] === 'string' ? properties[name] : undefined);
  const roleGuid = text('roleDefinitionId')?.split('/').pop() ?? '';
  const principalId = text('principalId') ?? '';
  if (!GUID.test(roleGuid) || !GUID.test(principalId)) {
    const message = 'The request content was invalid: roleDefinitionId and principalId are required.';
    throw new Refusal(400, 'InvalidRequestContent', message);
  }
  const description = text('description') ?? null;
  if (description !== null && description.length > DESCRIPTION_LIMIT) {
    const message = `The role assignment description must not exceed ${DESCRIPTION_LIMIT} characters.`;
    throw new Refusal(400, 'InvalidRoleAssignmentDescription', message);
  }
  return {
    roleGuid: roleGuid.toLowerCase(),
    principalId: principalId.toLowerCase(),
    principalType: text('principalType'),
    description,
    condition: text('condition') ?? null,
    conditionVersion: text('conditionVersion') ?? null,
  };
}

function update(call: ArmCall, existing: RoleAssignment, asked: AssignmentRequest): SandboxAnswer {
  const same =
    existing.principalId === asked.principalId &&
    existing.roleGuid === asked.roleGuid &&
    existing.scope.toLowerCase() === call.scope.id.toLowerCase();
  if (!same) {
    const message = 'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.';
    throw new Refusal(400, 'RoleAssignmentUpdateNotPermitted', message);
  }
  const changed = existing.description !== asked.description || existing.condition !== asked.condition;
  if (changed) {
    Object.assign(existing, {
      description: asked.description,
      condition: asked.condition,
      conditionVersion: asked.conditionVersion,
      updatedAt: call.now,
      updatedBy: call.token.objectId,
    });
    call.state.changed(call.tenant, 'roleUpdated', `${describe(call.tenant, existing)} was updated`);
  }
  return { status: 200, json: assignmentJson(existing, call.scope.id) };
}

function create(call: ArmCall, asked: AssignmentRequest, principalType: PrincipalType): SandboxAnswer {
  const { tenant, scope } = call;
  const twin = living(tenant).find(
    (a) => a.principalId === asked.principalId && a.roleGuid === asked.roleGuid && a.scope === scope.id,
  );
  if (twin) {
    const id = twin.name.replaceAll('-', '');
    const message = `The role assignment already exists. The ID of the existing role assignment is ${id}.`;
    throw new Refusal(409, 'RoleAssignmentExists', message);
  }
  const root = subscriptionPath(scope.id) || '/';
  const count = living(tenant).filter((a) => isAtOrAbove(root, a.scope)).length;
  if (count >= tenant.settings.roleAssignmentLimit) {
    throw new Refusal(400, 'RoleAssignmentLimitExceeded', 'No more role assignments can be created.');
  }
  const made: RoleAssignment = {
    ...asked,
    name: call.name.toLowerCase(),
    scope: scope.id,
    principalType,
    createdAt: call.now,
    updatedAt: call.now,
    removedAt: undefined,
    createdBy: call.token.objectId,
    updatedBy: call.token.objectId,
    createdByClient: call.token.clientId,
  };
  tenant.roleAssignments.push(made);
  call.state.changed(tenant, 'roleAssigned', `${describe(tenant, made)} was assigned`);
  const json = assignmentJson(made, scope.id);
  // The answer to the first PUT has no author yet; later reads do.
  json['properties'] = { ...(json['properties'] as object), createdBy: null };
  return { status: 201, json };
}

function remove(call: ArmCall): SandboxAnswer {
  const { tenant } = call;
  const action = 'Microsoft.Authorization/roleAssignments/delete';
  const existing = findHere(call);
  if (!existing) {
    // Without an assignment there is nothing a condition could look at, so only the plain right counts.
    checkAccess(tenant, { ...question(call), action, attributes: undefined, conditions: 'ignored' });
    return { status: 204 };
  }
  checkAccess(tenant, { ...question(call), action, attributes: existing });
  checkLocks(tenant, call.scope.id, 'delete', targetOf(call));
  if (isLastOwner(tenant, existing)) {
    throw new Refusal(412, 'PreconditionFailed', 'Cannot delete the last RBAC admin assignment.');
  }
  existing.removedAt = call.now;
  call.state.changed(tenant, 'roleRemoved', `${describe(tenant, existing)} was removed`);
  return { status: 200, json: assignmentJson(existing, call.scope.id) };
}

/** `Reader for Jan at /subscriptions/…` */
function describe(tenant: Tenant, assignment: RoleAssignment): string {
  const role = findRole(tenant, assignment.roleGuid, assignment.scope)?.roleName ?? assignment.roleGuid;
  const holder = findDisplayName(tenant, assignment.principalId) ?? assignment.principalId;
  return `${role} for ${holder} at ${assignment.scope}`;
}

function isLastOwner(tenant: Tenant, assignment: RoleAssignment): boolean {
  const governs = (a: RoleAssignment) =>
    OWNERS.includes(a.roleGuid) && /^\/subscriptions\/[^/]+$/i.test(a.scope);
  if (!governs(assignment)) return false;
  return !living(tenant).some((a) => a !== assignment && governs(a) && a.scope === assignment.scope);
}

function findHere(call: ArmCall): RoleAssignment | undefined {
  const name = call.name.toLowerCase();
  return living(call.tenant).find((a) => a.name === name && a.scope === call.scope.id);
}

function read(call: ArmCall): SandboxAnswer {
  const found = findHere(call);
  if (found) return { status: 200, json: assignmentJson(found, call.scope.id) };
  const message = `The role assignment '${call.name.replaceAll('-', '').toLowerCase()}' is not found.`;
  throw new Refusal(404, 'RoleAssignmentNotFound', message);
}

function list(call: ArmCall): SandboxAnswer {
  const { tenant, scope, now } = call;
  const filter = parseArmFilter(call.query.get('$filter'));
  const assignees =
    filter.assignedTo === undefined
      ? undefined
      : new Set([filter.assignedTo, ...groupsContaining(tenant, filter.assignedTo)]);
  const delay = tenant.settings.listDelayMs;
  const found = tenant.roleAssignments
    .filter((a) => a.createdAt + delay <= now && (a.removedAt === undefined || a.removedAt + delay > now))
    .filter((a) => isAtOrAbove(a.scope, scope.id) || (!filter.atScope && isAtOrAbove(scope.id, a.scope)))
    .filter((a) => filter.principalId === undefined || a.principalId === filter.principalId)
    .filter((a) => assignees === undefined || assignees.has(a.principalId));
  return page(call, found);
}

function page(call: ArmCall, found: RoleAssignment[]): SandboxAnswer {
  const size = call.tenant.settings.armPageSize;
  const skip = call.query.get('$skipToken') ?? call.query.get('$skiptoken');
  const from = skip === null ? 0 : Number(Buffer.from(skip, 'base64url').toString('utf8'));
  const value = found.slice(from, from + size).map((a) => assignmentJson(a, call.scope.id));
  if (from + size >= found.length) return { status: 200, json: { value } };
  const query = new URLSearchParams(call.query);
  query.delete('$skiptoken');
  query.set('$skipToken', Buffer.from(String(from + size)).toString('base64url'));
  return { status: 200, json: { value, nextLink: `${call.url}${call.path}?${query.toString()}` } };
}

function question(call: ArmCall) {
  const { objectId, clientId } = call.token;
  return { objectId, clientId, scope: call.scope.id, target: targetOf(call) };
}

function targetOf(call: ArmCall): string {
  return underScope(call.scope.id, `roleAssignments/${call.name}`);
}

const READ = 'roleAssignments/read';

/** Role assignments, api-version 2022-04-01. */
export const roleAssignmentRoutes: ArmRoute[] = [
  { method: 'PUT', type: 'roleAssignments', on: 'item', action: undefined, run: put },
  { method: 'GET', type: 'roleAssignments', on: 'item', action: READ, run: read },
  { method: 'DELETE', type: 'roleAssignments', on: 'item', action: undefined, run: remove },
  { method: 'GET', type: 'roleAssignments', on: 'collection', action: READ, run: list },
];
