import type { Access } from './access.ts';
import type { AccessDeps } from './deps.ts';
import { jobSubject } from './jobs.ts';
import type { Claim } from './ports.ts';
import { provisionAccess } from './provision-access.ts';
import { removeAccess, sweepEnded } from './remove-access.ts';
import { createTimeOutRequest } from './time-out-request.ts';

/**
 * Does what is due for one job. What a grant's job does follows from its record and the time alone, so running a job
 * twice, late, or after a crash is always right.
 * @throws {StateConflict} when a record moved on meanwhile: run it again
 * @throws {Unavailable} when the store does not answer
 */
export function createRunJob(deps: AccessDeps): Access['runJob'] {
  const timeOut = createTimeOutRequest(deps);
  return async (claim) => {
    const subject = jobSubject(claim);
    if (subject.kind === 'request') return timeOut(subject.id, claim);
    return runGrant(deps, subject.id, claim);
  };
}

async function runGrant(deps: AccessDeps, id: string, claim: Claim): Promise<void> {
  const grant = await deps.store.findGrant(id);
  if (!grant) {
    deps.log.error('grant.recordMissing', { grantId: id });
    return deps.store.commit({ jobs: [{ jobId: claim.jobId, done: true }], entries: [], claim });
  }
  switch (grant.state) {
    case 'ended':
      return sweepEnded(deps, { grant, claim });
    case 'provisioning':
    case 'active':
      return provisionAccess(deps, { grant, claim });
    case 'revoking':
    case 'stuck':
      return removeAccess(deps, { grant, claim });
  }
}
