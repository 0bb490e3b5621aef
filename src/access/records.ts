import type { AccessRequest } from './access-request.ts';
import type { AccessDeps } from './deps.ts';
import { NotFound } from './errors.ts';
import type { Grant } from './grant.ts';

/** @throws {NotFound} when there is no request of that id */
export async function getRequest(deps: Pick<AccessDeps, 'store'>, id: string): Promise<AccessRequest> {
  const request = await deps.store.findRequest(id);
  if (!request) throw new NotFound(`There is no request ${id}.`);
  return request;
}

/** @throws {NotFound} when no grant has that id */
export async function getGrant(deps: Pick<AccessDeps, 'store'>, id: string): Promise<Grant> {
  const grant = await deps.store.findGrant(id);
  if (!grant) throw new NotFound(`There is no access ${id}.`);
  return grant;
}
