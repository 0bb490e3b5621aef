import type { AccessRequest } from '../access/access-request.ts';
import type { EndCause, Grant } from '../access/grant.ts';
import { inert } from '../access/names.ts';
import type { Button, Card, Line, Part } from './card.ts';
import { extendForm, revokeForm } from './forms.ts';
import { bold, button, date, fact, formButton, line } from './parts.ts';
import type { RequestCardInput, View } from './request-view.ts';
import type { CardContext } from './request-facts.ts';
import { allowedMs } from './request-facts.ts';
import { durationWords, listWords, nameWords } from './words.ts';

/** What is true of an approved request: its access being made, working, being taken away, gone, or stuck. */
export function grantView(input: RequestCardInput): View {
  const { grant, request } = input;
  if (!grant) return { tone: 'working', status: line(...approvedBy(request), '.') };
  switch (grant.state) {
    case 'provisioning':
      return provisioningView(input, grant);
    case 'active':
      return activeView(input, grant);
    case 'revoking':
      return {
        tone: 'working',
        status: line(...causeParts(grant), '. Being removed from Azure now.'),
        ...endQuote(grant),
      };
    case 'stuck':
      return {
        tone: 'bad',
        status: line(
          ...causeParts(grant),
          ', but Azure has not let go of it yet. Still trying; the operators know.',
        ),
        ...endQuote(grant),
      };
    case 'ended':
      return endedView(grant);
    default:
      return grant.state satisfies never;
  }
}

function approvedBy(request: AccessRequest, grant?: Grant): Array<string | Part> {
  const names = [...new Set((grant?.approvedBy ?? request.decisions.map(({ name }) => name)).map(nameWords))];
  const by = names.length > 0 ? [' by ', bold(listWords(names))] : [];
  return ['Approved', ...by, ', ', date(request.closedAt ?? grant?.startAt ?? request.askedAt)];
}

function provisioningView(input: RequestCardInput, grant: Grant): View {
  return {
    tone: 'working',
    status: line(...approvedBy(input.request, grant), '. The access is being made in Azure.'),
    facts: [endFact(input.request, grant)],
    buttons: runningButtons(input, grant),
  };
}

function activeView(input: RequestCardInput, grant: Grant): View {
  return {
    tone: 'good',
    status: line(
      bold('Active'),
      ' until ',
      date(grant.endAt),
      '. ',
      ...approvedBy(input.request, grant),
      '.',
    ),
    facts: [endFact(input.request, grant)],
    buttons: runningButtons(input, grant),
  };
}

function endFact(request: AccessRequest, grant: Grant): ReturnType<typeof fact> {
  const ms = grant.endAt - grant.startAt;
  const asked =
    allowedMs(request) < request.durationMs ? `, asked: ${durationWords(request.durationMs)}` : '';
  return fact('Ends', date(grant.endAt), ` (${durationWords(ms)}${asked})`);
}

function runningButtons(input: RequestCardInput, grant: Grant): Button[] {
  switch (input.audience) {
    case 'approvers':
      return [revokeButton(input, grant)];
    case 'requester':
      return requesterButtons(input, grant);
    case 'reader':
      return [];
    default:
      return input.audience satisfies never;
  }
}

/** Take it away: for approvers. */
export function revokeButton({ seal }: Pick<CardContext, 'seal'>, grant: Grant): Button {
  const form = revokeForm(grant.personName);
  return formButton({ verb: 'revoke', label: 'Revoke…', look: 'danger', ref: grantRef(seal, grant), form });
}

/** Finish, and extend while it runs: for the engineer. */
export function requesterButtons({ seal, policy }: CardContext, grant: Grant): Button[] {
  const ref = grantRef(seal, grant);
  const finish = button('finish', 'Finish now', ref);
  if (grant.state !== 'active') return [finish];
  const form = extendForm(extendMostMs(policy, grant));
  return [formButton({ verb: 'extend', label: 'Extend…', look: 'primary', ref, form }), finish];
}

