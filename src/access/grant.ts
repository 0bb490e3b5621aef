import type { Entitlement } from './entitlement.ts';
import type { Person } from './person.ts';
import type { Place } from './place.ts';
import type { Obstacle } from './ports.ts';

/** `ended` means read back and gone. `stuck` is shouted about and retried for ever. */
export type GrantState = 'provisioning' | 'active' | 'revoking' | 'ended' | 'stuck';

/** Why a grant left, or will leave; `removedOutside`: its assignment was deleted in Azure by somebody else. */
export type EndCause = 'expiry' | 'finish' | 'revoke' | 'failed' | 'deadline' | 'removedOutside';

/** Whose object it is: `intended` = written down before the call, outcome unknown; `existed` = not ours, never removed. */
export type AssignmentStatus = 'intended' | 'made' | 'existed' | 'removed';

/** What keeps access from being taken away: what the vendor or we found, or that nobody answers. */
export type Hindrance = Obstacle['code'] | 'noAnswer';

/** The role assignment Latchkey makes in Azure for this grant. */
export interface Assignment {
  /** Name of the role assignment: a GUID derived from the grant and the item, or of the one that existed. */
  assignmentId: string;
  /** Object id in the customer's tenant that holds it. */
  principalId: string;
  status: AssignmentStatus;
  changedAt: number;
}

/** The living thing an approved request makes. Instants are epoch ms, UTC. */
export interface Grant {
  /** The id of the request it came from, e.g. `AR-7K3M9PQX`. */
  id: string;
  revision: number;
  state: GrantState;
  requestVersion: number;
  /** Digest of what was shown and decided. */
  digest: string;
  person: Person;
  personName: string;
  customerSlug: string;
  customerName: string;
  roleName: string;
  scopeName: string;
  entitlement: Entitlement;
  justification: string;
  ticket?: string;
  approvedBy: readonly string[];
  replyTo: Place;
  /** Every place that shows its card. */
  places: readonly Place[];
  /** When its request was asked. */
  askedAt?: number;
  /** When the last approval came. */
  startAt: number;
  endAt: number;
  /** When Azure accepted the assignment, before it was read back. */
  acceptedAt?: number;
  /** When access was read back, and so first seen to work. */
  activeAt?: number;
  warnAt: number;
  /** Guest's object id in the customer's tenant, once known. */
  guestId?: string;
  /** First sign-in link of a new guest; told to the engineer, gone once the grant ends. */
  redeemUrl?: string;
  assignment?: Assignment;
  /** The end that the assignment's marker says; differs from `endAt` until an extension is written on it. */
  markerEndAt?: number;
  endCause?: EndCause;
  endedByName?: string;
  endReason?: string;
  /** When removal began, when Azure was first asked to delete, and when everything was seen to be gone. */
  revokingAt?: number;
  firstDeleteAt?: number;
  endedAt?: number;
  /** Failed tries of the present state, what the last one said, and what kind of obstacle that is. */
  attempts: number;
  lastError?: string;
  obstacle?: Hindrance;
  /** When a removal that failed is tried again. */
  nextTryAt?: number;
  stuckAt?: number;
  /** When the operators were last told that it is stuck. */
  toldAt?: number;
}

/** Which states may follow which. */
export const GRANT_TRANSITIONS: Readonly<Record<GrantState, readonly GrantState[]>> = {
  provisioning: ['active', 'revoking'],
  active: ['revoking'],
  revoking: ['ended', 'stuck'],
  stuck: ['revoking', 'ended'],
  ended: [],
};

/** True when a grant may go from one state to the other. */
export function canGrantMove(from: GrantState, to: GrantState): boolean {
  return GRANT_TRANSITIONS[from].includes(to);
}

/** From when lateness counts, epoch ms: the end, or the moment somebody asked for it earlier. */
export function dueToLeaveAt(grant: Pick<Grant, 'endAt' | 'revokingAt'>): number {
  return Math.min(grant.endAt, grant.revokingAt ?? grant.endAt);
}

/** True while something of it may exist in Azure. */
export function isOpen(grant: Pick<Grant, 'state'>): boolean {
  return grant.state !== 'ended';
}
