import type { AccessRequest } from '../access/access-request.ts';
import { subscriptionOf } from '../access/entitlement.ts';
import type { Grant } from '../access/grant.ts';
import { dueToLeaveAt } from '../access/grant.ts';
import type { NoticeKind } from '../access/mail.ts';
import { inert } from '../access/names.ts';
import type { Card, Fact, Line } from './card.ts';
import { causeParts, endQuote, foreignNotes, goneLine, hasFailed, requesterButtons } from './grant-card.ts';
import { bold, button, code, date, fact, line } from './parts.ts';
import type { CardContext } from './request-facts.ts';
import { lentFacts } from './request-facts.ts';
import { runbookWords } from './stuck-words.ts';
import { leftWords, nameWords, relativeWords } from './words.ts';

/** What a notice is drawn from; `request` may be a request for more time, `grant` is then the one it extends. */
export interface NoticeInput extends CardContext {
  request?: AccessRequest | undefined;
  grant?: Grant | undefined;
}

// The outbox and this check may read the clock in another order.
const CLOCK_SLACK_MS = 5000;

/** A notice as a card; undefined when it no longer holds: a warning about access that has ended, say. */
export function noticeCard(kind: NoticeKind, input: NoticeInput): Card | undefined {
  const { request, grant, now } = input;
  const running = grant?.state === 'active' && now < grant.endAt ? grant : undefined;
  switch (kind) {
    case 'accessReady':
      return running && readyCard(input, running);
    case 'warning':
      // An extension moves the warning: the one for the old end says nothing true any more.
      return running && now >= running.warnAt - CLOCK_SLACK_MS ? warningCard(input, running) : undefined;
    case 'extended':
      return running && extendedCard(input, running);
    case 'ended':
    case 'failed':
      if (grant?.state !== 'ended') return undefined;
      return hasFailed(grant) ? failedCard(grant) : endedCard(grant);
    case 'denied':
      return request?.state === 'denied' ? deniedCard(input, request) : undefined;
    case 'timedOut':
      return request?.state === 'timedOut' ? timedOutCard(input, request) : undefined;
    case 'stuck':
      return grant?.state === 'stuck' ? stuckCard(input, grant) : undefined;
    case 'adopted':
      return running && adoptedCard(input, running);
    default:
      return kind satisfies never;
  }
}

/** What becomes of a notice with buttons once its access is over: nothing is left to press. */
export function pastNoticeCard(grant: Grant): Card {
  return card({
    tone: 'neutral',
    title: `Over: ${what(grant)}`,
    status: line(...causeParts(grant), '.'),
    facts: [reference(grant)],
  });
}

type Draft = Pick<Card, 'tone' | 'title' | 'status'> & Partial<Card>;

function card(draft: Draft): Card {
  const title = inert(draft.title, 150);
  return { facts: [], notes: [], commands: [], buttons: [], links: [], summary: title, ...draft, title };
}

function what(record: Pick<Grant, 'roleName' | 'customerName'>): string {
  return `${record.roleName} at ${nameWords(record.customerName)}`;
}

function reference(record: Pick<Grant, 'id'>): Fact {
  return fact('Reference', code(record.id));
}

function readyCard(input: NoticeInput, grant: Grant): Card {
  const { entitlement, redeemUrl } = grant;
  const { tenantId } = entitlement;
  const subscriptionId = subscriptionOf(entitlement.scope);
  const portal = { label: 'Open the Azure portal', url: `https://portal.azure.com/${tenantId}` };
  const invitation = redeemUrl === undefined ? [] : [{ label: 'Accept the invitation', url: redeemUrl }];
  return card({
    tone: 'good',
    title: `You are in: ${what(grant)}`,
    status: line('Your access works until ', date(grant.endAt), ` (${leftWords(grant.endAt, input.now)}).`),
    facts: [...lentFacts(input.policy, grant), reference(grant)],
    notes: [
      ...invitationNotes(grant),
      ...foreignNotes(grant),
      line('It may take up to 10 minutes to work everywhere in Azure.'),
    ],
    commands: [
      `az login --tenant ${tenantId}`,
      `az account set --subscription ${subscriptionId}`,
      `Connect-AzAccount -Tenant ${tenantId} -Subscription ${subscriptionId}`,
    ],
    links: [...invitation, portal],
    buttons: requesterButtons(input, grant),
  });
}

function invitationNotes(grant: Grant): Line[] {
  if (grant.redeemUrl === undefined) return [];
  return [
    line(
      bold('First time here: '),
      'accept the invitation once, then sign in with the portal link or a command.',
    ),
  ];
}

function warningCard(input: NoticeInput, grant: Grant): Card {
  return card({
    tone: 'waiting',
    title: `Ending soon: ${what(grant)}`,
    status: line('Your access ends ', date(grant.endAt), `, ${relativeWords(grant.endAt, input.now)}.`),
    facts: [reference(grant)],
    notes: [
      line('Need longer? Ask now, so that there is time to decide. Done already? Finish, and it is gone.'),
    ],
    buttons: requesterButtons(input, grant),
  });
}

