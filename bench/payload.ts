import type { Grant } from '../src/access/grant.ts';

const TENANTS = 100;
/** Epoch ms that every grant of a run starts from. */
const HOUR_MS = 3_600_000;

/** A GUID with a number in it. */
export function guid(kind: string, number: number): string {
  return `${kind.padEnd(8, '0')}-1111-4111-8111-${number.toString(16).padStart(12, '0')}`;
}

/** The id of the grant with this number. */
export function grantId(number: number): string {
  return `AR-${String(number).padStart(8, '0')}`;
}

/** Budgets towards Azure are per tenant and subscription; a hundred of them share the grants. */
export function laneKey(number: number): string {
  return `${guid('c0a7', number % TENANTS)}/${guid('5ab5', number % TENANTS)}`;
}

/** A grant as it stands while access runs. */
export function sampleGrant(
  number: number,
  { endAt, customers = TENANTS }: { endAt: number; customers?: number },
): Grant {
  const [startAt, customer] = [endAt - HOUR_MS, number % customers];
  const person = { tenantId: guid('4014', 0), objectId: guid('9a1d', number % 5_000) };
  return {
    id: grantId(number),
    revision: 1,
    state: 'active',
    requestVersion: 1,
    digest: 'b'.repeat(64),
    person,
    personName: 'Dana Example',
    customerSlug: `customer-${customer}`,
    customerName: 'Contoso Ltd',
    roleName: 'contributor',
    scopeName: 'default',
    entitlement: {
      kind: 'azureRole',
      tenantId: guid('c0a7', customer),
      roleDefinitionId: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
      scope: `/subscriptions/${guid('5ab5', customer)}`,
    },
    justification: 'deploy the fix of incident 4711',
    approvedBy: ['Olga Owner'],
    replyTo: { platform: 'slack', teamId: 'T0NORTHWIND', userId: 'U0DANA' },
    places: [{ platform: 'slack', teamId: 'T0NORTHWIND', channelId: 'C0CONTOSO' }],
    startAt,
    endAt,
    activeAt: startAt,
    warnAt: endAt - 600_000,
    guestId: guid('9e57', number),
    assignment: {
      assignmentId: guid('a551', number),
      principalId: guid('9e57', number),
      status: 'made',
      changedAt: startAt,
    },
    attempts: 0,
  };
}
