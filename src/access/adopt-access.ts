import type { AccessDeps } from './deps.ts';
import { entry } from './entries.ts';
import { Misconfigured } from './errors.ts';
import type { Grant } from './grant.ts';
import { grantJob } from './jobs.ts';
import { noticeMail } from './mail.ts';
import type { Marker } from './marker.ts';
import type { Customer } from './policy.ts';
import { placesNamed } from './policy.ts';
import type { FoundAssignment } from './ports.ts';

/** An assignment of ours with what its description says. */
export type MarkedAssignment = FoundAssignment & { marker: Marker };

/**
 * When a marked assignment is over, epoch ms: when its marker says, and never later than unbroken access may last. The
 * customer can change a marker, so it may shorten and never lengthen.
 */
export function cappedEndAt(
  { clock, policySource }: Pick<AccessDeps, 'clock' | 'policySource'>,
  { marker, createdAt }: MarkedAssignment,
): number {
  const { continuousMs } = policySource.current().limits;
  return Math.min(marker.endAt, (createdAt ?? clock.now()) + continuousMs);
}

/**
 * Gives an assignment that has lost its record a new one, from what Azure says of it: its job takes it away at its end,
 * in the usual way. The person is the account in the customer's tenant, for nothing else is known; whether the account
 * is ours can't be proven, so it stays.
 * @throws {StateConflict} when there is a record meanwhile
 */
export async function adoptAccess(
  deps: AccessDeps,
  customer: Customer,
  found: MarkedAssignment,
): Promise<void> {
  const grant = buildGrant(deps, customer, found);
  const at = deps.clock.now();
  const { assignmentId, principalId } = found;
  await deps.store.commit({
    grant,
    jobs: [grantJob(grant, { at: grant.endAt, direction: 'take' })],
    mail: deps.policySource
      .current()
      .operators.map((place) => noticeMail('adopted', { subjectId: grant.id, place, at })),
    entries: [
      entry('sweep.adopted', grant, { at, facts: { assignmentId, principalId, endAt: grant.endAt } }),
    ],
  });
}

function buildGrant(deps: AccessDeps, customer: Customer, found: MarkedAssignment): Grant {
  const { assignmentId, principalId, roleDefinitionId, scope, marker } = found;
  const { tenantId } = customer;
  const policy = deps.policySource.current();
  const now = deps.clock.now();
  const endAt = cappedEndAt(deps, found);
  const startAt = Math.min(found.createdAt ?? now, endAt);
  const [replyTo] = [...policy.operators, ...placesNamed(policy, customer.places)];
  if (!replyTo) {
    throw new Misconfigured(
      `Nobody can be told of access at ${customer.slug} that has lost its record, so it was left as it is.`,
      'Name places for operators in the policy.',
    );
  }
  const role = [...policy.roles.values()].find((each) => each.roleDefinitionId === roleDefinitionId);
  const named = [...customer.scopes].find(([, path]) => path.toLowerCase() === scope.toLowerCase());
  return {
    id: marker.grantId,
    revision: 1,
    state: 'active',
    requestVersion: 0,
    digest: '',
    person: { tenantId, objectId: principalId },
    personName: `account ${principalId}`,
    customerSlug: customer.slug,
    customerName: customer.name,
    roleName: role?.name ?? roleDefinitionId,
    scopeName: named?.[0] ?? scope,
    entitlement: { kind: 'azureRole', tenantId, roleDefinitionId, scope },
    justification: 'Found in Azure without a record.',
    approvedBy: [],
    replyTo,
    places: [],
    startAt,
    endAt,
    activeAt: startAt,
    warnAt: endAt,
    guestId: principalId,
    assignment: { assignmentId, principalId, status: 'made', changedAt: now },
    markerEndAt: endAt,
    attempts: 0,
  };
}
