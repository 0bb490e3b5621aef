import type { AccessDeps } from './deps.ts';
import { entry } from './entries.ts';
import { Misconfigured, Refused, StateConflict, Unavailable } from './errors.ts';
import type { EndCause, Grant, Hindrance } from './grant.ts';
import { dueToLeaveAt } from './grant.ts';
import type { Work } from './guest-room.ts';
import { moveOut } from './guest-room.ts';
import { grantJob } from './jobs.ts';
import type { MailItem } from './mail.ts';
import { cardMail, noticeMail } from './mail.ts';
import type { Person } from './person.ts';
import type { AssignmentRef, Claim, JobChange } from './ports.ts';

/** Removal whose next try would come later than this is shouted about at once. */
const OVERDUE_MS = 60_000;
/** While it is stuck, the operators hear of it again this often. */
const REMIND_MS = 24 * 3_600_000;
const STUCK_RETRY_MS = 60_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 60_000;

/** Why access ends now, and by whom. */
export interface Ending {
  cause: EndCause;
  reason?: string;
  by?: { person: Person; name: string };
}

/** The grant on its way out, and what has to be stored with it. */
export function startRemoval(deps: AccessDeps, grant: Grant, ending: Ending): { grant: Grant; at: number } {
  const at = deps.clock.now();
  const { lastError: _, obstacle: __, ...rest } = grant;
  const leaving: Grant = {
    ...rest,
    revision: grant.revision + 1,
    state: 'revoking',
    endCause: ending.cause,
    revokingAt: at,
    attempts: 0,
    ...(ending.reason !== undefined && { endReason: ending.reason }),
    ...(ending.by && { endedByName: ending.by.name }),
  };
  return { grant: leaving, at };
}

/** Stores that a grant leaves; its job is due at once in the lane that takes. */
export async function beginRemoval(
  deps: AccessDeps,
  { grant, claim }: { grant: Grant; claim?: Claim },
  ending: Ending,
): Promise<void> {
  const { grant: leaving, at } = startRemoval(deps, grant, ending);
  await deps.store.commit({
    grant: leaving,
    ...(claim && { claim }),
    jobs: [grantJob(leaving, { at, direction: 'take' })],
    mail: leaving.places.map((place) => cardMail(leaving.id, place, at)),
    entries: [
      entry('grant.leaving', leaving, {
        at,
        facts: { cause: ending.cause },
        ...(ending.by && { actor: ending.by.person }),
      }),
    ],
  });
}

/**
 * The job of a grant that leaves: the role assignment, then the guest if it is ours and nobody else needs it; each read
 * back. Never given up: what cannot be removed is `stuck`, told to the operators, and tried again for ever.
 */
export async function removeAccess(deps: AccessDeps, work: Work): Promise<void> {
  try {
    const grant = await removeAssignment(deps, work);
    await moveOut(deps, { grant, claim: work.claim });
    await end(deps, { grant, claim: work.claim });
  } catch (error) {
    if (error instanceof StateConflict) throw error;
    const grant = (await deps.store.findGrant(work.grant.id)) ?? work.grant;
    await keepTrying(deps, { grant, claim: work.claim }, error);
  }
}

async function removeAssignment(deps: AccessDeps, { grant, claim }: Work): Promise<Grant> {
  const { assignment, entitlement } = grant;
  if (!assignment || assignment.status === 'existed') return grant;
  const ref = { entitlement, assignmentId: assignment.assignmentId, principalId: assignment.principalId };
  if (assignment.status === 'removed') {
    // Once more: a call that was under way may have made it again.
    await unassignForSure(deps, ref);
    return grant;
  }
  const going = await intendRemoval(deps, { grant, claim }, ref.assignmentId);
  await unassignForSure(deps, ref);
  const at = deps.clock.now();
  const removed: Grant = {
    ...going,
    revision: going.revision + 1,
    assignment: { ...assignment, status: 'removed', changedAt: at },
  };
  await deps.store.commit({
    grant: removed,
    claim,
    entries: [entry('assignment.removed', removed, { at, facts: { assignmentId: ref.assignmentId } })],
  });
  return removed;
}

/** Written down before the first call, with the instant of that call; later tries leave the instant as it is. */
async function intendRemoval(deps: AccessDeps, { grant, claim }: Work, assignmentId: string): Promise<Grant> {
  const at = deps.clock.now();
  const isFirst = grant.firstDeleteAt === undefined;
  const going: Grant = isFirst ? { ...grant, revision: grant.revision + 1, firstDeleteAt: at } : grant;
  await deps.store.commit({
    ...(isFirst && { grant: going }),
    claim,
    entries: [entry('assignment.remove.intended', grant, { at, facts: { assignmentId } })],
  });
  return going;
}

/**
 * Removes an assignment and sees that it is gone.
 * @throws {Unavailable} while it can still be read
 */
export async function unassignForSure(deps: AccessDeps, ref: AssignmentRef): Promise<void> {
  await deps.entitlements.unassign(ref);
  if (await deps.entitlements.exists(ref)) {
    throw new Unavailable('The role assignment can still be read.', 1_000);
  }
}

/** The job of a grant that has ended, put again because a call came through late: what came of it is taken away. */
export async function sweepEnded(deps: AccessDeps, { grant, claim }: Work): Promise<void> {
  const commit = (job: JobChange): Promise<void> => deps.store.commit({ jobs: [job], entries: [], claim });
  try {
    await removeAssignment(deps, { grant, claim });
    await moveOut(deps, { grant, claim });
  } catch (error) {
    if (error instanceof StateConflict) throw error;
    deps.log.error('grant.late.left', { grantId: grant.id, reason: inWords(error) });
    await commit(grantJob(grant, { at: deps.clock.now() + STUCK_RETRY_MS, direction: 'take' }));
    return;
  }
  await commit({ jobId: claim.jobId, done: true });
}

