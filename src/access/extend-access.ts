import type { Access } from './access.ts';
import type { AccessRequest } from './access-request.ts';
import type { AccessDeps } from './deps.ts';
import { canonicalRequest } from './digest.ts';
import { Refused } from './errors.ts';
import type { Grant } from './grant.ts';
import { samePerson } from './person.ts';
import type { Policy } from './policy.ts';
import { getGrantFor } from './records.ts';
import type { Allowed } from './request-access.ts';
import { getAllowed, postRequest, toRequestStage } from './request-access.ts';
import { demandSureClock, getActiveProfile } from './standing.ts';

type Ask = Parameters<Access['extend']>[0];

/**
 * Asks for more time on a running grant: a request of its own, decided by the same rule. The running access is not
 * touched until it is approved.
 * @throws {Refused} `notYours`, `notRunning`, `tooLong`, `alreadyPending` and all that a request can meet
 */
export function createExtendAccess(deps: AccessDeps): Access['extend'] {
  return async (ask) => {
    demandSureClock(deps);
    const policy = deps.policySource.current();
    const grant = await getGrantFor(deps, ask.grantId, ask.person);
    demandExtensible(deps, policy, { grant, ask });
    const profile = await getActiveProfile(deps, ask.person);
    const ruling = await getAllowed(deps, policy, {
      requester: ask.person,
      customerSlug: grant.customerSlug,
      roleName: grant.roleName,
      scopeName: grant.scopeName,
      durationMs: ask.durationMs,
    });
    await refusePending(deps, grant);
    const asked = await deps.store.countAsk(ask.person, deps.clock.now());
    const most = policy.limits.requestsPerHour;
    if (asked > most) throw new Refused('rateLimited', `At most ${most} requests an hour.`, { most });
    return postRequest(
      deps,
      buildExtension(deps, { ask, grant, ruling, policy, requesterName: profile.displayName }),
    );
  };
}

function demandExtensible(
  deps: AccessDeps,
  policy: Policy,
  { grant, ask }: { grant: Grant; ask: Ask },
): void {
  if (!samePerson(grant.person, ask.person)) {
    throw new Refused('notYours', 'Only the person who has the access can extend it.', { id: grant.id });
  }
  if (grant.state !== 'active' || deps.clock.now() >= grant.endAt) {
    throw new Refused('notRunning', `${grant.id} is not running.`, { id: grant.id, state: grant.state });
  }
  const whole = grant.endAt + ask.durationMs - grant.startAt;
  if (whole > policy.limits.continuousMs) {
    throw new Refused('tooLong', 'Unbroken access would become too long.', {
      maxMs: Math.max(0, grant.startAt + policy.limits.continuousMs - grant.endAt),
    });
  }
}

async function refusePending(deps: AccessDeps, grant: Grant): Promise<void> {
  const pending = (await deps.store.pendingRequestsOfPerson(grant.person)).find(
    (request) => request.extendsGrantId === grant.id,
  );
  if (pending) {
    throw new Refused('alreadyPending', `You have asked for this already: ${pending.id}.`, {
      id: pending.id,
    });
  }
}

function buildExtension(
  deps: AccessDeps,
  made: { ask: Ask; grant: Grant; ruling: Allowed; policy: Policy; requesterName: string },
): AccessRequest {
  const { ask, grant, ruling, policy } = made;
  const askedAt = deps.clock.now();
  const stages = ruling.stages.map((stage) => toRequestStage(policy, stage));
  const draft: Omit<AccessRequest, 'digest'> = {
    id: deps.ids.newRequestId(grant.entitlement.tenantId),
    version: 1,
    revision: 1,
    state: 'pending',
    requester: ask.person,
    requesterName: made.requesterName,
    customerSlug: grant.customerSlug,
    customerName: grant.customerName,
    roleName: grant.roleName,
    scopeName: grant.scopeName,
    entitlement: grant.entitlement,
    durationMs: ask.durationMs,
    justification: grant.justification,
    ...(grant.ticket !== undefined && { ticket: grant.ticket }),
    extendsGrantId: grant.id,
    ruleName: ruling.rule.name,
    policyDigest: policy.digest,
    stages,
    stage: 0,
    decisions: [],
    replyTo: ask.replyTo,
    askedAt,
    stageEndsAt: Math.min(grant.endAt, askedAt + (stages[0]?.withinMs ?? 0)),
  };
  return { ...draft, digest: deps.ids.sha256(canonicalRequest(draft)) };
}