/** The most one can ask more: the role's cap, and what unbroken access leaves. Ms. */
export function extendMostMs(policy: CardContext['policy'], grant: Grant): number {
  const left = grant.startAt + policy.limits.continuousMs - grant.endAt;
  return Math.min(policy.roles.get(grant.roleName)?.maxMs ?? policy.limits.maxMs, left);
}

function grantRef(seal: CardContext['seal'], grant: Grant): string {
  return seal.seal({ kind: 'grant', id: grant.id, version: grant.requestVersion });
}

/** Why it ends, who ended it and when it began to end. */
export function causeParts(grant: Grant): Array<string | Part> {
  const began = date(grant.revokingAt ?? grant.endAt);
  return [...causeWords(grant.endCause ?? 'expiry', grant), ', ', began];
}

function causeWords(cause: EndCause, grant: Grant): Array<string | Part> {
  const by = grant.endedByName === undefined ? [] : [' by ', bold(nameWords(grant.endedByName))];
  switch (cause) {
    case 'expiry':
      return [hasFailed(grant) ? 'Time was up before Azure had made the access' : 'Time was up'];
    case 'finish':
      return ['Finished early', ...by];
    case 'revoke':
      return [bold('Revoked'), ...by];
    case 'failed':
      return [bold('Azure refused the access')];
    case 'deadline':
      return [bold('Azure did not make the access in time')];
    case 'removedOutside':
      return [bold('Removed in Azure'), ' by somebody else'];
    default:
      return cause satisfies never;
  }
}

/** What the one who took it away wrote, or what stopped it. */
export function endQuote(grant: Grant): { quote?: NonNullable<Card['quote']> } {
  const reason = inert(grant.endReason ?? grant.lastError ?? '');
  if (reason === '') return {};
  if (grant.endCause === 'revoke') return { quote: { label: 'Reason for revoking', text: reason } };
  return hasFailed(grant) ? { quote: { label: 'What stopped it', text: reason } } : {};
}

/** True when the access never came to be, and nobody wanted that. */
export function hasFailed(grant: Pick<Grant, 'endCause' | 'activeAt'>): boolean {
  const { endCause, activeAt } = grant;
  return (
    endCause === 'failed' || endCause === 'deadline' || (endCause === 'expiry' && activeAt === undefined)
  );
}

function endedView(grant: Grant): View {
  const failed = hasFailed(grant);
  return {
    tone: failed ? 'bad' : 'neutral',
    status: line(
      failed ? '' : bold('Ended'),
      failed ? '' : '. ',
      ...causeParts(grant),
      '. ',
      ...goneLine(grant),
    ),
    ...endQuote(grant),
  };
}

/** When everything of ours was read back and seen to be gone, and how long after it should have been. */
export function goneLine(grant: Grant): Line {
  const due = grant.revokingAt === undefined ? grant.endAt : Math.min(grant.revokingAt, grant.endAt);
  const endedAt = grant.endedAt ?? due;
  const lateMs = Math.max(0, endedAt - due);
  const late = lateMs < 1000 ? 'at once' : `${durationWords(lateMs)} later`;
  const what = isForeign(grant) ? 'Nothing of Latchkey is left in Azure since ' : 'Verified gone from Azure ';
  return line(what, date(endedAt), ` (${late}).`);
}

function isForeign(grant: Pick<Grant, 'assignment'>): boolean {
  return grant.assignment?.status === 'existed';
}

/** Said of a role that somebody else had given before: it is not ours to take. */
export function foreignNotes(grant: Pick<Grant, 'assignment'> | undefined): Line[] {
  if (!grant || !isForeign(grant)) return [];
  return [
    line(
      bold('Not from Latchkey: '),
      'this role was there before, given by somebody else. Latchkey does not remove it at the end.',
    ),
  ];
}
