import type { RoleAssignment } from '@azure/arm-authorization';
import type { Entitlement } from '../access/entitlement.ts';
import { findMarker } from '../access/marker.ts';
import type { Profile } from '../access/person.ts';
import type { Obstacle, Preflight } from '../access/ports.ts';
import type { Arm } from './arm.ts';
import { explain, isScopeGone, translated } from './errors.ts';
import { AzureFault } from './fault.ts';
import type { Graph } from './graph.ts';
import { lookUpGuest } from './guest-lookup.ts';
import { ConsentMissing } from './login-errors.ts';
import { readRights } from './rights.ts';
import { demandGuid, isAtOrAbove, parseScope } from './scope.ts';
import type { ParsedScope } from './scope.ts';
import { findRole, plainTitle, readDenials, readLocks, readScope } from './scope-check.ts';

interface PreflightDeps {
  arm: Arm;
  graph: Graph;
  servicePrincipalOf(tenantId: string): Promise<string>;
}

/** Everything the checks look at. */
interface Ground extends PreflightDeps {
  tenantId: string;
  scope: ParsedScope;
  roleDefinitionId: string;
  profile: Profile;
  servicePrincipalId: string;
}

/** What one check found. */
interface Finding {
  obstacles: readonly Obstacle[];
  title?: string;
}

/** Settings under which an app may not invite. Source: https://learn.microsoft.com/graph/api/resources/authorizationpolicy */
const NO_INVITES: ReadonlySet<string> = new Set(['none', 'adminsAndGuestInviters']);

/**
 * Looks at everything that could keep a grant from being made or taken back, before anybody is asked. Finds all
 * obstacles at once.
 */
export function createPreflight(deps: PreflightDeps) {
  return async (ask: { entitlement: Entitlement; profile: Profile }): Promise<Preflight> => {
    const { entitlement, profile } = ask;
    const scope = parseScope(entitlement.scope);
    const roleDefinitionId = demandGuid(entitlement.roleDefinitionId, 'role definition id');
    const blank = { alreadyHeld: false, roleTitle: roleDefinitionId, scopeTitle: plainTitle(scope) };
    const { tenantId } = entitlement;
    const task = {
      direction: 'read' as const,
      doing: `look at ${scope.id}`,
      needs: 'the rights it asks for',
    };
    try {
      const servicePrincipalId = await deps.servicePrincipalOf(tenantId);
      return await translated(task, () =>
        lookAround({ ...deps, tenantId, scope, roleDefinitionId, profile, servicePrincipalId }),
      );
    } catch (error) {
      if (error instanceof ConsentMissing) return { ...blank, obstacles: [consentMissing(error)] };
      throw error;
    }
  };
}

async function lookAround(ground: Ground): Promise<Preflight> {
  const { servicePrincipalId } = ground;
  const [scope, role, locks, rights, guest] = await Promise.all([
    check(ground, checkScope),
    check(ground, checkRole),
    check(ground, checkLocks),
    check(ground, checkRights),
    checkGuest(ground),
  ]);
  const bound = [servicePrincipalId, ...(guest.objectId === undefined ? [] : [guest.objectId])];
  const [denials, alreadyHeld] = await Promise.all([
    check(ground, () => checkDenials(ground, bound)),
    guest.objectId === undefined ? false : isHeld(ground, guest.objectId),
  ]);
  const found = [scope, role, locks, denials, rights, guest].flatMap(({ obstacles }) => obstacles);
  return {
    obstacles: [...new Map(found.map((obstacle) => [obstacle.message, obstacle])).values()],
    alreadyHeld,
    roleTitle: role.title ?? ground.roleDefinitionId,
    scopeTitle: scope.title ?? plainTitle(ground.scope),
  };
}

/** Runs a check; that the scope is not there, or that we may not look at it, is a finding. */
async function check(ground: Ground, run: (ground: Ground) => Promise<Finding>): Promise<Finding> {
  try {
    return await run(ground);
  } catch (error) {
    if (isScopeGone(error)) return { obstacles: [scopeUnknown(ground.scope)] };
    if (error instanceof AzureFault && error.status === 403) return { obstacles: [cannotLook(ground.scope)] };
    throw error;
  }
}

async function checkScope({ arm, tenantId, scope }: Ground): Promise<Finding> {
  const { subscriptionState, title } = await readScope(arm, tenantId, scope);
  const isUsable = ['Enabled', 'Warned', 'PastDue'].includes(subscriptionState);
  const obstacle: Obstacle = {
    code: 'subscriptionDisabled',
    message: `The subscription is ${subscriptionState.toLowerCase()}: role assignments in it cannot be changed.`,
    remedy: 'Ask the customer to enable the subscription again.',
  };
  return { obstacles: isUsable ? [] : [obstacle], title };
}

async function checkRole({ arm, tenantId, scope, roleDefinitionId }: Ground): Promise<Finding> {
  const role = await findRole(arm, tenantId, { scope, roleDefinitionId });
  if (role) return { obstacles: [], title: role.title };
  const message = `The role ${roleDefinitionId} does not exist there, or may not be assigned at this scope.`;
  const remedy = 'Correct the role definition id in the policy file.';
  return { obstacles: [{ code: 'roleUnknown', message, remedy }] };
}

