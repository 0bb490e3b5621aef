import type { Grant } from '../access/grant.ts';
import { dueToLeaveAt } from '../access/grant.ts';
import { inert } from '../access/names.ts';
import type { Card, Line } from './card.ts';
import { bounded, listing } from './listings.ts';
import { bold, code, line, when } from './parts.ts';
import type { CardContext } from './request-facts.ts';
import { runbookWords } from './stuck-words.ts';
import { count, nameWords, relativeWords } from './words.ts';

// Two lines each; the platforms' limits come near beyond this.
const MOST = 10;
const MOST_REASON = 200;

/** What cannot be taken away for now: whose, since when, why, when the next try is, and what to do. */
export function stuckListCard({ now }: CardContext, grants: readonly Grant[]): Card {
  return listing({
    tone: grants.length === 0 ? 'good' : 'bad',
    title: 'Access that could not be taken away',
    status:
      grants.length === 0
        ? line('Nothing is stuck.')
        : line(bold(`${count(grants.length, 'grant')} stuck.`), ' Latchkey keeps trying.'),
    notes: bounded(grants, MOST, (grant) => stuckLine(grant, now)),
  });
}

function stuckLine(grant: Grant, now: number): Line {
  const { stuckAt, nextTryAt, lastError, id } = grant;
  const reason = inert(lastError ?? '', MOST_REASON) || 'Azure gave no reason.';
  return line(
    bold(nameWords(grant.personName)),
    ` · ${grant.roleName} at ${nameWords(grant.customerName)} · `,
    code(id),
    ' · was due ',
    when(dueToLeaveAt(grant), now),
    ', stuck since ',
    when(stuckAt ?? dueToLeaveAt(grant), now),
    `, next try ${nextTryAt === undefined || nextTryAt <= now ? 'now' : relativeWords(nextTryAt, now)}. `,
    reason,
    ' ',
    bold('What to do: '),
    runbookWords(grant.obstacle),
  );
}
