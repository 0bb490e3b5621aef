import type { AccessRequest } from './access-request.ts';
import type { Entitlement } from './entitlement.ts';
import type { Grant } from './grant.ts';
import type { GuestStay } from './guest-stay.ts';
import type { MailItem } from './mail.ts';
import type { Marker } from './marker.ts';
import type { Person, Profile } from './person.ts';
import type { Policy } from './policy.ts';
import type { Punctuality } from './punctuality.ts';

/** Trusted time: the median of Redis, this host and Azure. */
export interface Clock {
  /** Epoch ms, UTC. */
  now(): number;
  /** True when the three clocks are more than 5 s apart: nothing is granted then. */
  inDoubt(): boolean;
}

/** Randomness and hashing, handed in. */
export interface Ids {
  /**
   * A fresh request id, `AR-` and eight characters of Crockford's base 32. The first says where the records of this
   * customer live.
   *
   * @param tenantId the customer's tenant, lower-case GUID
   */
  newRequestId(tenantId: string): string;
  /** SHA-256 as 64 hex digits. */
  sha256(text: string): string;
}

/** The policy in force now. */
export interface PolicySource {
  current(): Policy;
}

/**
 * The directories. Answers are at most 60 s old; an error is an `Unavailable`, never an empty answer.
 */
export interface Directory {
  findProfile(person: Person): Promise<Profile | undefined>;
  /** Which of these groups of the partner's tenant the person is in, transitively. */
  memberOf(person: Person, groupIds: readonly string[]): Promise<readonly string[]>;
}

/** A finding that forbids the grant, in words for the requester and the approvers. */
export interface Obstacle {
  code:
    | 'roleUnknown'
    | 'scopeUnknown'
    | 'subscriptionDisabled'
    | 'locked'
    | 'denied'
    | 'cannotRemove'
    | 'cannotAssign'
    | 'invitesOff'
    | 'guestBlocked'
    | 'consentMissing'
    | 'noMail'
    | 'assignmentLimit';
  message: string;
  remedy: string;
}

/** What was found before asking anyone. */
export interface Preflight {
  obstacles: readonly Obstacle[];
  /** True when the person holds the same role at the same scope already, not from us. */
  alreadyHeld: boolean;
  /** Facts looked up by id for the card. */
  roleTitle: string;
  scopeTitle: string;
}

/** An account found in a customer's tenant for one of our people. */
export interface FoundGuest {
  objectId: string;
  accountEnabled: boolean;
  /** True once the person has redeemed the invitation. */
  redeemed: boolean;
}

/** B2B guests in customers' tenants. Every method may throw `Unavailable`, `Misconfigured` or `Refused('preflight')`. */
export interface Guests {
  find(ask: { tenantId: string; profile: Profile; knownObjectId?: string }): Promise<FoundGuest | undefined>;
  invite(ask: { tenantId: string; profile: Profile }): Promise<{ objectId: string; redeemUrl: string }>;
  /** Deletes the guest; resolves when the directory says so, also when it was gone before. */
  remove(ask: { tenantId: string; objectId: string }): Promise<void>;
  /** True while the account can still be read. */
  exists(ask: { tenantId: string; objectId: string }): Promise<boolean>;
}

/** What names one assignment towards Azure. */
export interface AssignmentRef {
  entitlement: Entitlement;
  assignmentId: string;
  principalId: string;
}

/** A role assignment found in a subscription that may be ours. Ids are lower case. */
export interface FoundAssignment {
  assignmentId: string;
  principalId: string;
  roleDefinitionId: string;
  /** ARM id with a leading slash, as Azure writes it. */
  scope: string;
  /** Azure's own note of when it was made, epoch ms. */
  createdAt?: number;
  /** What its description says; the customer can change it, so it proves nothing alone. */
  marker?: Marker;
  /** True when Azure's own note says that our service principal made it; nobody can change that. */
  byUs: boolean;
}

