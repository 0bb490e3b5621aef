import { advance, demandSameRuling, stillApprovers } from './approve-request.ts';
import type { AccessDeps } from './deps.ts';
import { canonicalRequest } from './digest.ts';
import { entry } from './entries.ts';
import { Misconfigured, Refused, StateConflict, Unavailable } from './errors.ts';
import type { Assignment, Grant } from './grant.ts';
import { settleIn } from './guest-room.ts';
import type { Work } from './guest-room.ts';
import { grantJob } from './jobs.ts';
import { cardMail, noticeMail } from './mail.ts';
import type { Profile } from './person.ts';
import { backOff, beginRemoval, unassignForSure } from './remove-access.ts';
import { demandSureClock, getActiveProfile } from './standing.ts';
import { getRequest } from './records.ts';
import { refuseAgents } from './request-access.ts';

/** Provisioning that has not worked by then is given up, and what it made is taken away. */
const DEADLINE_MS = 10 * 60_000;

/**
 * The job of a grant while it is being provisioned or runs: makes the access, writes a moved end on it, and hands over
 * to removal when its time is over. Everything it makes is written down before the call.
 */
export async function provisionAccess(deps: AccessDeps, work: Work): Promise<void> {
  try {
    await provisionOrHandOver(deps, work);
  } catch (error) {
    if (error instanceof StateConflict) await takeBackLate(deps, work);
    throw error;
  }
}

/**
 * Somebody else went on with this grant while we were calling Azure. If it has begun to leave, what our last call made
 * may have come after its removal, and nobody would look again.
 */
async function takeBackLate(deps: AccessDeps, work: Work): Promise<void> {
  const grant = await deps.store.findGrant(work.grant.id);
  if (!grant?.assignment || grant.assignment.status === 'existed') return;
  if (grant.state === 'provisioning' || grant.state === 'active') return;
  deps.log.warn('grant.late', { grantId: grant.id, state: grant.state });
  const { entitlement, assignment } = grant;
  try {
    await unassignForSure(deps, { entitlement, ...assignment });
  } catch {
    // The job of the grant, ended or not, looks again.
    const job = grantJob(grant, { at: deps.clock.now(), direction: 'take' });
    await deps.store.commit({ jobs: [job], entries: [] });
  }
}

async function provisionOrHandOver(deps: AccessDeps, work: Work): Promise<void> {
  const { grant } = work;
  const now = deps.clock.now();
  if (now >= grant.endAt) return beginRemoval(deps, work, { cause: 'expiry' });
  if (grant.state === 'provisioning' && now >= grant.startAt + DEADLINE_MS) {
    return beginRemoval(deps, work, {
      cause: 'deadline',
      reason: grant.lastError ?? 'Azure was not ready in time.',
    });
  }
  try {
    await (grant.state === 'active' ? keepActive(deps, work) : makeActive(deps, work));
  } catch (error) {
    await giveUpOrRetry(deps, work, error);
  }
}

async function giveUpOrRetry(deps: AccessDeps, work: Work, error: unknown): Promise<void> {
  if (error instanceof StateConflict) throw error;
  // Clocks come together again by themselves; until then nothing is given.
  const isRefused = error instanceof Refused && error.code !== 'clockInDoubt';
  const hopeless = isRefused || error instanceof Misconfigured;
  if (hopeless && work.grant.state === 'provisioning') {
    const reason = error instanceof Misconfigured ? `${error.message} ${error.remedy}` : error.message;
    return beginRemoval(deps, await reread(deps, work), { cause: 'failed', reason });
  }
  if (!(error instanceof Unavailable) && !(error instanceof Refused) && !hopeless) {
    deps.log.error('grant.provision.defect', { grantId: work.grant.id, error: String(error) });
  }
  await backOff(deps, await reread(deps, work), { error, direction: 'give' });
}

/** The grant as it is stored now; what was written on the way counts. */
async function reread(deps: AccessDeps, { grant, claim }: Work): Promise<Work> {
  return { grant: (await deps.store.findGrant(grant.id)) ?? grant, claim };
}

/** An extension: the new end goes on the assignment before the old one has passed. */
async function keepActive(deps: AccessDeps, { grant, claim }: Work): Promise<void> {
  const { assignment } = grant;
  const isMoving = assignment?.status === 'made' && grant.markerEndAt !== grant.endAt;
  if (isMoving) {
    await deps.entitlements.move({
      grantId: grant.id,
      entitlement: grant.entitlement,
      assignmentId: assignment.assignmentId,
      principalId: assignment.principalId,
      endAt: grant.endAt,
    });
  }
  const moved: Grant = { ...grant, revision: grant.revision + 1, markerEndAt: grant.endAt, attempts: 0 };
  await deps.store.commit({
    grant: moved,
    claim,
    jobs: [grantJob(moved, { at: moved.endAt, direction: 'take' })],
    entries: isMoving
      ? [entry('assignment.moved', moved, { at: deps.clock.now(), facts: { endAt: moved.endAt } })]
      : [],
  });
}