async function end(deps: AccessDeps, { grant, claim }: Work): Promise<void> {
  const at = deps.clock.now();
  const { redeemUrl: _, lastError: __, nextTryAt: ___, obstacle: ____, ...rest } = grant;
  const ended: Grant = { ...rest, revision: grant.revision + 1, state: 'ended', endedAt: at, attempts: 0 };
  await deps.store.commit({
    grant: ended,
    claim,
    jobs: [{ jobId: claim.jobId, done: true }],
    mail: [...cards(ended, at), ...endNotices(ended, at)],
    entries: [
      entry('grant.ended', ended, {
        at,
        facts: { cause: ended.endCause ?? 'expiry', lateMs: Math.max(0, at - dueToLeaveAt(ended)) },
      }),
    ],
  });
}

/** Tells the engineer, and then takes the buttons off what they were told while it ran. */
function endNotices(grant: Grant, at: number): MailItem[] {
  const told = { subjectId: grant.id, place: grant.replyTo };
  if (grant.activeAt === undefined) return [noticeMail('failed', { ...told, at })];
  const stale = (['accessReady', 'warning', 'extended'] as const).map((kind) =>
    noticeMail(kind, { ...told, at: at + 1 }),
  );
  return [noticeMail('ended', { ...told, at }), ...stale];
}

function cards(grant: Grant, at: number): MailItem[] {
  return grant.places.map((place) => cardMail(grant.id, place, at));
}

async function keepTrying(deps: AccessDeps, work: Work, error: unknown): Promise<void> {
  const { grant } = work;
  const now = deps.clock.now();
  const hopeless = error instanceof Misconfigured || error instanceof Refused;
  const overdue = nextTryAt(grant, { error, now }) - (grant.revokingAt ?? now) > OVERDUE_MS;
  if (!hopeless && !(error instanceof Unavailable)) {
    deps.log.error('grant.removal.defect', { grantId: grant.id, error: String(error) });
  }
  const isNews = grant.state === 'stuck' ? now >= (grant.toldAt ?? 0) + REMIND_MS : hopeless || overdue;
  if (isNews) return shout(deps, work, error);
  await backOff(deps, work, { error, direction: 'take' });
}

/** The grant is stuck, and the operators are told: when it becomes so, and again each day. */
async function shout(deps: AccessDeps, { grant, claim }: Work, error: unknown): Promise<void> {
  const at = deps.clock.now();
  const nextAt = nextTryAt({ ...grant, state: 'stuck' }, { error, now: at });
  const stuck: Grant = {
    ...withFailure(grant, error),
    revision: grant.revision + 1,
    state: 'stuck',
    stuckAt: grant.stuckAt ?? at,
    toldAt: at,
    nextTryAt: nextAt,
  };
  deps.log.error('grant.stuck', { grantId: grant.id, reason: stuck.lastError });
  await deps.store.commit({
    grant: stuck,
    claim,
    jobs: [grantJob(stuck, { at: nextAt, direction: 'take' })],
    mail: [
      ...cards(stuck, at),
      ...deps.policySource
        .current()
        .operators.map((place) => noticeMail('stuck', { subjectId: stuck.id, place, at })),
    ],
    entries: [entry('grant.stuck', stuck, { at })],
  });
}

/** Stores a failed try and makes the job due again later: doubling, or as long as we were asked to wait. */
export async function backOff(
  deps: AccessDeps,
  { grant, claim }: Work,
  { error, direction }: { error: unknown; direction: 'give' | 'take' },
): Promise<void> {
  const now = deps.clock.now();
  const at = nextTryAt(grant, { error, now });
  const tried: Grant = {
    ...withFailure(grant, error),
    revision: grant.revision + 1,
    ...(direction === 'take' && { nextTryAt: at }),
  };
  deps.log.warn('grant.retry', { grantId: grant.id, attempts: tried.attempts, inMs: at - now });
  await deps.store.commit({
    grant: tried,
    claim,
    // At its end it goes into the lane that takes, whatever it was waiting for.
    jobs: [
      direction === 'give' && at >= grant.endAt
        ? grantJob(tried, { at: grant.endAt, direction: 'take' })
        : grantJob(tried, { at, direction }),
    ],
    entries: [],
  });
}

function nextTryAt(grant: Grant, { error, now }: { error: unknown; now: number }): number {
  const wait = grant.state === 'stuck' ? STUCK_RETRY_MS : retryMs(grant.attempts);
  return now + Math.max(wait, error instanceof Unavailable ? error.retryAfterMs : 0);
}

/** Doubles from half a second to a minute. */
function retryMs(attempts: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempts, 10));
}

/** One more failed try on the record: what was said, and which kind of obstacle it is. */
function withFailure(grant: Grant, error: unknown): Grant {
  const { obstacle: _, ...rest } = grant;
  const obstacle = hindranceOf(error);
  return {
    ...rest,
    attempts: grant.attempts + 1,
    lastError: inWords(error),
    ...(obstacle !== undefined && { obstacle }),
  };
}

function hindranceOf(error: unknown): Hindrance | undefined {
  if (error instanceof Unavailable) return 'noAnswer';
  if (error instanceof Misconfigured) return error.obstacle;
  return error instanceof Refused ? (error.facts.obstacle as Hindrance | undefined) : undefined;
}

/** At most 500 characters of what a vendor or we said. */
function inWords(error: unknown): string {
  const text =
    error instanceof Misconfigured ? `${error.message} ${error.remedy}` : String((error as Error)?.message);
  return text.slice(0, 500);
}
