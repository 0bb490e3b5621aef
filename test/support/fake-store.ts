import type { AccessRequest } from '../../src/access/access-request.ts';
import { fingerprint } from '../../src/access/access-request.ts';
import { Refused, StateConflict } from '../../src/access/errors.ts';
import type { Grant } from '../../src/access/grant.ts';
import { dueToLeaveAt, isOpen } from '../../src/access/grant.ts';
import type { GuestStay } from '../../src/access/guest-stay.ts';
import { stayKey } from '../../src/access/guest-stay.ts';
import type { MailItem } from '../../src/access/mail.ts';
import { personKey } from '../../src/access/person.ts';
import { punctualityOf } from '../../src/access/punctuality.ts';
import type { Claim, Commit, JobChange, Lane, LedgerEntry, Store } from '../../src/access/ports.ts';

interface Job {
  at: number;
  lane: Lane;
  token?: number;
}

/** The store in memory, for suites of the subject. Claims are handed out one at a time and never lapse by themselves. */
export interface FakeStore extends Store {
  jobs: Map<string, Job>;
  mail: Map<string, MailItem>;
  ledger: LedgerEntry[];
  grants: Map<string, Grant>;
  requests: Map<string, AccessRequest>;
  stays: Map<string, GuestStay>;
  /** Takes the earliest job that is due by `now` under a fresh lease. */
  claimDue(now: number): Claim | undefined;
  /** Lets the lease of a claim lapse, as after a crash. */
  lapse(claim: Claim): void;
}

export function createFakeStore(): FakeStore {
  const requests = new Map<string, AccessRequest>();
  const grants = new Map<string, Grant>();
  const stays = new Map<string, GuestStay>();
  const jobs = new Map<string, Job>();
  const mail = new Map<string, MailItem>();
  const ledger: LedgerEntry[] = [];
  const asks = new Map<string, number[]>();
  let tokens = 0;

  const pendingTwin = (request: AccessRequest): AccessRequest | undefined =>
    [...requests.values()].find(
      (other) => other.state === 'pending' && fingerprint(other) === fingerprint(request),
    );
  const behind = (stored: { revision: number } | undefined, next: { revision: number }): boolean =>
    (stored?.revision ?? 0) + 1 === next.revision;
  const change = (wish: JobChange): void => {
    if ('done' in wish) jobs.delete(wish.jobId);
    else jobs.set(wish.jobId, { at: wish.at, lane: wish.lane });
  };

  const check = (commit: Commit): void => {
    const { request, grant, stay, claim } = commit;
    const isStale =
      (request && !behind(requests.get(request.id), request)) ||
      (grant && !behind(grants.get(grant.id), grant)) ||
      (stay && !behind(stays.get(stayKey(stay)), stay)) ||
      (claim && jobs.get(claim.jobId)?.token !== claim.token);
    if (isStale) throw new StateConflict('the record has moved on');
    const twin = request?.revision === 1 ? pendingTwin(request) : undefined;
    if (twin) throw new Refused('alreadyPending', 'An identical request is pending.', { id: twin.id });
  };

  const openGrants = (fits: (grant: Grant) => boolean): Grant[] =>
    structuredClone([...grants.values()].filter((grant) => isOpen(grant) && fits(grant))).toSorted(
      (a, b) => a.startAt - b.startAt,
    );
  const pendingRequests = (fits: (request: AccessRequest) => boolean): AccessRequest[] =>
    structuredClone(
      [...requests.values()].filter((request) => request.state === 'pending' && fits(request)),
    ).toSorted((a, b) => a.askedAt - b.askedAt);

  return {
    jobs,
    mail,
    ledger,
    grants,
    requests,
    stays,
    commit: async (commit) => {
      check(commit);
      const copy = structuredClone(commit);
      if (copy.request) requests.set(copy.request.id, copy.request);
      if (copy.grant) grants.set(copy.grant.id, copy.grant);
      if (copy.stay) stays.set(stayKey(copy.stay), copy.stay);
      copy.jobs?.forEach(change);
      copy.mail?.forEach((item) => mail.set(item.id, item));
      ledger.push(...copy.entries);
    },
    findRequest: async (id) => structuredClone(requests.get(id)),
    findGrant: async (id) => structuredClone(grants.get(id)),
    findStay: async (stay) => structuredClone(stays.get(stayKey(stay))),
    openGrantsOfCustomer: async (slug) => openGrants((grant) => grant.customerSlug === slug),
    openGrantsOfPerson: async (person) =>
      openGrants((grant) => personKey(grant.person) === personKey(person)),
    pendingRequestsOfCustomer: async (slug) => pendingRequests((request) => request.customerSlug === slug),
    pendingRequestsOfPerson: async (person) =>
      pendingRequests((request) => personKey(request.requester) === personKey(person)),
    stuckGrants: async () =>
      openGrants(({ state }) => state === 'stuck').toSorted((a, b) => dueToLeaveAt(a) - dueToLeaveAt(b)),
    punctuality: async (since) =>
      [...grants.values()]
        .flatMap((grant) => punctualityOf(grant) ?? [])
        .filter(({ goneAt }) => goneAt >= since)
        .toSorted((a, b) => a.goneAt - b.goneAt),
    earliestTakeAt: async () => {
      const waiting = [...jobs.values()].filter(({ lane, token }) => lane.class === 'take' && !token);
      return waiting.length === 0 ? undefined : Math.min(...waiting.map(({ at }) => at));
    },
    countAsk: async (person, now) => {
      const recent = (asks.get(personKey(person)) ?? []).filter((at) => at > now - 3_600_000);
      asks.set(personKey(person), [...recent, now]);
      return recent.length + 1;
    },
    claimDue: (now) => {
      const [first] = [...jobs]
        .filter(([, job]) => job.at <= now && !job.token)
        .toSorted((a, b) => a[1].at - b[1].at);
      if (!first) return undefined;
      const [jobId, job] = first;
      job.token = ++tokens;
      return { jobId, token: job.token, lane: job.lane, dueAt: job.at };
    },
    lapse: (claim) => {
      const job = jobs.get(claim.jobId);
      if (job) delete job.token;
    },
  };
}
