import { adoptAccess, cappedEndAt } from './adopt-access.ts';
import type { AccessDeps } from './deps.ts';
import type { Entitlement } from './entitlement.ts';
import { subscriptionOf } from './entitlement.ts';
import { entry } from './entries.ts';
import { StateConflict } from './errors.ts';
import type { Grant } from './grant.ts';
import { isOpen } from './grant.ts';
import type { Customer } from './policy.ts';
import type { AssignmentRef, FoundAssignment } from './ports.ts';
import { beginRemoval, unassignForSure } from './remove-access.ts';
import { getCustomer } from './standing.ts';

/** What is new may not be read everywhere yet: it is not missed before. Ms. */
const SETTLING_MS = 2 * 60_000;
/** The log hears of something unexplained at every sweep, the ledger once in this time. Ms. */
const LEDGER_PAUSE_MS = 24 * 3_600_000;

/** What a comparison of our records with one customer's Azure came to. */
export interface SweepReport {
  customerSlug: string;
  /** How many subscriptions were compared. */
  compared: number;
  /** How many subscriptions or findings could not be dealt with; the next sweep tries again. */
  failed: number;
  /** Grants that had no record and have one again. */
  adopted: string[];
  /** Grants whose assignment somebody else has deleted. */
  removedOutside: string[];
  /** Assignments of ours that no record explained, and that are gone now. */
  takenBack: string[];
  /** Assignments of ours that no record explains, and that are still there. */
  unexplained: string[];
}

/** What sweeping needs beside what every service is handed. */
export interface SweepDeps extends AccessDeps {
  /** True for one caller per key and while. */
  firstTime(key: string, ttlMs: number): Promise<boolean>;
}

/** Compares every grant of a customer with Azure. @throws {NotFound | Unavailable} before anything was compared */
export type Sweep = (customerSlug: string) => Promise<SweepReport>;

interface Round {
  deps: SweepDeps;
  customer: Customer;
  report: SweepReport;
}

/**
 * Every difference between records and Azure ends as a repair or an alarm. Only what our service principal made, by
 * Azure's own note, and what bears our marker is ever taken away; guests without a record are left alone, for nothing
 * proves that they are ours.
 */
export function createSweep(deps: SweepDeps): Sweep {
  return async (customerSlug) => {
    const customer = getCustomer(deps.policySource.current(), customerSlug);
    const report: SweepReport = {
      customerSlug,
      compared: 0,
      failed: 0,
      adopted: [],
      removedOutside: [],
      takenBack: [],
      unexplained: [],
    };
    const round: Round = { deps, customer, report };
    const open = await openGrants(round);
    const scopes = [...customer.scopes.values(), ...open.map(({ entitlement }) => entitlement.scope)];
    for (const subscriptionId of new Set(scopes.map(subscriptionOf))) {
      await tryTo(round, { subscriptionId }, () => compare(round, subscriptionId));
    }
    return report;
  };
}

/** Grants that may still be there, in this customer's tenant as it is now. */
async function openGrants({ deps, customer }: Round): Promise<Grant[]> {
  const grants = await deps.store.openGrantsOfCustomer(customer.slug);
  return grants.filter(({ entitlement }) => entitlement.tenantId === customer.tenantId);
}

/** One thing that fails holds up no other; somebody else's write in between needs no words. */
async function tryTo(
  { deps, customer, report }: Round,
  facts: Record<string, string>,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (error instanceof StateConflict) return;
    report.failed += 1;
    deps.log.warn('sweep.failed', { customerSlug: customer.slug, ...facts, error: String(error) });
  }
}

async function compare(round: Round, subscriptionId: string): Promise<void> {
  const { deps, customer, report } = round;
  const listed = await deps.entitlements.list({ tenantId: customer.tenantId, subscriptionId });
  // Read after the list: whatever the list shows was written down before it was made.
  const open = await openGrants(round);
  report.compared += 1;
  const known = new Set(open.map(({ assignment }) => assignment?.assignmentId));
  for (const found of listed) {
    if (known.has(found.assignmentId)) continue;
    await tryTo(round, { assignmentId: found.assignmentId }, () => explain(round, found));
  }
  const there = new Set(listed.map(({ assignmentId }) => assignmentId));
  for (const grant of open) {
    const isHere = subscriptionOf(grant.entitlement.scope) === subscriptionId;
    if (!isHere || there.has(grant.assignment?.assignmentId ?? '')) continue;
    await tryTo(round, { grantId: grant.id }, () => endIfGone(round, grant));
  }
}

