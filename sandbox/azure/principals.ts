import { Refusal } from './answers.ts';
import type { ArmCall } from './arm-router.ts';
import { findLivingUser, type PrincipalType, type Tenant } from './state.ts';

const TYPES: PrincipalType[] = ['User', 'Group', 'ServicePrincipal', 'ForeignGroup', 'Device'];

/**
 * The kind of principal a new assignment gets. With a type given, the service trusts it for a guest that still
 * replicates; without, it looks the principal up and does not find it.
 * @throws {Refusal} 400 `PrincipalNotFound` or `UnmatchedPrincipalType`
 */
export function resolvePrincipalType(call: ArmCall, id: string, asked: string | undefined): PrincipalType {
  const type = TYPES.find((known) => known.toLowerCase() === asked?.toLowerCase());
  if (asked !== undefined && !type) {
    throw new Refusal(400, 'InvalidPrincipalType', `The principal type '${asked}' is not valid.`);
  }
  // The directory of this tenant knows neither kind for certain, so the service takes the caller's word.
  if (type === 'ForeignGroup' || type === 'ServicePrincipal' || type === 'Device') {
    const actual = typeOf(call.tenant, id);
    if (actual !== undefined && actual !== type) throw unmatched(id, actual, type);
    return type;
  }
  const user = findLivingUser(call.tenant, id);
  const replicating = user !== undefined && user.visibleFrom > call.now;
  if (replicating && (!type || call.tenant.settings.typedPrincipals === 'looksUp')) throw notFound(call, id);
  const actual = typeOf(call.tenant, id);
  if (actual === undefined) throw notFound(call, id);
  if (type && type !== actual) throw unmatched(id, actual, type);
  return actual;
}

function typeOf(tenant: Tenant, id: string): PrincipalType | undefined {
  if (findLivingUser(tenant, id)) return 'User';
  if (tenant.groups.has(id)) return 'Group';
  return [...tenant.servicePrincipals.values()].some((p) => p.id === id) ? 'ServicePrincipal' : undefined;
}

function notFound(call: ArmCall, id: string): Refusal {
  const message = `Principal ${id.replaceAll('-', '')} does not exist in the directory ${call.tenant.id}. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype`;
  return new Refusal(400, 'PrincipalNotFound', message);
}

function unmatched(id: string, actual: PrincipalType, asked: PrincipalType): Refusal {
  // "PrinciaplType" is the service's own spelling.
  const message = `The PrincipalId '${id.replaceAll('-', '')}' has type '${actual}' , which is different from specified PrinciaplType '${asked}'.`;
  return new Refusal(400, 'UnmatchedPrincipalType', message);
}