function extendedCard(input: NoticeInput, grant: Grant): Card {
  return card({
    tone: 'good',
    title: `Extended: ${what(grant)}`,
    status: line('Your access now ends ', date(grant.endAt), ` (${leftWords(grant.endAt, input.now)}).`),
    facts: [reference(grant)],
    buttons: requesterButtons(input, grant),
  });
}

function endedCard(grant: Grant): Card {
  return card({
    tone: 'neutral',
    title: `Ended: ${what(grant)}`,
    status: line(...causeParts(grant), '. ', ...goneLine(grant)),
    facts: [reference(grant)],
    notes: [
      ...foreignNotes(grant),
      line('Azure itself may honour what it has cached for up to 10 minutes. Need more? Ask again.'),
    ],
    ...endQuote(grant),
  });
}

function failedCard(grant: Grant): Card {
  return card({
    tone: 'bad',
    title: `Not granted: ${what(grant)}`,
    status: line(...causeParts(grant), '. ', ...goneLine(grant)),
    facts: [reference(grant)],
    notes: [
      line('You have no access from this. Ask again; if it fails again, tell your operators the reference.'),
    ],
    ...endQuote(grant),
  });
}

function deniedCard(input: NoticeInput, request: AccessRequest): Card {
  const reason = inert(request.closedReason ?? '');
  return card({
    tone: 'bad',
    title: `Denied: ${what(request)}`,
    status: line(
      bold(nameWords(request.closedByName ?? '')),
      request.extendsGrantId === undefined ? ' denied this, ' : ' denied more time, ',
      date(request.closedAt ?? input.now),
      '. Nothing was granted.',
    ),
    facts: [reference(request)],
    notes: endStays(input, request),
    ...(reason !== '' && { quote: { label: 'Reason for the denial', text: reason } }),
  });
}

function endStays({ grant }: NoticeInput, request: AccessRequest): Line[] {
  if (request.extendsGrantId === undefined || grant?.state !== 'active') return [];
  return [line('What you have still ends ', date(grant.endAt), '.')];
}

function timedOutCard(input: NoticeInput, request: AccessRequest): Card {
  const ref = input.seal.seal({ kind: 'offer', id: 'any', version: 0 });
  return card({
    tone: 'neutral',
    title: `Timed out: ${what(request)}`,
    status: line(
      'Nobody decided by ',
      date(request.closedAt ?? request.stageEndsAt),
      '. Nothing was granted.',
    ),
    facts: [reference(request)],
    notes: [...endStays(input, request), line('If you still need it, ask again.')],
    buttons: request.extendsGrantId === undefined ? [button('ask', 'Ask again…', ref)] : [],
  });
}

/** For operators: access of ours without a record, as after the loss of Redis. */
function adoptedCard(input: NoticeInput, grant: Grant): Card {
  return card({
    tone: 'bad',
    title: `Found in Azure without a record: ${what(grant)}`,
    status: line(
      'Latchkey made this access and has lost its record. It is taken away ',
      date(grant.endAt),
      '.',
    ),
    facts: [
      ...lentFacts(input.policy, grant),
      fact('Account', code(grant.guestId ?? grant.person.objectId)),
      ...(grant.assignment ? [fact('Assignment', code(grant.assignment.assignmentId))] : []),
      reference(grant),
    ],
    notes: [
      line('Nothing proves that Latchkey invited the account, so it stays: delete it if nobody needs it.'),
      line(
        'The customer’s owners can take the access away now with ',
        code(`/access revoke ${grant.id}`),
        '.',
      ),
    ],
  });
}

function stuckCard(input: NoticeInput, grant: Grant): Card {
  const said = inert(grant.lastError ?? '');
  const tries = grant.attempts > 0 ? ` after ${grant.attempts} tries` : '';
  return card({
    tone: 'bad',
    title: `STUCK: ${what(grant)} is not gone`,
    status: line(
      bold('Access that should have ended may still exist. '),
      `Due `,
      date(dueToLeaveAt(grant)),
      `, stuck${tries} since `,
      date(grant.stuckAt ?? grant.revokingAt ?? grant.endAt),
      '.',
    ),
    facts: [
      ...lentFacts(input.policy, grant),
      fact('Held by', bold(nameWords(grant.personName))),
      ...(grant.assignment ? [fact('Assignment', code(grant.assignment.assignmentId))] : []),
      ...(grant.guestId !== undefined ? [fact('Guest', code(grant.guestId))] : []),
      reference(grant),
    ],
    notes: [
      line(bold('What to do: '), runbookWords(grant.obstacle)),
      line(
        'Latchkey keeps trying. In a hurry, have the assignment and the guest removed by hand: ',
        'Latchkey sees that they are gone and closes this by itself.',
      ),
    ],
    quote: { label: 'What stops it', text: said || 'Azure gave no reason.' },
  });
}
