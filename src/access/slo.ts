import type { Access } from './access.ts';
import type { AccessDeps } from './deps.ts';
import { Refused } from './errors.ts';
import { dueToLeaveAt } from './grant.ts';
import type { Figures } from './punctuality.ts';
import { figuresOf } from './punctuality.ts';
import { getActiveProfile } from './standing.ts';

/** How punctual we were, and what is overdue now. Instants epoch ms, durations ms. */
export interface Slo extends Figures {
  since: number;
  until: number;
  /** How many are stuck now. */
  stuck: number;
  /** How late the removal is that is overdue the longest; 0 when none is. */
  oldestOverdueMs: number;
}

/** The figures, for the partner's own staff: they tell of all customers at once. */
export function createSlo(deps: AccessDeps): Access['slo'] {
  return async ({ person, periodMs }) => {
    await getActiveProfile(deps, person);
    if (person.tenantId !== deps.policySource.current().partner.tenantId) {
      throw new Refused('notAllowedToSee', 'The figures are for the staff of the partner.');
    }
    return readSlo(deps, periodMs);
  };
}

/** The figures of the last `periodMs`. @throws {Unavailable} when the store does not answer */
export async function readSlo(
  { store, clock }: Pick<AccessDeps, 'store' | 'clock'>,
  periodMs: number,
): Promise<Slo> {
  const until = clock.now();
  const since = until - periodMs;
  const [records, stuck, earliestAt] = await Promise.all([
    store.punctuality(since),
    store.stuckGrants(),
    store.earliestTakeAt(),
  ]);
  const dueAt = [...stuck.map(dueToLeaveAt), ...(earliestAt === undefined ? [] : [earliestAt])];
  return {
    since,
    until,
    ...figuresOf(records),
    stuck: stuck.length,
    oldestOverdueMs: Math.max(0, until - Math.min(until, ...dueAt)),
  };
}

/** The share of removals that came to their end, 0 to 1: ended, of those and the ones that are stuck. */
export function revokeSuccess({ ended, stuck }: Pick<Slo, 'ended' | 'stuck'>): number {
  return ended + stuck === 0 ? 1 : ended / (ended + stuck);
}
