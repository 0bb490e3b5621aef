import type { Access } from './access.ts';
import type { AccessDeps } from './deps.ts';
import { entry } from './entries.ts';
import { NotFound, Refused, StateConflict } from './errors.ts';
import type { Grant } from './grant.ts';
import { grantJob } from './jobs.ts';
import { maySee } from './records.ts';
import { getActiveProfile } from './standing.ts';

/** What cannot be taken away for now: everything for the partner's staff, their own tenant's for a customer's people. */
export function createStuckAccess(deps: AccessDeps): Access['stuck'] {
  return async ({ person }) => {
    const policy = deps.policySource.current();
    await getActiveProfile(deps, person);
    const stuck = await deps.store.stuckGrants();
    return stuck.filter(({ entitlement }) => maySee(policy, person, entitlement));
  };
}

/**
 * Makes stuck grants due now: all of them, or one. Answers those whose next try is under way.
 *
 * @param by who asked for it, for the ledger, e.g. `terminal`
 * @throws {NotFound} when there is no such grant
 * @throws {Refused} `notRunning` when it is not stuck
 */
export async function retryStuck(
  deps: Pick<AccessDeps, 'store' | 'clock'>,
  { id, by }: { id?: string | undefined; by: string },
): Promise<Grant[]> {
  const grants = id === undefined ? await deps.store.stuckGrants() : [await getStuck(deps, id)];
  const retried = await Promise.all(grants.map((grant) => retryOne(deps, grant, by)));
  return retried.filter((grant) => grant !== undefined);
}

async function getStuck({ store }: Pick<AccessDeps, 'store'>, id: string): Promise<Grant> {
  const grant = await store.findGrant(id);
  if (!grant) throw new NotFound(`There is no access ${id}.`);
  if (grant.state === 'stuck') return grant;
  throw new Refused('notRunning', `${id} is not stuck: it is ${grant.state}.`, { id, state: grant.state });
}

/** Names the revision it read, so that what has just ended is not stirred up. */
async function retryOne(
  { store, clock }: Pick<AccessDeps, 'store' | 'clock'>,
  grant: Grant,
  by: string,
): Promise<Grant | undefined> {
  const at = clock.now();
  const next: Grant = { ...grant, revision: grant.revision + 1, nextTryAt: at };
  try {
    await store.commit({
      grant: next,
      jobs: [grantJob(next, { at, direction: 'take' })],
      entries: [entry('grant.retry.asked', next, { at, facts: { by } })],
    });
    return next;
  } catch (error) {
    // It is being worked on right now: that is the try.
    if (error instanceof StateConflict) return undefined;
    throw error;
  }
}