/** An assignment that belongs to no open grant of the customer. */
async function explain(round: Round, found: FoundAssignment): Promise<void> {
  const { deps, customer, report } = round;
  const { assignmentId, marker } = found;
  if (!found.byUs) {
    deps.log.warn('sweep.lookAlike', { customerSlug: customer.slug, assignmentId });
    return;
  }
  if (!marker || !/^\/subscriptions\//i.test(found.scope)) return alarm(round, found, 'noMarker');
  const grant = await deps.store.findGrant(marker.grantId);
  const isUnderWay = grant?.state === 'provisioning';
  if (isUnderWay || (grant && isOpen(grant) && grant.assignment?.assignmentId === assignmentId)) return;
  const ref = refOf(customer, found);
  // The list may be behind.
  if (!(await deps.entitlements.exists(ref))) return;
  if (!grant && isNamedFor(deps, ref, marker.grantId)) {
    await alarm(round, found, 'noRecord');
    await adoptAccess(deps, customer, { ...found, marker });
    report.adopted.push(marker.grantId);
    return;
  }
  const hasEnded = grant !== undefined && !isOpen(grant);
  await alarm(round, found, hasEnded ? 'grantEnded' : 'otherGrant');
  if (hasEnded || deps.clock.now() >= cappedEndAt(deps, { ...found, marker }))
    await takeBack(round, ref, marker);
}

function refOf(customer: Customer, found: FoundAssignment): AssignmentRef {
  const { assignmentId, principalId, roleDefinitionId, scope } = found;
  const entitlement: Entitlement = {
    kind: 'azureRole',
    tenantId: customer.tenantId,
    roleDefinitionId,
    scope,
  };
  return { entitlement, assignmentId, principalId };
}

/** True when the assignment has the name that only this grant gives it: its marker was not changed to another's. */
function isNamedFor(
  { entitlements }: SweepDeps,
  { entitlement, principalId, assignmentId }: AssignmentRef,
  grantId: string,
): boolean {
  return entitlements.assignmentIdFor({ grantId, entitlement, principalId }) === assignmentId;
}

async function alarm(
  { deps, customer, report }: Round,
  found: FoundAssignment,
  why: 'noMarker' | 'noRecord' | 'grantEnded' | 'otherGrant',
): Promise<void> {
  const { assignmentId, principalId, roleDefinitionId, scope } = found;
  const grantId = found.marker?.grantId;
  const facts = { why, assignmentId, principalId, roleDefinitionId, scope, ...(grantId && { grantId }) };
  if (why !== 'noRecord') report.unexplained.push(assignmentId);
  deps.log.error('sweep.unknown', { customerSlug: customer.slug, ...facts });
  if (!(await deps.firstTime(`sweep.unknown|${assignmentId}|${why}`, LEDGER_PAUSE_MS))) return;
  await note(deps, { event: 'sweep.unknown', customer, assignmentId }, facts);
}

async function note(
  deps: SweepDeps,
  about: { event: string; customer: Customer; assignmentId: string },
  facts: Record<string, string>,
): Promise<void> {
  const subject = { id: about.assignmentId, customerSlug: about.customer.slug };
  await deps.store.commit({ entries: [entry(about.event, subject, { at: deps.clock.now(), facts })] });
}

/** Ours by Azure's note and by its marker, and over: it is taken away. */
async function takeBack(
  { deps, customer, report }: Round,
  ref: AssignmentRef,
  { grantId }: { grantId: string },
): Promise<void> {
  const { assignmentId } = ref;
  await note(deps, { event: 'assignment.remove.intended', customer, assignmentId }, { grantId });
  await unassignForSure(deps, ref);
  await note(deps, { event: 'assignment.removed', customer, assignmentId }, { grantId });
  report.unexplained = report.unexplained.filter((id) => id !== assignmentId);
  report.takenBack.push(assignmentId);
}

/** A running grant whose assignment somebody else has deleted leaves in the usual way, its guest too. */
async function endIfGone({ deps, report }: Round, grant: Grant): Promise<void> {
  const { assignment, entitlement } = grant;
  const now = deps.clock.now();
  if (grant.state !== 'active' || assignment?.status !== 'made' || now >= grant.endAt) return;
  if (now < assignment.changedAt + SETTLING_MS) return;
  if (await deps.entitlements.exists({ entitlement, ...assignment })) return;
  await beginRemoval(deps, { grant }, { cause: 'removedOutside' });
  deps.log.warn('sweep.removedOutside', { grantId: grant.id, assignmentId: assignment.assignmentId });
  report.removedOutside.push(grant.id);
}
