import type { RoleAssignment } from '@azure/arm-authorization';
import { Misconfigured, Unavailable } from '../access/errors.ts';
import type { Entitlement } from '../access/entitlement.ts';
import { findMarker, writeMarker } from '../access/marker.ts';
import type { AssignmentRef, Entitlements } from '../access/ports.ts';
import type { Arm } from './arm.ts';
import { assignmentName, dashed } from './assignment-name.ts';
import { isNotFound, isScopeGone, translated } from './errors.ts';
import type { Task } from './errors.ts';
import { AzureFault } from './fault.ts';
import { listAssignments } from './list-assignments.ts';
import { demandGuid, parseScope } from './scope.ts';

interface EntitlementDeps {
  arm: Arm;
  preflight: Entitlements['preflight'];
  /** Object id of our service principal in a tenant. */
  servicePrincipalOf(tenantId: string): Promise<string>;
}

type AssignAsk = Parameters<Entitlements['assign']>[0];

/** Somebody else's change was seen before all of Azure has it. Ms. */
const SETTLING_RETRY_MS = 2_000;
/** Another grant of ours is still on its way out. Ms. */
const LEAVING_RETRY_MS = 15_000;

/** Azure role assignments. Names and descriptions make every call repeatable and every object self-describing. */
export function createEntitlements(deps: EntitlementDeps): Entitlements {
  return {
    preflight: deps.preflight,
    assignmentIdFor: assignmentName,
    assign: (ask) => translated(task('give', 'assign the role', ask), () => assign(deps, ask)),
    move: (ask) =>
      translated(task('give', 'move the end of the role assignment', ask), () => move(deps, ask)),
    unassign: (ref) => translated(task('take', 'remove the role assignment', ref), () => unassign(deps, ref)),
    exists: (ref) =>
      translated(
        task('read', 'read the role assignment', ref),
        async () => (await findAssignment(deps, ref)) !== undefined,
      ),
    list: (ask) => listAssignments(deps, ask),
  };
}

function task(direction: Task['direction'], doing: string, { entitlement }: AssignmentRef): Task {
  return {
    direction,
    doing: `${doing} at ${entitlement.scope}`,
    needs: `the role Role Based Access Control Administrator at ${entitlement.scope}, with role ${entitlement.roleDefinitionId} in its condition`,
  };
}

async function assign(
  deps: EntitlementDeps,
  ask: AssignAsk,
): Promise<{ status: 'made' | 'existed'; assignmentId: string }> {
  try {
    await put(deps, ask);
  } catch (error) {
    const isTaken = error instanceof AzureFault && error.code === 'RoleAssignmentExists';
    if (!isTaken) throw error;
    return adopt(deps, ask, error);
  }
  ask.onAccepted?.();
  const made = await findAssignment(deps, ask);
  if (!made) throw new Unavailable('The new role assignment cannot be read yet.', SETTLING_RETRY_MS);
  demandSame(made, ask);
  return { status: 'made', assignmentId: ask.assignmentId };
}

async function put({ arm }: EntitlementDeps, ask: AssignAsk): Promise<void> {
  const { entitlement, assignmentId, principalId } = ask;
  const { tenantId, roleDefinitionId } = entitlement;
  const scope = parseScope(entitlement.scope);
  const role = `/subscriptions/${scope.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${demandGuid(roleDefinitionId, 'role definition id')}`;
  const name = demandGuid(assignmentId, 'assignment id');
  // The correlation id shows up in the customer's Activity Log and must be a GUID: the assignment's own name.
  const answer = await arm.run({ tenantId, correlationId: name }, (client, options) =>
    client.roleAssignments.create(
      scope.path,
      name,
      {
        roleDefinitionId: role,
        principalId: demandGuid(principalId, 'object id'),
        principalType: 'User',
        description: writeMarker(ask),
      },
      options,
    ),
  );
  if (answer.name?.toLowerCase() !== name) throw notAnAssignment(answer.httpStatus);
  demandSame(answer, ask);
}

/** Another name gives this very access already. Ours under another name, or somebody else's, which is left alone. */
async function adopt(
  deps: EntitlementDeps,
  ask: AssignAsk,
  conflict: AzureFault,
): Promise<{ status: 'made' | 'existed'; assignmentId: string }> {
  const twin = await findTwin(deps, ask, conflict);
  if (!twin?.name) throw new Unavailable('The access exists, but cannot be read yet.', SETTLING_RETRY_MS);
  const assignmentId = twin.name.toLowerCase();
  const marker = findMarker(twin.description);
  const isOurs = twin.createdBy?.toLowerCase() === (await deps.servicePrincipalOf(ask.entitlement.tenantId));
  if (!marker || !isOurs) return { status: 'existed', assignmentId };
  if (marker.grantId === ask.grantId) return { status: 'made', assignmentId };
  throw new Unavailable(
    `Grant ${marker.grantId} still gives this access and is on its way out.`,
    LEAVING_RETRY_MS,
  );
}

