import type { AccessRequest } from './access-request.ts';
import { cardPlaces } from './access-request.ts';
import type { Decision } from './decision.ts';
import type { AccessDeps } from './deps.ts';
import { canonicalRequest } from './digest.ts';
import { entry } from './entries.ts';
import { Refused, StateConflict } from './errors.ts';
import type { Grant } from './grant.ts';
import { grantJob, requestJob, requestJobId } from './jobs.ts';
import { cardMail, noticeMail } from './mail.ts';
import { personKey, samePerson } from './person.ts';
import type { Policy } from './policy.ts';
import type { Commit } from './ports.ts';
import { getAllowed } from './request-access.ts';
import { getCustomer, isApprover } from './standing.ts';

/** What an approval led to: a grant once the last stage is done. */
export interface Approved {
  request: AccessRequest;
  grant?: Grant;
}

/**
 * Adds an approval. When it completes the last stage, the request is approved, the grant exists and its due time is
 * set in one write; Azure is not called here.
 */
export async function approveRequest(
  deps: AccessDeps,
  request: AccessRequest,
  decision: Decision,
): Promise<Approved> {
  demandSameDigest(deps, request);
  const policy = deps.policySource.current();
  await demandSameRuling(deps, policy, request);
  const valid = await stillApprovers(deps, policy, request);
  const advanced = advance({ ...request, decisions: [...valid, decision] });
  const next: AccessRequest = { ...advanced, revision: request.revision + 1 };
  if (next.stage < next.stages.length) return { request: await saveProgress(deps, next, decision) };
  return next.extendsGrantId === undefined
    ? completeRequest(deps, next, decision)
    : completeExtension(deps, next, decision);
}

function demandSameDigest(deps: AccessDeps, request: AccessRequest): void {
  if (deps.ids.sha256(canonicalRequest(request)) !== request.digest) {
    throw new Refused('staleCard', 'The stored request is not the one that was shown.', { id: request.id });
  }
}

/** The policy as it is now must still allow this, by the same people. */
export async function demandSameRuling(
  deps: AccessDeps,
  policy: Policy,
  request: AccessRequest,
): Promise<void> {
  const changed = (): Refused =>
    new Refused('policyChanged', 'The policy has changed since this was asked; ask again.', {
      id: request.id,
    });
  const ruling = await getAllowed(deps, policy, { ...request }).catch((error: unknown) => {
    throw error instanceof Refused ? changed() : error;
  });
  const sameStages =
    ruling.stages.length === request.stages.length &&
    ruling.stages.every((stage, index) => {
      const shown = request.stages[index];
      return shown && stage.side === shown.side && stage.from === shown.from && stage.count === shown.count;
    });
  const { roleDefinitionId, scope, tenantId } = request.entitlement;
  const sameThing =
    ruling.role.roleDefinitionId === roleDefinitionId &&
    ruling.scope.toLowerCase() === scope.toLowerCase() &&
    ruling.customer.tenantId === tenantId;
  if (!sameStages || !sameThing) throw changed();
}

/** The approvals whose givers may still decide; a right lost while others were asked does not count. */
export async function stillApprovers(
  deps: AccessDeps,
  policy: Policy,
  request: AccessRequest,
): Promise<Decision[]> {
  const customer = getCustomer(policy, request.customerSlug);
  const kept: Decision[] = [];
  for (const decision of request.decisions) {
    const stage = request.stages[decision.stage];
    const profile = await deps.directory.findProfile(decision.person);
    if (!stage || !profile?.accountEnabled || profile.userType === 'Guest') continue;
    if (await isApprover(deps, policy, { person: decision.person, customer, stage })) kept.push(decision);
  }
  return kept;
}

/**
 * Moves to the first stage that still lacks approvals of different people, none of them the requester; past the last
 * one when none does.
 */
export function advance(request: AccessRequest): AccessRequest {
  const open = request.stages.findIndex((stage, index) => {
    const given = request.decisions.filter(
      (decision) =>
        decision.verdict === 'approve' &&
        decision.stage === index &&
        decision.digest === request.digest &&
        !samePerson(decision.person, request.requester),
    );
    return new Set(given.map((decision) => personKey(decision.person))).size < stage.count;
  });
  return { ...request, stage: open === -1 ? request.stages.length : open };
}

async function saveProgress(
  deps: AccessDeps,
  request: AccessRequest,
  decision: Decision,
): Promise<AccessRequest> {
  const at = decision.decidedAt;
  const stage = request.stages[request.stage];
  const opened = request.stage !== decision.stage;
  const saved: AccessRequest = {
    ...request,
    // An approval that no longer counts opens its stage again; later stages keep their cards.
    ...(request.stage < decision.stage && {
      furthestStage: Math.max(request.furthestStage ?? 0, decision.stage),
    }),
    stageEndsAt: opened
      ? Math.min(at + (stage?.withinMs ?? 0), await endOfExtended(deps, request))
      : request.stageEndsAt,
  };
  await deps.store.commit({
    request: saved,
    jobs: [requestJob(saved.id, saved.stageEndsAt)],
    mail: cardPlaces(saved).map((place) => cardMail(saved.id, place, at)),
    entries: [approvalEntry(saved, decision)],
  });
  return saved;
}