async function checkLocks({ arm, tenantId, scope }: Ground): Promise<Finding> {
  const locks = await readLocks(arm, tenantId, scope);
  const obstacles = locks.map((lock): Obstacle => ({
    code: 'locked',
    message: `The ${lock.level} lock "${lock.name}" at ${lock.scope} would keep the access from being removed in time.`,
    remedy: 'Ask the customer to remove the lock, or offer a scope that is not locked.',
  }));
  return { obstacles };
}

async function checkDenials(ground: Ground, principalIds: string[]): Promise<Finding> {
  const names = await readDenials(ground.arm, { ...ground, principalIds });
  const obstacles = names.map((name): Obstacle => ({
    code: 'denied',
    message: `The deny assignment "${name}" wins over any role at this scope.`,
    remedy:
      'Ask the customer which managed application or deployment stack made it, and offer another scope.',
  }));
  return { obstacles };
}

async function checkRights(ground: Ground): Promise<Finding> {
  const { canAssign, canRemove } = await readRights(ground.arm, ground);
  const where = `role ${ground.roleDefinitionId} at ${ground.scope.id}`;
  const remedy = `Give the app Role Based Access Control Administrator at ${ground.scope.id} with the condition that "latchkey doctor --print-condition" prints; a new right takes up to ten minutes to work.`;
  const assign: Obstacle = { code: 'cannotAssign', message: `Our app may not assign ${where}.`, remedy };
  const remove: Obstacle = {
    code: 'cannotRemove',
    message: `Our app may not remove ${where}: what cannot be taken back is not given.`,
    remedy,
  };
  return { obstacles: [...(canAssign ? [] : [assign]), ...(canRemove ? [] : [remove])] };
}

async function checkGuest(ground: Ground): Promise<Finding & { objectId?: string }> {
  const { graph, tenantId, profile } = ground;
  const task = { direction: 'read' as const, doing: 'look for the guest account', needs: 'User.Read.All' };
  try {
    const found = await translated(task, () => lookUpGuest(graph, { tenantId, profile }));
    if (found.kind === 'found') return { obstacles: [], objectId: found.guest.objectId };
    if (found.kind === 'blocked') return { obstacles: [found.obstacle] };
    return { obstacles: await checkInvitations(graph, tenantId) };
  } catch (error) {
    if (error instanceof ConsentMissing) return { obstacles: [consentMissing(error)] };
    throw error;
  }
}

async function checkInvitations(graph: Graph, tenantId: string): Promise<Obstacle[]> {
  const task = { direction: 'read' as const, doing: 'read the guest policy', needs: 'Policy.Read.All' };
  const path = ['policies', 'authorizationPolicy'];
  const policy = await translated(task, () => graph.call({ tenantId, method: 'GET', path }));
  const setting = policy['allowInvitesFrom'];
  if (typeof setting !== 'string') {
    throw explain(new AzureFault('graph', 'answered a policy without allowInvitesFrom'), task);
  }
  if (!NO_INVITES.has(setting)) return [];
  const message = `The customer's tenant does not let apps invite guests (allowInvitesFrom is ${setting}).`;
  const remedy =
    'Ask the customer to change "Guest invite settings" in Entra ID, or to invite the engineer themselves; a change takes up to an hour.';
  return [{ code: 'invitesOff', message, remedy }];
}

/** True when the same role reaches the person at this scope already, directly or through a group, and not from us. */
async function isHeld(ground: Ground, objectId: string): Promise<boolean> {
  const { arm, tenantId, scope, roleDefinitionId, servicePrincipalId } = ground;
  const filter = `atScope() and assignedTo('${demandGuid(objectId, 'object id')}')`;
  try {
    const all = await arm.list(tenantId, (client, options) =>
      client.roleAssignments.listForScope(scope.path, { ...options, filter }),
    );
    return all.some(
      (assignment) =>
        isAtOrAbove(assignment.scope ?? '', scope.id) &&
        assignment.roleDefinitionId?.split('/').at(-1)?.toLowerCase() === roleDefinitionId &&
        !isOurs(assignment, servicePrincipalId),
    );
  } catch (error) {
    // Reported by the other checks.
    if (isScopeGone(error) || (error instanceof AzureFault && error.status === 403)) return false;
    throw error;
  }
}

function isOurs(assignment: RoleAssignment, servicePrincipalId: string): boolean {
  const byUs = assignment.createdBy?.toLowerCase() === servicePrincipalId;
  return byUs && findMarker(assignment.description) !== undefined;
}

function scopeUnknown(scope: ParsedScope): Obstacle {
  return {
    code: 'scopeUnknown',
    message: `${scope.id} does not exist in the customer's tenant.`,
    remedy: 'Correct the scope in the policy file.',
  };
}

function cannotLook(scope: ParsedScope): Obstacle {
  return {
    code: 'cannotAssign',
    message: `Our app may not look at ${scope.id}, or it does not exist.`,
    remedy: `Give the app Role Based Access Control Administrator at ${scope.id}; a new right takes up to ten minutes to work.`,
  };
}

function consentMissing(error: ConsentMissing): Obstacle {
  return { code: 'consentMissing', message: error.message, remedy: error.remedy };
}
