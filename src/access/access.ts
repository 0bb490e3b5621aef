import type { AccessRequest } from './access-request.ts';
import type { Verdict } from './decision.ts';
import type { Grant } from './grant.ts';
import type { Person } from './person.ts';
import type { Place } from './place.ts';
import type { Customer, Role, Stage } from './policy.ts';
import type { Claim } from './ports.ts';
import type { Slo } from './slo.ts';

/** What a person asks for, in the policy's names. Durations in ms. */
export interface AccessAsk {
  requester: Person;
  customerSlug: string;
  roleName: string;
  /** Absent: the customer's `default` scope. */
  scopeName?: string;
  /** Absent: the role's default. */
  durationMs?: number;
  justification: string;
  ticket?: string;
  /** The requester's private chat with us. */
  replyTo: Place;
}

/** What one person may ask for at one customer. */
export interface Offer {
  customer: Customer;
  role: Role;
  maxMs: number;
  approve: readonly Stage[];
}

/** Everything people can do with access. Every method may throw the kinds of `errors.ts`. */
export interface Access {
  request(ask: AccessAsk): Promise<AccessRequest>;
  decide(ask: {
    requestId: string;
    version: number;
    person: Person;
    verdict: Verdict;
    /** Approve for less: at most what was asked. Ms. */
    durationMs?: number;
    reason?: string;
    /** Where the button was pressed. */
    at: Place;
  }): Promise<{ request: AccessRequest; grant?: Grant }>;
  cancel(ask: { requestId: string; person: Person }): Promise<AccessRequest>;
  /** The engineer is done early. */
  finish(ask: { grantId: string; person: Person }): Promise<Grant>;
  /** An approver, of either side, takes it away. */
  revoke(ask: { grantId: string; person: Person; reason?: string }): Promise<Grant>;
  /** Asks for more time on a running grant: a new request with the same approvers. */
  extend(ask: {
    grantId: string;
    person: Person;
    durationMs: number;
    replyTo: Place;
  }): Promise<AccessRequest>;
  who(ask: {
    person: Person;
    customerSlug: string;
  }): Promise<{ customer: Customer; grants: Grant[]; pending: AccessRequest[] }>;
  /** Grants that cannot be taken away for now, of all customers the person may see; the longest overdue first. */
  stuck(ask: { person: Person }): Promise<Grant[]>;
  /** How punctual we were over the last `periodMs`. @throws {Refused} `notAllowedToSee` for anybody but the partner's staff */
  slo(ask: { person: Person; periodMs: number }): Promise<Slo>;
  mine(ask: { person: Person }): Promise<{ grants: Grant[]; pending: AccessRequest[] }>;
  show(ask: { person: Person; id: string }): Promise<{ request: AccessRequest; grant?: Grant }>;
  /** What this person may ask for; at one customer or everywhere. */
  offers(ask: { person: Person; customerSlug?: string }): Promise<Offer[]>;
  /**
   * Does what is due for one job, under its lease. What goes wrong in Azure is stored, not thrown.
   * @throws {StateConflict} when a record moved on or the lease was lost: run it again, if it is still ours
   * @throws {Unavailable} when the store does not answer
   */
  runJob(claim: Claim): Promise<void>;
}
