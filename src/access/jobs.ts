import { subscriptionOf } from './entitlement.ts';
import type { Grant } from './grant.ts';
import type { Claim, JobChange, Lane } from './ports.ts';

/** The one job of a grant: provisioning, then its end. */
export function grantJobId(grantId: string): string {
  return `grant:${grantId}`;
}

/** The one job of a request: the end of its open stage. */
export function requestJobId(requestId: string): string {
  return `request:${requestId}`;
}

/** What a job is about. */
export function jobSubject(claim: Pick<Claim, 'jobId'>): { kind: 'grant' | 'request'; id: string } {
  const [kind, id] = claim.jobId.split(':');
  if ((kind !== 'grant' && kind !== 'request') || !id) throw new RangeError(`unknown job ${claim.jobId}`);
  return { kind, id };
}

/** The lane for giving or taking a grant's access. */
export function grantLane(grant: Pick<Grant, 'entitlement'>, direction: 'give' | 'take'): Lane {
  const { tenantId, scope } = grant.entitlement;
  return { class: direction, key: `${tenantId}/${subscriptionOf(scope)}`.toLowerCase() };
}

/** The grant's job, due at an instant in the lane for that direction. */
export function grantJob(
  grant: Grant,
  { at, direction }: { at: number; direction: 'give' | 'take' },
): JobChange {
  return { jobId: grantJobId(grant.id), at, lane: grantLane(grant, direction) };
}

/** A request's job: nothing towards Azure, so no budget. */
export function requestJob(requestId: string, at: number): JobChange {
  return { jobId: requestJobId(requestId), at, lane: { class: 'clock', key: '' } };
}
