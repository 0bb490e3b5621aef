import { createHash, randomUUID } from 'node:crypto';
import type { AccessRequest } from '../access/access-request.ts';
import { fingerprint } from '../access/access-request.ts';
import { isOpen } from '../access/grant.ts';
import { jobSubject } from '../access/jobs.ts';
import { placeKey } from '../access/place.ts';
import { punctualityOf } from '../access/punctuality.ts';
import type { Commit } from '../access/ports.ts';
import type { Grant } from '../access/grant.ts';
import type { CommitPlan, PlannedJob, PlannedRecord } from './commit-script.ts';
import type { Keys } from './keys.ts';
import { isRequestId } from './keys.ts';
import { writePunctuality } from './punctuality.ts';

/** Figures of so many ended grants are kept per shard. */
const MOST_FIGURES = 100_000;

/** What a plan depends on besides the commit. */
export interface PlanGround {
  keys: Keys;
  now: number;
  /** How long ended grants, closed requests and gone stays are kept, ms. */
  retentionMs: number;
}

/**
 * The shard a commit belongs to.
 *
 * @throws {RangeError} when its parts belong to different customers' shards: that cannot be one step
 */
export function shardOfCommit(commit: Commit, keys: Keys): number {
  const ids = [commit.request?.id, commit.grant?.id, commit.claim && jobSubject(commit.claim).id];
  for (const job of commit.jobs ?? []) ids.push(jobSubject(job).id);
  for (const item of commit.mail ?? []) ids.push(item.subjectId);
  const shards = new Set(ids.filter((id) => id !== undefined).map((id) => keys.shardOf(id)));
  if (commit.stay) shards.add(keys.shardOfTenant(commit.stay.tenantId));
  if (shards.size > 1) throw new RangeError('one commit cannot span the records of several shards');
  const subject = commit.entries.find((entry) => isRequestId(entry.subjectId))?.subjectId;
  const [shard = subject === undefined ? 0 : keys.shardOf(subject)] = shards;
  return shard;
}

/** True for what takes access away, closes something or only moves jobs: it must work on a full Redis too. */
export function takesAway({ request, grant }: Commit): boolean {
  if (grant) return grant.state === 'revoking' || grant.state === 'ended' || grant.state === 'stuck';
  return request === undefined || (request.state !== 'pending' && request.state !== 'approved');
}

/** Says in full what one commit does to Redis. */
export function planCommit(commit: Commit, ground: PlanGround): { shard: number; plan: CommitPlan } {
  const { keys } = ground;
  const shard = shardOfCommit(commit, keys);
  const plan: CommitPlan = {
    nonce: keys.committed(shard, randomUUID()),
    now: ground.now,
    ...(commit.claim && { claim: { id: commit.claim.jobId, token: String(commit.claim.token) } }),
    records: planRecords(commit, ground),
    add: [],
    remove: [],
    expire: [],
    jobs: (commit.jobs ?? []).map(planJob),
    mail: (commit.mail ?? []).map((item) => ({
      id: item.id,
      class: 'mail',
      lane: placeKey(item.place),
      at: item.at,
      item: JSON.stringify(item),
    })),
    ledger: keys.ledger(shard),
    entries: commit.entries.map((entry) => JSON.stringify(entry)),
  };
  if (commit.request) planRequestIndexes(plan, { request: commit.request, keys, shard });
  if (commit.grant) planGrantIndexes(plan, { grant: commit.grant, shard, ground });
  return { shard, plan };
}

function planJob(job: NonNullable<Commit['jobs']>[number]): PlannedJob {
  if ('done' in job) return { id: job.jobId, done: true };
  return { id: job.jobId, class: job.lane.class, lane: job.lane.key, at: Math.round(job.at) };
}

function planRecords({ request, grant, stay }: Commit, { keys, retentionMs }: PlanGround): PlannedRecord[] {
  const records: PlannedRecord[] = [];
  const put = (
    what: PlannedRecord['what'],
    record: { revision: number },
    { key, isLive }: { key: string; isLive: boolean },
  ): void => {
    const ttlMs = isLive ? 0 : retentionMs;
    records.push({ what, key, revision: record.revision, json: writeRecord(record), ttlMs });
  };
  if (request) {
    const becomes = grant?.id === request.id && isOpen(grant);
    put('request', request, {
      key: keys.request(request.id),
      isLive: request.state === 'pending' || becomes,
    });
  }
  if (grant) put('grant', grant, { key: keys.grant(grant.id), isLive: isOpen(grant) });
  if (stay) put('stay', stay, { key: keys.stay(stay), isLive: stay.status !== 'gone' });
  return records;
}

function planRequestIndexes(
  plan: CommitPlan,
  { request, keys, shard }: { request: AccessRequest; keys: Keys; shard: number },
): void {
  const isPending = request.state === 'pending';
  const digest = createHash('sha256').update(fingerprint(request)).digest('hex');
  plan.fingerprint = {
    key: keys.fingerprint(shard, digest),
    id: request.id,
    act: isPending ? 'take' : 'free',
  };
  const lists = [
    keys.ofCustomer(shard, 'pending', request.customerSlug),
    keys.ofPerson(shard, 'pending', request.requester),
  ];
  (isPending ? plan.add : plan.remove).push(...lists.map((key) => ({ key, member: request.id })));
}

function planGrantIndexes(
  plan: CommitPlan,
  { grant, shard, ground }: { grant: Grant; shard: number; ground: PlanGround },
): void {
  const { keys, now, retentionMs } = ground;
  const { id, customerSlug, person } = grant;
  const lists = [keys.ofCustomer(shard, 'open', customerSlug), keys.ofPerson(shard, 'open', person)];
  (isOpen(grant) ? plan.add : plan.remove).push(...lists.map((key) => ({ key, member: id })));
  (grant.state === 'stuck' ? plan.add : plan.remove).push({ key: keys.stuck(shard), member: id });
  // The request is kept as long as the grant it became.
  if (!isOpen(grant)) plan.expire.push({ key: keys.request(id), ttlMs: retentionMs });
  const punctuality = punctualityOf(grant);
  if (!punctuality) return;
  plan.figure = {
    key: keys.punctuality(shard),
    member: JSON.stringify(writePunctuality(punctuality)),
    at: punctuality.goneAt,
    keepFrom: now - retentionMs,
    most: MOST_FIGURES,
  };
}

/** The revision comes first, where a script can read it without reading what people wrote. */
function writeRecord(record: { revision: number }): string {
  const { revision, ...rest } = record;
  return JSON.stringify({ revision, ...rest });
}