/** Turning an Entitlement into an object in Azure and back. Same errors as `Guests`. */
export interface Entitlements {
  preflight(ask: { entitlement: Entitlement; profile: Profile }): Promise<Preflight>;
  /** The name the assignment of this grant will have: always the same for the same input. */
  assignmentIdFor(ask: { grantId: string; entitlement: Entitlement; principalId: string }): string;
  /**
   * Makes it, or finds that it is there. `existed` means somebody else's assignment gives the same access: not ours.
   * `onAccepted` is called when Azure has accepted it, before it is read back.
   */
  assign(
    ask: AssignmentRef & { grantId: string; endAt: number; onAccepted?: () => void },
  ): Promise<{ status: 'made' | 'existed'; assignmentId: string }>;
  /** Writes a new end on an assignment of ours, in place. */
  move(ask: AssignmentRef & { grantId: string; endAt: number }): Promise<void>;
  /** Removes it; resolves also when it was gone before. */
  unassign(ask: AssignmentRef): Promise<void>;
  exists(ask: AssignmentRef): Promise<boolean>;
  /**
   * Every assignment at or below a subscription that our service principal made, or that bears a marker. It may be
   * some time behind; nothing in a subscription that is gone.
   */
  list(ask: { tenantId: string; subscriptionId: string }): Promise<FoundAssignment[]>;
}

/**
 * Which queue a job waits in. `take` (what removes access) goes before `give`; each key has its own budget towards
 * Azure. `clock` jobs need no budget.
 */
export interface Lane {
  class: 'take' | 'give' | 'clock';
  /** `<tenant id>/<subscription id>`; empty for `clock`. */
  key: string;
}

/** A job taken out of the due index under a lease. The token fences out whoever held it before. */
export interface Claim {
  jobId: string;
  token: number;
  lane: Lane;
  /** When it was due, epoch ms. */
  dueAt: number;
}

/** What happens to a job in the same step as the records: due at an instant, or done. */
export type JobChange = { jobId: string; at: number; lane: Lane } | { jobId: string; done: true };

/** One line of the record of what happened. Facts hold ids, never secrets. */
export interface LedgerEntry {
  at: number;
  event: string;
  customerSlug: string;
  /** Request or grant id. */
  subjectId: string;
  /** `<tenant>/<object id>` of the person who acted; absent when Latchkey acted by itself. */
  actor?: string;
  facts?: Readonly<Record<string, string | number>>;
}

/**
 * One all-or-nothing write. Records carry the revision they will have; each is stored only if the stored one is exactly
 * one behind (nothing stored for revision 1).
 */
export interface Commit {
  request?: AccessRequest;
  grant?: Grant;
  stay?: GuestStay;
  jobs?: readonly JobChange[];
  mail?: readonly MailItem[];
  entries: readonly LedgerEntry[];
  /** The lease under which this is done; the write fails when it was lost. A job change of its own job ends the lease. */
  claim?: Claim;
}

/** Where the records live. */
export interface Store {
  /**
   * @throws {StateConflict} when a record moved on, or the lease was lost; nothing is written then
   * @throws {Refused} `alreadyPending` (fact `id`) when an identical request is pending
   * @throws {Unavailable} when the store cannot be reached or has no room
   */
  commit(commit: Commit): Promise<void>;
  findRequest(id: string): Promise<AccessRequest | undefined>;
  findGrant(id: string): Promise<Grant | undefined>;
  findStay(stay: Pick<GuestStay, 'tenantId' | 'person'>): Promise<GuestStay | undefined>;
  /** Grants that have not ended, from an index. */
  openGrantsOfCustomer(customerSlug: string): Promise<Grant[]>;
  openGrantsOfPerson(person: Person): Promise<Grant[]>;
  pendingRequestsOfCustomer(customerSlug: string): Promise<AccessRequest[]>;
  pendingRequestsOfPerson(person: Person): Promise<AccessRequest[]>;
  /** Grants that cannot be taken away for now, from an index; the one that is due the longest comes first. */
  stuckGrants(): Promise<Grant[]>;
  /** How punctual the grants were that ended at `since` or later, epoch ms; what is over for 90 days is forgotten. */
  punctuality(since: number): Promise<Punctuality[]>;
  /** The earliest instant that waits in the lanes that take, epoch ms; it may still be to come. */
  earliestTakeAt(): Promise<number | undefined>;
  /** Counts one more request of this person in the running hour and answers how many that makes. */
  countAsk(person: Person, now: number): Promise<number>;
}

/** What happened, for operators. One line of JSON each; never a secret, never free text of users. */
export interface Log {
  info(event: string, facts?: Readonly<Record<string, unknown>>): void;
  warn(event: string, facts?: Readonly<Record<string, unknown>>): void;
  error(event: string, facts?: Readonly<Record<string, unknown>>): void;
}
