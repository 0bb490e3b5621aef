import type { Access } from './access.ts';
import type { AccessDeps } from './deps.ts';
import { Refused } from './errors.ts';
import type { Grant } from './grant.ts';
import { samePerson } from './person.ts';
import type { Policy } from './policy.ts';
import { getGrantFor } from './records.ts';
import { buildRequest, getAllowed, postRequest } from './request-access.ts';
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
    const { justification, ticket, entitlement } = grant;
    const asking = {
      requester: ask.person,
      justification,
      replyTo: ask.replyTo,
      ...(ticket !== undefined && { ticket }),
    };
    return postRequest(
      deps,
      buildRequest(deps, { ask: asking, profile, policy, ruling, entitlement, running: grant }),
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
