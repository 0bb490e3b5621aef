import type { Access } from './access.ts';
import type { AccessRequest } from './access-request.ts';
import { cardPlaces } from './access-request.ts';
import type { AccessDeps } from './deps.ts';
import { entry } from './entries.ts';
import { Refused, StateConflict } from './errors.ts';
import { requestJobId } from './jobs.ts';
import { cardMail } from './mail.ts';
import { samePerson } from './person.ts';
import { getRequestFor } from './records.ts';

/** The requester takes the request back. @throws {Refused} `notYours` @throws {StateConflict} when it is closed */
export function createCancelRequest(deps: AccessDeps): Access['cancel'] {
  return async ({ requestId, person }) => {
    const request = await getRequestFor(deps, requestId, person);
    if (!samePerson(request.requester, person)) {
      throw new Refused('notYours', 'Only the person who asked can take a request back.', { id: requestId });
    }
    if (request.state !== 'pending') throw new StateConflict(`${request.id} is ${request.state} already`);
    const at = deps.clock.now();
    const cancelled: AccessRequest = {
      ...request,
      revision: request.revision + 1,
      state: 'cancelled',
      closedAt: at,
      closedByName: request.requesterName,
    };
    await deps.store.commit({
      request: cancelled,
      jobs: [{ jobId: requestJobId(request.id), done: true }],
      mail: cardPlaces(cancelled).map((place) => cardMail(cancelled.id, place, at)),
      entries: [entry('request.cancelled', cancelled, { at, actor: person })],
    });
    return cancelled;
  };
}
