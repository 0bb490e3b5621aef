import type { AccessRequest } from './access-request.ts';
import { cardPlaces } from './access-request.ts';
import type { AccessDeps } from './deps.ts';
import { entry } from './entries.ts';
import { requestJob } from './jobs.ts';
import { cardMail, noticeMail } from './mail.ts';
import type { Claim } from './ports.ts';

/** The job of a request: closes it when its open stage has had its time. */
export function createTimeOutRequest(deps: AccessDeps): (id: string, claim: Claim) => Promise<void> {
  return async (id, claim) => {
    const request = await deps.store.findRequest(id);
    const at = deps.clock.now();
    if (request?.state !== 'pending') {
      await deps.store.commit({ jobs: [{ jobId: claim.jobId, done: true }], entries: [], claim });
      return;
    }
    if (at < request.stageEndsAt) {
      await deps.store.commit({ jobs: [requestJob(id, request.stageEndsAt)], entries: [], claim });
      return;
    }
    const timedOut: AccessRequest = {
      ...request,
      revision: request.revision + 1,
      state: 'timedOut',
      closedAt: at,
    };
    await deps.store.commit({
      request: timedOut,
      jobs: [{ jobId: claim.jobId, done: true }],
      mail: [
        ...cardPlaces(timedOut).map((place) => cardMail(timedOut.id, place, at)),
        noticeMail('timedOut', { subjectId: timedOut.id, place: timedOut.replyTo, at }),
      ],
      entries: [entry('request.timedOut', timedOut, { at })],
      claim,
    });
  };
}
