import type { AccessRequest } from '../access/access-request.ts';
import type { Grant } from '../access/grant.ts';
import { samePerson } from '../access/person.ts';
import { askedCard } from './answer-ask.ts';
import type { Turn } from './answer-deps.ts';
import { contextOf } from './answer-deps.ts';
import type { Reply } from './card.ts';
import { requestCard } from './request-card.ts';
import { nameWords, utcWords } from './words.ts';

function text(words: string): Reply {
  return { kind: 'text', text: words };
}

function what(record: Pick<Grant, 'roleName' | 'customerName' | 'id'>): string {
  return `${record.roleName} at ${nameWords(record.customerName)} (${record.id})`;
}

/** One request and what became of it, with the buttons the reader can use here. */
export async function showIt({ deps, person }: Turn, id: string): Promise<Reply> {
  const { request, grant } = await deps.access.show({ person, id });
  const audience = samePerson(request.requester, person) ? 'requester' : 'reader';
  return { kind: 'card', card: requestCard({ ...contextOf(deps), request, grant, audience }) };
}

/** Takes the person's own request back. */
export async function cancelIt({ deps, person }: Turn, requestId: string): Promise<Reply> {
  const request = await deps.access.cancel({ requestId, person });
  return text(`Taken back: ${what(request)}. Nothing was granted, and nobody needs to decide any more.`);
}

/** Ends the person's own access. */
export async function finishIt({ deps, person }: Turn, grantId: string): Promise<Reply> {
  const grant = await deps.access.finish({ grantId, person });
  return text(
    `Finished: ${what(grant)}. It is being removed from Azure now; you will hear when it is verified gone.`,
  );
}

/** Takes somebody's access away. */
export async function revokeIt({ deps, person }: Turn, ask: { id: string; reason?: string }): Promise<Reply> {
  const { id, reason } = ask;
  const grant = await deps.access.revoke({ grantId: id, person, ...(reason !== undefined && { reason }) });
  return text(
    `Revoked: ${nameWords(grant.personName)} loses ${what(grant)}. It is being removed from Azure now; the card tells when it is verified gone.`,
  );
}

/** Asks for more time on the person's own access. */
export async function extendIt(turn: Turn, ask: { id: string; durationMs: number }): Promise<Reply> {
  const { deps, person, replyTo } = turn;
  const { id, durationMs } = ask;
  const request = await deps.access.extend({ grantId: id, person, durationMs, replyTo });
  // Only for the end it would have; that it was asked holds without it.
  const shown = await deps.access.show({ person, id }).catch(() => undefined);
  const input = { ...contextOf(deps), request, grant: shown?.grant, audience: 'requester' as const };
  return { kind: 'card', card: askedCard(input) };
}

/** What already became of a request, from its record; undefined while it is pending. */
export function alreadyWords(request: AccessRequest, now: number): string | undefined {
  const at = utcWords(request.closedAt ?? now, now);
  const by = request.closedByName === undefined ? '' : ` by ${nameWords(request.closedByName)}`;
  switch (request.state) {
    case 'approved':
      return `Already decided: approved${by} at ${at}.`;
    case 'denied':
      return `Already decided: denied${by} at ${at}. Nothing was granted.`;
    case 'cancelled':
      return `Too late: taken back${by} at ${at}. Nothing was granted.`;
    case 'timedOut':
      return `Too late: it timed out at ${at}. Nothing was granted.`;
    case 'pending':
      return undefined;
    default:
      return request.state satisfies never;
  }
}
