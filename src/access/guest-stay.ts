import type { Person, Profile } from './person.ts';

/**
 * One Person's guest account in one customer's tenant, as far as it concerns us: who of our grants needs it, and
 * whether we made it. The last grant to leave takes the guest away, if it is ours.
 */
export interface GuestStay {
  /** Customer's tenant, lower-case GUID. */
  tenantId: string;
  person: Person;
  revision: number;
  /**
   * `inviting`: none existed and we are about to invite. `ours`: we invited. `theirs`: it was there before us.
   * `leaving`: being deleted by the grant in `leavingFor`; nobody may move in until it is gone.
   * `gone`: no account of ours is left.
   */
  status: 'inviting' | 'ours' | 'theirs' | 'leaving' | 'gone';
  objectId?: string;
  redeemUrl?: string;
  /** Only while `inviting`: whom we invite. `unheardAt`: when we last called and heard no clear answer, epoch ms. */
  invitation?: { profile: Profile; unheardAt?: number };
  /** Grants that need it. */
  heldBy: readonly string[];
  leavingFor?: string;
}

/** `<tenant>|<home tenant>/<object id>`, lower case. */
export function stayKey(stay: Pick<GuestStay, 'tenantId' | 'person'>): string {
  return `${stay.tenantId}|${stay.person.tenantId}/${stay.person.objectId}`.toLowerCase();
}