/** More time can only be given while there is some left; Infinity for what extends nothing. */
async function endOfExtended(deps: AccessDeps, { extendsGrantId }: AccessRequest): Promise<number> {
  if (extendsGrantId === undefined) return Number.POSITIVE_INFINITY;
  return (await deps.store.findGrant(extendsGrantId))?.endAt ?? Number.POSITIVE_INFINITY;
}

function approvalEntry(request: AccessRequest, decision: Decision): Commit['entries'][number] {
  return entry('request.approval', request, {
    at: decision.decidedAt,
    actor: decision.person,
    facts: {
      digest: decision.digest,
      stage: decision.stage,
      side: decision.side,
      durationMs: decision.durationMs,
    },
  });
}

function close(request: AccessRequest, decision: Decision): AccessRequest {
  return {
    ...request,
    state: 'approved',
    closedAt: decision.decidedAt,
    closedByName: decision.name,
  };
}

/** The shortest time any approver allowed. */
function approvedMs(request: AccessRequest): number {
  return Math.min(request.durationMs, ...request.decisions.map((decision) => decision.durationMs));
}

/** The warning comes this long before the end, at most a fifth of the whole. */
export function warnAtFor(policy: Policy, { startAt, endAt }: { startAt: number; endAt: number }): number {
  return endAt - Math.min(policy.limits.warnBeforeMs, Math.floor((endAt - startAt) / 5));
}

async function completeRequest(deps: AccessDeps, open: AccessRequest, decision: Decision): Promise<Approved> {
  const request = close(open, decision);
  const grant = buildGrant(deps, request, decision);
  await deps.store.commit({
    request,
    grant,
    jobs: [
      { jobId: requestJobId(request.id), done: true },
      grantJob(grant, { at: grant.startAt, direction: 'give' }),
    ],
    mail: grant.places.map((place) => cardMail(request.id, place, grant.startAt)),
    entries: [
      approvalEntry(request, decision),
      entry('grant.approved', grant, {
        at: grant.startAt,
        facts: { digest: grant.digest, endAt: grant.endAt },
      }),
    ],
  });
  return { request, grant };
}

function buildGrant(deps: AccessDeps, request: AccessRequest, decision: Decision): Grant {
  const startAt = decision.decidedAt;
  const endAt = startAt + approvedMs(request);
  return {
    id: request.id,
    revision: 1,
    state: 'provisioning',
    requestVersion: request.version,
    digest: request.digest,
    person: request.requester,
    personName: request.requesterName,
    customerSlug: request.customerSlug,
    customerName: request.customerName,
    roleName: request.roleName,
    scopeName: request.scopeName,
    entitlement: request.entitlement,
    justification: request.justification,
    ...(request.ticket !== undefined && { ticket: request.ticket }),
    approvedBy: request.decisions.map((given) => given.name),
    replyTo: request.replyTo,
    places: cardPlaces(request),
    askedAt: request.askedAt,
    startAt,
    endAt,
    warnAt: warnAtFor(deps.policySource.current(), { startAt, endAt }),
    attempts: 0,
  };
}

async function completeExtension(
  deps: AccessDeps,
  open: AccessRequest,
  decision: Decision,
): Promise<Approved> {
  const request = close(open, decision);
  const running = await deps.store.findGrant(request.extendsGrantId ?? '');
  if (running?.state !== 'active')
    throw new StateConflict('the access to be extended is not running any more');
  const at = decision.decidedAt;
  if (at >= running.endAt) throw new StateConflict('the access to be extended has just ended');
  const policy = deps.policySource.current();
  const endAt = Math.min(running.endAt + approvedMs(request), running.startAt + policy.limits.continuousMs);
  if (endAt <= running.endAt) {
    throw new Refused('policyChanged', 'The policy no longer allows unbroken access for longer.', {
      id: request.id,
    });
  }
  const grant: Grant = {
    ...running,
    revision: running.revision + 1,
    endAt,
    warnAt: warnAtFor(policy, { startAt: at, endAt }),
    attempts: 0,
  };
  await deps.store.commit({
    request,
    grant,
    jobs: [{ jobId: requestJobId(request.id), done: true }, grantJob(grant, { at, direction: 'give' })],
    mail: [
      ...grant.places.map((place) => cardMail(grant.id, place, at)),
      ...cardPlaces(request).map((place) => cardMail(request.id, place, at)),
      noticeMail('extended', { subjectId: grant.id, place: grant.replyTo, at }),
      noticeMail('warning', { subjectId: grant.id, place: grant.replyTo, at: grant.warnAt }),
    ],
    entries: [
      approvalEntry(request, decision),
      entry('grant.extended', grant, { at, facts: { by: request.id, digest: request.digest, endAt } }),
    ],
  });
  return { request, grant };
}
