import type { AccessRequest } from './access-request.ts';
import type { AccessDeps } from './deps.ts';
import { NotFound } from './errors.ts';
import type { Grant } from './grant.ts';
import type { Person } from './person.ts';
import { samePerson } from './person.ts';
import type { Customer, Policy } from './policy.ts';

/** Partner staff may see every customer; a customer's people see their own tenant only. */
export function maySee(policy: Policy, person: Person, customer: Pick<Customer, 'tenantId'>): boolean {
  return person.tenantId === policy.partner.tenantId || person.tenantId === customer.tenantId;
}

type SeeDeps = Pick<AccessDeps, 'store' | 'policySource'>;

/** @throws {NotFound} when there is no request of that id */
export async function getRequest(deps: Pick<AccessDeps, 'store'>, id: string): Promise<AccessRequest> {
  const request = await deps.store.findRequest(id);
  if (!request) throw noRequest(id);
  return request;
}

/** @throws {NotFound} in the same words when there is none and when this person may not know of it */
export async function getRequestFor(deps: SeeDeps, id: string, person: Person): Promise<AccessRequest> {
  const request = await getRequest(deps, id);
  const { tenantId } = request.entitlement;
  const isVisible =
    samePerson(request.requester, person) || maySee(deps.policySource.current(), person, { tenantId });
  if (!isVisible) throw noRequest(id);
  return request;
}

/** @throws {NotFound} in the same words when there is none and when this person may not know of it */
export async function getGrantFor(deps: SeeDeps, id: string, person: Person): Promise<Grant> {
  const grant = await deps.store.findGrant(id);
  if (!grant) throw noGrant(id);
  const { tenantId } = grant.entitlement;
  const isVisible =
    samePerson(grant.person, person) || maySee(deps.policySource.current(), person, { tenantId });
  if (!isVisible) throw noGrant(id);
  return grant;
}

function noRequest(id: string): NotFound {
  return new NotFound(`There is no request ${id}.`);
}

function noGrant(id: string): NotFound {
  return new NotFound(`There is no access ${id}.`);
}
