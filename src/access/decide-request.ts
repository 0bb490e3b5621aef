import type { Access } from './access.ts';
import type { AccessRequest } from './access-request.ts';
import { cardPlaces } from './access-request.ts';
import { approveRequest } from './approve-request.ts';
import type { Decision, Verdict } from './decision.ts';
import type { AccessDeps } from './deps.ts';
import { entry } from './entries.ts';
import { Refused, StateConflict } from './errors.ts';
import { requestJobId } from './jobs.ts';
import { cardMail, noticeMail } from './mail.ts';
import type { Person, Profile } from './person.ts';
import { samePerson } from './person.ts';
import type { Place } from './place.ts';
import { samePlace } from './place.ts';
import { demandSureClock, getActiveProfile, getCustomer, isApprover } from './standing.ts';
import { getRequestFor } from './records.ts';

/** The shortest access one can approve. */
const SHORTEST_MS = 60_000;

type Ask = Parameters<Access['decide']>[0];

/**
 * One person's verdict. Everything is read again: the request, the policy, the person, their group and side.
 * @throws {StateConflict} when it is decided already, or somebody was faster
 * @throws {Refused} when this person may not decide this
 */
export function createDecideRequest(deps: AccessDeps): Access['decide'] {
  return async (ask) => {
    const request = await getRequestFor(deps, ask.requestId, ask.person);
    demandDecidable(deps, request, ask);
    const profile = await getActiveProfile(deps, ask.person);
    await demandRight(deps, request, ask.person);
    const decision = buildDecision(deps, { request, ask, profile });
    // Looking up the person took its time.
    if (decision.decidedAt >= request.stageEndsAt) throw new StateConflict(`${request.id} has timed out`);
    if (ask.verdict === 'deny') return { request: await denyRequest(deps, request, decision) };
    demandSureClock(deps);
    return approveRequest(deps, request, decision);
  };
}

function demandDecidable(deps: AccessDeps, request: AccessRequest, ask: Ask): void {
  if (request.state !== 'pending') throw new StateConflict(`${request.id} is ${request.state} already`);
  if (ask.version !== request.version) {
    throw new Refused('staleCard', 'This card shows an older version of the request.', { id: request.id });
  }
  if (deps.clock.now() >= request.stageEndsAt) throw new StateConflict(`${request.id} has timed out`);
  if (!mayDecideAt(request, ask.at)) {
    throw new Refused('wrongPlace', 'This request is not decided here.', { id: request.id });
  }
  demandDurationWithin(request, ask);
}

function mayDecideAt(request: AccessRequest, at: Place): boolean {
  return cardPlaces(request).some((place) => samePlace(place, at));
}

function demandDurationWithin(request: AccessRequest, { durationMs }: { durationMs?: number }): void {
  if (durationMs === undefined) return;
  if (!Number.isSafeInteger(durationMs) || durationMs < SHORTEST_MS || durationMs > request.durationMs) {
    throw new Refused('cannotBeLonger', 'One can approve what was asked, or less.', {
      mostMs: request.durationMs,
    });
  }
}

async function demandRight(deps: AccessDeps, request: AccessRequest, person: Person): Promise<void> {
  if (samePerson(person, request.requester)) {
    throw new Refused('selfApproval', 'Nobody decides their own request.', { id: request.id });
  }
  const stage = request.stages[request.stage];
  if (!stage) throw new StateConflict(`${request.id} has no open stage`);
  const policy = deps.policySource.current();
  const customer = getCustomer(policy, request.customerSlug);
  if (!(await isApprover(deps, policy, { person, customer, stage }))) {
    throw new Refused('notApprover', 'You are not among the people who decide this.', { id: request.id });
  }
  if (request.decisions.some((decision) => samePerson(decision.person, person))) {
    throw new Refused('alreadyDecidedByYou', 'You have approved this already; somebody else has to.', {
      id: request.id,
    });
  }
}

function buildDecision(
  deps: AccessDeps,
  { request, ask, profile }: { request: AccessRequest; ask: Ask; profile: Profile },
): Decision {
  const stage = request.stages[request.stage];
  const verdict: Verdict = ask.verdict;
  return {
    person: ask.person,
    name: profile.displayName,
    side: stage?.side ?? 'partner',
    stage: request.stage,
    verdict,
    version: request.version,
    digest: request.digest,
    durationMs: ask.durationMs ?? request.durationMs,
    ...(ask.reason !== undefined && ask.reason !== '' && { reason: ask.reason }),
    decidedAt: deps.clock.now(),
  };
}

async function denyRequest(
  deps: AccessDeps,
  request: AccessRequest,
  decision: Decision,
): Promise<AccessRequest> {
  const at = decision.decidedAt;
  const denied: AccessRequest = {
    ...request,
    revision: request.revision + 1,
    state: 'denied',
    decisions: [...request.decisions, decision],
    closedAt: at,
    closedByName: decision.name,
    ...(decision.reason !== undefined && { closedReason: decision.reason }),
  };
  await deps.store.commit({
    request: denied,
    jobs: [{ jobId: requestJobId(request.id), done: true }],
    mail: [
      ...cardPlaces(denied).map((place) => cardMail(denied.id, place, at)),
      noticeMail('denied', { subjectId: denied.id, place: denied.replyTo, at }),
    ],
    entries: [
      entry('request.denied', denied, { at, actor: decision.person, facts: { digest: denied.digest } }),
    ],
  });
  return denied;
}
