import type { AccessAsk } from './access.ts';
import type { AccessRequest, RequestStage } from './access-request.ts';
import { cardPlaces, fingerprint } from './access-request.ts';
import type { AccessDeps } from './deps.ts';
import { canonicalRequest } from './digest.ts';
import type { Entitlement } from './entitlement.ts';
import { entitlementKey } from './entitlement.ts';
import { entry } from './entries.ts';
import { Refused } from './errors.ts';
import type { Grant } from './grant.ts';
import { requestJob } from './jobs.ts';
import { cardMail } from './mail.ts';
import type { Person, Profile } from './person.ts';
import type { Policy, Stage } from './policy.ts';
import { placesNamed } from './policy.ts';
import type { Ruling } from './ruling.ts';
import { rule } from './ruling.ts';
import { demandSureClock, getActiveProfile, groupsOf } from './standing.ts';

/** A ruling that said yes. */
export type Allowed = Extract<Ruling, { kind: 'allowed' }>;

/**
 * Asks for access: checked against policy, running access and Azure itself, then stored and shown to the approvers.
 * Nothing is stored or posted when it is refused.
 * @throws {Refused} with every reason a request can have
 * @throws {Unavailable} when the directory, Azure or the store does not answer
 */
export function createRequestAccess(deps: AccessDeps): (ask: AccessAsk) => Promise<AccessRequest> {
  return async (ask) => {
    demandSureClock(deps);
    const policy = deps.policySource.current();
    const profile = await getActiveProfile(deps, ask.requester);
    const ruling = await getAllowed(deps, policy, ask);
    const entitlement = entitlementOf(ruling);
    await refuseAgents(deps, policy, ask.requester);
    await refuseOverlap(deps, ask, entitlement);
    await countAsk(deps, policy, ask);
    await demandClearWay(deps, entitlement, profile);
    return postRequest(deps, buildRequest(deps, { ask, profile, policy, ruling, entitlement }));
  };
}

/** Stores a new request with its time-out, and shows it in the places of its first stage. */
export async function postRequest(deps: AccessDeps, request: AccessRequest): Promise<AccessRequest> {
  const facts = { role: request.roleName, scope: request.scopeName, durationMs: request.durationMs };
  await deps.store.commit({
    request,
    jobs: [requestJob(request.id, request.stageEndsAt)],
    mail: cardPlaces(request).map((place) => cardMail(request.id, place, request.askedAt)),
    entries: [
      entry('request.asked', request, {
        at: request.askedAt,
        actor: request.requester,
        facts: { ...facts, digest: request.digest, rule: request.ruleName },
      }),
    ],
  });
  return request;
}

/** The ruling for this ask, or the refusal it amounts to. */
export async function getAllowed(
  deps: AccessDeps,
  policy: Policy,
  ask: Pick<AccessAsk, 'requester' | 'customerSlug' | 'roleName' | 'scopeName' | 'durationMs'>,
): Promise<Allowed> {
  const ruling = rule(policy, {
    person: ask.requester,
    memberOf: await groupsOf(deps, policy, ask.requester),
    customerSlug: ask.customerSlug,
    roleName: ask.roleName,
    ...(ask.scopeName !== undefined && { scopeName: ask.scopeName }),
    ...(ask.durationMs !== undefined && { durationMs: ask.durationMs }),
  });
  if (ruling.kind === 'allowed') return ruling;
  throw new Refused(ruling.code, ruling.message, { near: (ruling.near ?? []).join(', ') });
}

function entitlementOf(ruling: Allowed): Entitlement {
  return {
    kind: 'azureRole',
    tenantId: ruling.customer.tenantId,
    roleDefinitionId: ruling.role.roleDefinitionId,
    scope: ruling.scope,
  };
}

/** @throws {Refused} `agentGroupMember` for people whom an invitation as guest might harm */
export async function refuseAgents(deps: AccessDeps, policy: Policy, person: Person): Promise<void> {
  if (policy.agentGroups.length === 0) return;
  const held = await deps.directory.memberOf(person, policy.agentGroups);
  if (held.length === 0) return;
  throw new Refused(
    'agentGroupMember',
    'Members of AdminAgents and HelpdeskAgents are not invited as guests.',
  );
}

