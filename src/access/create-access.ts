import type { Access } from './access.ts';
import { createCancelRequest } from './cancel-request.ts';
import { createDecideRequest } from './decide-request.ts';
import type { AccessDeps } from './deps.ts';
import { createFinishAccess, createRevokeAccess } from './end-access.ts';
import { createExtendAccess } from './extend-access.ts';
import { withFreshRead } from './fresh-read.ts';
import { createMyAccess, createOffers, createShowAccess, createWhoHasAccess } from './read-access.ts';
import { createRequestAccess } from './request-access.ts';
import { createRunJob } from './run-job.ts';
import { createSlo } from './slo.ts';
import { createStuckAccess } from './stuck-access.ts';

/** Joins the services of the subject over one set of ports. */
export function createAccess(deps: AccessDeps): Access {
  const [decide, cancel, finish, revoke] = [
    createDecideRequest(deps),
    createCancelRequest(deps),
    createFinishAccess(deps),
    createRevokeAccess(deps),
  ];
  return {
    request: createRequestAccess(deps),
    decide: (ask) => withFreshRead(() => decide(ask)),
    cancel: (ask) => withFreshRead(() => cancel(ask)),
    finish: (ask) => withFreshRead(() => finish(ask)),
    revoke: (ask) => withFreshRead(() => revoke(ask)),
    extend: createExtendAccess(deps),
    who: createWhoHasAccess(deps),
    stuck: createStuckAccess(deps),
    slo: createSlo(deps),
    mine: createMyAccess(deps),
    show: createShowAccess(deps),
    offers: createOffers(deps),
    runJob: createRunJob(deps),
  };
}