async function makeActive(deps: AccessDeps, work: Work): Promise<void> {
  demandSureClock(deps);
  await demandStillApproved(deps, work.grant);
  const profile = await getActiveProfile(deps, work.grant.person);
  if (!work.grant.assignment) await demandClear(deps, work.grant, profile);
  const guest = await settleIn(deps, work, profile);
  const earlier = work.grant.assignment;
  // The account was made anew in between: what the old one may hold would be forgotten with its name.
  if (earlier && earlier.principalId !== guest.objectId) {
    await unassignForSure(deps, { entitlement: work.grant.entitlement, ...earlier });
  }
  const intended = await intendAssignment(deps, work, guest);
  const seen: Pick<Grant, 'acceptedAt'> = {};
  const made = await deps.entitlements.assign({
    grantId: intended.id,
    entitlement: intended.entitlement,
    assignmentId: intended.assignment.assignmentId,
    principalId: guest.objectId,
    endAt: intended.endAt,
    onAccepted: () => void (seen.acceptedAt = deps.clock.now()),
  });
  const accepted: Grant = { ...intended, ...seen };
  await activate(deps, { grant: accepted, claim: work.claim }, { ...intended.assignment, ...made });
}

/** Policy, approvers and digest once more: nothing is granted but what was shown to people who may still decide. */
async function demandStillApproved(deps: AccessDeps, grant: Grant): Promise<void> {
  const request = await getRequest(deps, grant.id);
  const policy = deps.policySource.current();
  const same = request.digest === grant.digest && deps.ids.sha256(canonicalRequest(request)) === grant.digest;
  if (!same || request.state !== 'approved')
    throw new Refused('staleCard', 'The approval does not fit the grant.');
  await demandSameRuling(deps, policy, request);
  await refuseAgents(deps, policy, request.requester);
  const decisions = await stillApprovers(deps, policy, request);
  if (advance({ ...request, decisions }).stage < request.stages.length) {
    throw new Refused('policyChanged', 'Somebody who approved may not approve any more.', { id: request.id });
  }
}

async function demandClear(deps: AccessDeps, grant: Grant, profile: Profile): Promise<void> {
  const { obstacles } = await deps.entitlements.preflight({ entitlement: grant.entitlement, profile });
  const [first] = obstacles;
  if (first) throw new Misconfigured(first.message, first.remedy);
}

async function intendAssignment(
  deps: AccessDeps,
  { grant, claim }: Work,
  guest: { objectId: string; redeemUrl?: string },
): Promise<Grant & { assignment: Assignment }> {
  const { entitlement } = grant;
  const principalId = guest.objectId;
  const assignmentId = deps.entitlements.assignmentIdFor({ grantId: grant.id, entitlement, principalId });
  const at = deps.clock.now();
  const next = {
    ...grant,
    revision: grant.revision + 1,
    guestId: principalId,
    ...(guest.redeemUrl !== undefined && { redeemUrl: guest.redeemUrl }),
    assignment: { assignmentId, principalId, status: 'intended' as const, changedAt: at },
  };
  await deps.store.commit({
    grant: next,
    claim,
    entries: [entry('assignment.intended', next, { at, facts: { assignmentId, principalId } })],
  });
  return next;
}

async function activate(deps: AccessDeps, { grant, claim }: Work, assignment: Assignment): Promise<void> {
  const at = deps.clock.now();
  const { lastError: _, obstacle: __, ...rest } = grant;
  const active: Grant = {
    ...rest,
    revision: grant.revision + 1,
    state: 'active',
    activeAt: at,
    attempts: 0,
    assignment: { ...assignment, changedAt: at },
    markerEndAt: grant.endAt,
  };
  const { assignmentId, status } = assignment;
  const told = { subjectId: active.id, place: active.replyTo };
  await deps.store.commit({
    grant: active,
    claim,
    jobs: [grantJob(active, { at: active.endAt, direction: 'take' })],
    mail: [
      ...active.places.map((place) => cardMail(active.id, place, at)),
      noticeMail('accessReady', { ...told, at }),
      noticeMail('warning', { ...told, at: active.warnAt }),
    ],
    entries: [entry('assignment.made', active, { at, facts: { assignmentId, status } })],
  });
}