async function refuseOverlap(deps: AccessDeps, ask: AccessAsk, entitlement: Entitlement): Promise<void> {
  const same = (other: { entitlement: Entitlement }): boolean =>
    entitlementKey(other.entitlement) === entitlementKey(entitlement);
  const running = (await deps.store.openGrantsOfPerson(ask.requester)).find(
    (grant: Grant) => same(grant) && (grant.state === 'active' || grant.state === 'provisioning'),
  );
  if (running) {
    throw new Refused('alreadyGranted', `You have this access already: ${running.id}.`, {
      id: running.id,
      endAt: running.endAt,
    });
  }
  const wanted = fingerprint({ requester: ask.requester, entitlement });
  const pending = (await deps.store.pendingRequestsOfPerson(ask.requester)).find(
    (request) => fingerprint(request) === wanted,
  );
  if (pending) {
    throw new Refused('alreadyPending', `You have asked for this already: ${pending.id}.`, {
      id: pending.id,
    });
  }
}

async function countAsk(deps: AccessDeps, policy: Policy, ask: AccessAsk): Promise<void> {
  const asked = await deps.store.countAsk(ask.requester, deps.clock.now());
  const most = policy.limits.requestsPerHour;
  if (asked > most) throw new Refused('rateLimited', `At most ${most} requests an hour.`, { most });
}

async function demandClearWay(deps: AccessDeps, entitlement: Entitlement, profile: Profile): Promise<void> {
  const found = await deps.entitlements.preflight({ entitlement, profile });
  const [first] = found.obstacles;
  if (first) {
    throw new Refused('preflight', found.obstacles.map((obstacle) => obstacle.message).join(' '), {
      obstacle: first.code,
      message: found.obstacles.map((obstacle) => obstacle.message).join(' '),
      remedy: first.remedy,
    });
  }
  if (found.alreadyHeld) {
    throw new Refused('alreadyGranted', 'You hold this role at this scope already, and not from Latchkey.');
  }
}

/** What a new request is made of; `running` is the grant that it asks more time for. */
export interface Draft {
  ask: Pick<AccessAsk, 'requester' | 'justification' | 'ticket' | 'replyTo'>;
  profile: Profile;
  policy: Policy;
  ruling: Allowed;
  entitlement: Entitlement;
  running?: Grant;
}

/** A request as it is first stored. One for more time cannot wait longer than there is something to extend. */
export function buildRequest(deps: AccessDeps, draft: Draft): AccessRequest {
  const { ask, profile, policy, ruling, entitlement, running } = draft;
  const askedAt = deps.clock.now();
  const stages = ruling.stages.map((stage) => toRequestStage(policy, stage));
  const request: Omit<AccessRequest, 'digest'> = {
    id: deps.ids.newRequestId(entitlement.tenantId),
    version: 1,
    revision: 1,
    state: 'pending',
    requester: ask.requester,
    requesterName: profile.displayName,
    customerSlug: ruling.customer.slug,
    customerName: ruling.customer.name,
    roleName: ruling.role.name,
    scopeName: ruling.scopeName,
    entitlement,
    durationMs: ruling.durationMs,
    justification: ask.justification,
    ...(ask.ticket !== undefined && { ticket: ask.ticket }),
    ...(running && { extendsGrantId: running.id }),
    ruleName: ruling.rule.name,
    policyDigest: policy.digest,
    stages,
    stage: 0,
    decisions: [],
    replyTo: ask.replyTo,
    askedAt,
    stageEndsAt: Math.min(askedAt + (stages[0]?.withinMs ?? 0), running?.endAt ?? Infinity),
  };
  return { ...request, digest: deps.ids.sha256(canonicalRequest(request)) };
}

/** A stage with its places looked up, as it is kept on the request. */
function toRequestStage(policy: Policy, stage: Stage): RequestStage {
  const { side, from, count, withinMs, at } = stage;
  return { side, from, count, withinMs, places: placesNamed(policy, at) };
}
