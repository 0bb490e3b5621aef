import type { AccessRequest } from './access-request.ts';

/** What a digest covers: everything a card shows as fact, by id. */
export type DigestedRequest = Pick<
  AccessRequest,
  | 'id'
  | 'version'
  | 'requester'
  | 'customerSlug'
  | 'roleName'
  | 'scopeName'
  | 'entitlement'
  | 'durationMs'
  | 'justification'
  | 'ticket'
  | 'extendsGrantId'
>;

/** The one canonical text of what is asked: an ordered JSON array, so that no two requests share it. */
export function canonicalRequest(request: DigestedRequest): string {
  const { entitlement } = request;
  return JSON.stringify([
    'latchkey/1',
    request.id,
    request.version,
    request.requester.tenantId.toLowerCase(),
    request.requester.objectId.toLowerCase(),
    request.customerSlug,
    request.roleName,
    request.scopeName,
    entitlement.kind,
    entitlement.tenantId.toLowerCase(),
    entitlement.roleDefinitionId.toLowerCase(),
    entitlement.scope.toLowerCase(),
    request.durationMs,
    request.justification,
    request.ticket ?? null,
    request.extendsGrantId ?? null,
  ]);
}
