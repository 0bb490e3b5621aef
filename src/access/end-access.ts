import type { Access } from './access.ts';
import type { AccessDeps } from './deps.ts';
import { Refused } from './errors.ts';
import type { Grant } from './grant.ts';
import type { Person } from './person.ts';
import { samePerson } from './person.ts';
import { getGrantFor } from './records.ts';
import { beginRemoval } from './remove-access.ts';
import { getActiveProfile, getCustomer, isApprover } from './standing.ts';

/** The engineer gives access back early. @throws {Refused} `notYours`, `notRunning` */
export function createFinishAccess(deps: AccessDeps): Access['finish'] {
  return async ({ grantId, person }) => {
    const grant = await getGrantFor(deps, grantId, person);
    if (!samePerson(grant.person, person)) {
      throw new Refused('notYours', 'Only the person who has the access can finish it.', { id: grantId });
    }
    demandRunning(grant);
    await beginRemoval(deps, { grant }, { cause: 'finish', by: { person, name: grant.personName } });
    return getGrantFor(deps, grantId, person);
  };
}

/** Somebody who may approve such access takes it away. @throws {Refused} `notApprover`, `notRunning` */
export function createRevokeAccess(deps: AccessDeps): Access['revoke'] {
  return async ({ grantId, person, reason }) => {
    const grant = await getGrantFor(deps, grantId, person);
    const profile = await getActiveProfile(deps, person);
    if (!(await mayRevoke(deps, grant, person))) {
      throw new Refused('notApprover', 'Only people who may approve this access can take it away.', {
        id: grantId,
      });
    }
    demandRunning(grant);
    await beginRemoval(
      deps,
      { grant },
      {
        cause: 'revoke',
        by: { person, name: profile.displayName },
        ...(reason !== undefined && reason !== '' && { reason }),
      },
    );
    return getGrantFor(deps, grantId, person);
  };
}

async function mayRevoke(deps: AccessDeps, grant: Grant, person: Person): Promise<boolean> {
  const policy = deps.policySource.current();
  const customer = getCustomer(policy, grant.customerSlug);
  // Access that was found again in Azure has no request.
  const request = await deps.store.findRequest(grant.id);
  const stages = [...(request?.stages ?? []), { side: 'customer' as const, from: 'owners' }];
  for (const stage of stages) {
    if (stage.from !== 'owners' && !policy.groups.has(stage.from)) continue;
    if (await isApprover(deps, policy, { person, customer, stage })) return true;
  }
  return false;
}

function demandRunning(grant: Grant): void {
  if (grant.state === 'active' || grant.state === 'provisioning') return;
  throw new Refused('notRunning', `${grant.id} is not running: it is ${grant.state}.`, {
    id: grant.id,
    state: grant.state,
  });
}
