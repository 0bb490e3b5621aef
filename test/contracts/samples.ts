import type { AccessRequest } from '../../src/access/access-request.ts';
import type { Grant } from '../../src/access/grant.ts';
import type { GuestStay } from '../../src/access/guest-stay.ts';
import type { LedgerEntry } from '../../src/access/ports.ts';
import type { Person } from '../../src/access/person.ts';
import type { Place } from '../../src/access/place.ts';

export const TENANT = '11111111-1111-4111-8111-111111111111';
export const SUBSCRIPTION = '22222222-2222-4222-8222-222222222222';
export const START = 1_790_000_000_000;
export const ANNA: Person = {
  tenantId: '33333333-3333-4333-8333-333333333333',
  objectId: '44444444-4444-4444-8444-444444444444',
};
export const BEN: Person = { tenantId: ANNA.tenantId, objectId: '55555555-5555-4555-8555-555555555555' };
export const CHANNEL: Place = { platform: 'slack', teamId: 'T0NORTH', channelId: 'C0CONTOSO' };
export const CHAT: Place = { platform: 'slack', teamId: 'T0NORTH', userId: 'U0ANNA' };

/** A request as it is stored the first time. */
export function sampleRequest(more: Partial<AccessRequest> & Pick<AccessRequest, 'id'>): AccessRequest {
  return {
    version: 1,
    revision: 1,
    state: 'pending',
    requester: ANNA,
    requesterName: 'Anna Berg',
    customerSlug: 'contoso',
    customerName: 'Contoso Ltd',
    roleName: 'contributor',
    scopeName: 'default',
    entitlement: {
      kind: 'azureRole',
      tenantId: TENANT,
      roleDefinitionId: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
      scope: `/subscriptions/${SUBSCRIPTION}`,
    },
    durationMs: 7_200_000,
    justification: 'Deploy the fix "revision":99 \ud83d\udd11 \ud800 über \u0000 alles',
    ruleName: 'azure team',
    policyDigest: 'a'.repeat(64),
    stages: [{ side: 'customer', from: 'owners', count: 1, withinMs: 14_400_000, places: [CHANNEL] }],
    stage: 0,
    decisions: [],
    digest: 'b'.repeat(64),
    replyTo: CHAT,
    askedAt: START,
    stageEndsAt: START + 14_400_000,
    ...more,
  };
}

/** A grant as it is stored the first time. */
export function sampleGrant(more: Partial<Grant> & Pick<Grant, 'id'>): Grant {
  return {
    revision: 1,
    state: 'provisioning',
    requestVersion: 1,
    digest: 'b'.repeat(64),
    person: ANNA,
    personName: 'Anna Berg',
    customerSlug: 'contoso',
    customerName: 'Contoso Ltd',
    roleName: 'contributor',
    scopeName: 'default',
    entitlement: sampleRequest({ id: more.id }).entitlement,
    justification: 'Deploy the fix',
    approvedBy: ['Ben Contoso'],
    replyTo: CHAT,
    places: [CHANNEL],
    startAt: START,
    endAt: START + 7_200_000,
    warnAt: START + 6_600_000,
    attempts: 0,
    ...more,
  };
}

/** A stay as it is stored the first time. */
export function sampleStay(more: Partial<GuestStay> = {}): GuestStay {
  return { tenantId: TENANT, person: ANNA, revision: 1, status: 'inviting', heldBy: [], ...more };
}

/** One ledger line about a subject. */
export function sampleEntry(subjectId: string, event = 'request.asked'): LedgerEntry {
  return { at: START, event, customerSlug: 'contoso', subjectId };
}
