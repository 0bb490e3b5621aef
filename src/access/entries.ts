import type { Person } from './person.ts';
import { personKey } from './person.ts';
import type { LedgerEntry } from './ports.ts';

/** A ledger line about a request or grant; `actor` is left out when Latchkey acted by itself. */
export function entry(
  event: string,
  about: { id: string; customerSlug: string },
  detail: { at: number; actor?: Person; facts?: LedgerEntry['facts'] },
): LedgerEntry {
  return {
    at: detail.at,
    event,
    customerSlug: about.customerSlug,
    subjectId: about.id,
    ...(detail.actor && { actor: personKey(detail.actor) }),
    ...(detail.facts && { facts: detail.facts }),
  };
}