async function findTwin(
  deps: EntitlementDeps,
  ask: AssignAsk,
  conflict: AzureFault,
): Promise<RoleAssignment | undefined> {
  const [hex] = /\b[\da-f]{32}\b/i.exec(conflict.message) ?? [];
  if (hex) return findAssignment(deps, { ...ask, assignmentId: dashed(hex) });
  const { entitlement, principalId } = ask;
  const filter = `principalId eq '${demandGuid(principalId, 'object id')}'`;
  const all = await deps.arm.list(entitlement.tenantId, (client, options) =>
    client.roleAssignments.listForScope(parseScope(entitlement.scope).path, { ...options, filter }),
  );
  return all.find((assignment) => isSame(assignment, ask));
}

async function move(deps: EntitlementDeps, ask: AssignAsk): Promise<void> {
  const found = await findAssignment(deps, ask);
  if (found) await demandOurs(deps, ask, found);
  await put(deps, ask);
}

async function unassign(deps: EntitlementDeps, ref: AssignmentRef): Promise<void> {
  const found = await findUnlessUnreadable(deps, ref);
  if (found) await demandOurs(deps, ref, found);
  const { tenantId, scope } = ref.entitlement;
  const name = demandGuid(ref.assignmentId, 'assignment id');
  try {
    // Asked even if nothing was found: a read may be behind.
    const answer = await deps.arm.run({ tenantId, correlationId: name }, (client, options) =>
      client.roleAssignments.delete(parseScope(scope).path, name, options),
    );
    if (answer.httpStatus !== 204 && answer.name?.toLowerCase() !== name)
      throw notAnAssignment(answer.httpStatus);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** What is there is looked at before it is deleted; if it cannot be read, our own record is good enough to take it. */
async function findUnlessUnreadable(
  deps: EntitlementDeps,
  ref: AssignmentRef,
): Promise<RoleAssignment | undefined> {
  try {
    return await findAssignment(deps, ref);
  } catch (error) {
    if (error instanceof AzureFault && error.status !== undefined) return undefined;
    throw error;
  }
}

async function demandOurs(deps: EntitlementDeps, ref: AssignmentRef, found: RoleAssignment): Promise<void> {
  demandSame(found, ref);
  if (findMarker(found.description)) return;
  if (found.createdBy?.toLowerCase() === (await deps.servicePrincipalOf(ref.entitlement.tenantId))) return;
  throw new Misconfigured(
    `The role assignment ${ref.assignmentId} was not made by us, so it was left as it is.`,
    'Ask the customer who made it, and to remove it if nobody needs it.',
  );
}

async function findAssignment(
  { arm }: EntitlementDeps,
  { entitlement, assignmentId }: AssignmentRef,
): Promise<RoleAssignment | undefined> {
  const name = demandGuid(assignmentId, 'assignment id');
  try {
    const found = await arm.run({ tenantId: entitlement.tenantId, correlationId: name }, (client, options) =>
      client.roleAssignments.get(parseScope(entitlement.scope).path, name, options),
    );
    if (found.name?.toLowerCase() !== name) throw notAnAssignment(found.httpStatus);
    return found;
  } catch (error) {
    if (isNotFound(error) || isScopeGone(error)) return undefined;
    throw error;
  }
}

function isSame(
  found: RoleAssignment,
  { entitlement, principalId }: { entitlement: Entitlement; principalId: string },
): boolean {
  const role = found.roleDefinitionId?.split('/').at(-1)?.toLowerCase();
  return (
    found.principalId?.toLowerCase() === principalId.toLowerCase() &&
    role === entitlement.roleDefinitionId.toLowerCase() &&
    found.scope?.toLowerCase() === entitlement.scope.toLowerCase()
  );
}

function demandSame(found: RoleAssignment, ref: AssignmentRef): void {
  if (isSame(found, ref)) return;
  throw new Misconfigured(
    `The role assignment ${ref.assignmentId} in Azure gives something else than we recorded, so it was left as it is.`,
    'Compare it with the ledger entry of the grant, and remove it by hand if it is not wanted.',
  );
}

/** A 2xx that is not what was asked for comes from somebody in between. */
function notAnAssignment(status: number): AzureFault {
  return new AzureFault('arm', `answered ${status} with something that is not the role assignment asked for`);
}
