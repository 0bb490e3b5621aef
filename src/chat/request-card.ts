import type { AccessRequest } from '../access/access-request.ts';
import { inert } from '../access/names.ts';
import type { Button, Card, Fact, Line } from './card.ts';
import { approveLessForm, denyForm, lessOptions } from './forms.ts';
import { foreignNotes, grantView } from './grant-card.ts';
import { bold, button, code, date, fact, formButton, line } from './parts.ts';
import {
  allowedMs,
  approvalLines,
  decidersFact,
  justificationQuote,
  lentFacts,
  progressWords,
  referenceFact,
  requesterFact,
  roleOf,
  ticketFacts,
} from './request-facts.ts';
import type { RequestCardInput, View } from './request-view.ts';
import { durationWords, nameWords } from './words.ts';

/** The card of a request in whatever state it and its grant are: the same facts, and what is true now. */
export function requestCard(input: RequestCardInput): Card {
  const { request, policy } = input;
  const view = viewOf(input);
  const title = titleOf(input);
  const asked = request.extendsGrantId === undefined ? [] : [fact('Extends', code(request.extendsGrantId))];
  return {
    tone: view.tone,
    title,
    status: view.status,
    facts: [
      ...lentFacts(policy, request),
      requesterFact(policy, request),
      ...asked,
      ...(view.facts ?? []),
      ...ticketFacts(request),
      referenceFact(request),
    ],
    notes: [...approvals(input), ...foreignNotes(input.grant), ...(view.notes ?? [])],
    commands: [],
    quote: view.quote ?? justificationQuote(request),
    buttons: view.buttons ?? [],
    links: [],
    summary: `${title}: ${plain(view.status)}`,
  };
}

/** One approval that closed the request is in its status already. */
function approvals({ policy, request }: RequestCardInput): Line[] {
  const isTold = request.state === 'approved' && request.decisions.length === 1;
  return isTold ? [] : approvalLines(policy, request);
}

function titleOf({ request, policy }: RequestCardInput): string {
  const mark = roleOf(policy, request).weight === 'privileged' ? 'PRIVILEGED: ' : '';
  const who = nameWords(request.requesterName);
  const what = `${request.roleName} at ${nameWords(request.customerName)}`;
  const more = request.extendsGrantId === undefined ? '' : 'more time as ';
  const words = request.state === 'pending' ? `${who} asks for ${more}${what}` : `${who}: ${more}${what}`;
  return inert(`${mark}${words}`, 150);
}

/** A line as bare words; times are left to the card. */
function plain(status: Line): string {
  return status
    .map((part) =>
      part.kind === 'time'
        ? `${new Date(part.at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
        : part.text,
    )
    .join('');
}

function viewOf(input: RequestCardInput): View {
  const { request } = input;
  switch (request.state) {
    case 'pending':
      return pendingView(input);
    case 'denied':
      return deniedView(request);
    case 'cancelled':
      return {
        tone: 'neutral',
        status: line(
          'Taken back by ',
          bold(closer(request)),
          ', ',
          closedAt(request),
          '. Nothing was granted.',
        ),
      };
    case 'timedOut':
      return {
        tone: 'neutral',
        status: line('Timed out ', closedAt(request), ': nobody decided in time. Nothing was granted.'),
        notes: [line('Whoever still needs this can ask again.')],
      };
    case 'approved':
      return request.extendsGrantId === undefined ? grantView(input) : extensionView(input);
    default:
      return request.state satisfies never;
  }
}

function closer(request: AccessRequest): string {
  return nameWords(request.closedByName ?? '');
}

function closedAt(request: AccessRequest): ReturnType<typeof date> {
  return date(request.closedAt ?? request.stageEndsAt);
}

function deniedView(request: AccessRequest): View {
  const reason = inert(request.closedReason ?? '');
  return {
    tone: 'bad',
    status: line('Denied by ', bold(closer(request)), ', ', closedAt(request), '. Nothing was granted.'),
    ...(reason !== '' && { quote: { label: 'Reason for the denial', text: reason } }),
  };
}

function pendingView(input: RequestCardInput): View {
  const { request, policy, now } = input;
  const extension = request.extendsGrantId !== undefined;
  const progress = progressWords(policy, request);
  return {
    tone: 'waiting',
    status: line(progress.charAt(0).toUpperCase() + progress.slice(1)),
    facts: [
      extension ? moreTimeFact(input) : durationFact(request, now),
      ...decidersFact(policy, request),
      fact('Answer by', date(request.stageEndsAt), ', then it times out'),
    ],
    ...(input.audience === 'reader' && {
      notes: [line("Decided on the card in the approvers' channel, not here.")],
    }),
    buttons: pendingButtons(input),
  };
}

function durationFact(request: AccessRequest, now: number): Fact {
  const ms = allowedMs(request);
  const asked = ms < request.durationMs ? ` (asked: ${durationWords(request.durationMs)})` : '';
  const until = [`${asked}, until `, date(now + ms), ' if approved at ', date(now)];
  return fact('Duration', bold(durationWords(ms)), ...until);
}

function moreTimeFact({ request, grant }: RequestCardInput): Fact {
  const ms = allowedMs(request);
  const more = bold(`${durationWords(ms)} more`);
  if (!grant) return fact('Duration', more);
  return fact('Duration', more, ': ends ', date(grant.endAt + ms), ' instead of ', date(grant.endAt));
}

function pendingButtons({ request, seal, audience }: RequestCardInput): Button[] {
  const ref = seal.seal({ kind: 'request', id: request.id, version: request.version });
  if (audience === 'requester') return [button('cancel', 'Take back', ref)];
  if (audience === 'reader') return [];
  const ms = allowedMs(request);
  const less = formButton({
    verb: 'approveLess',
    label: 'Approve for less…',
    look: 'plain',
    ref,
    form: approveLessForm(ms),
  });
  return [
    button('approve', `Approve ${durationWords(ms)}`, ref, 'primary'),
    ...(lessOptions(ms).length > 0 ? [less] : []),
    formButton({ verb: 'deny', label: 'Deny…', look: 'danger', ref, form: denyForm(request) }),
  ];
}

function extensionView({ request, grant }: RequestCardInput): View {
  const status = [bold(`${durationWords(allowedMs(request))} more`), ' approved, ', closedAt(request), '.'];
  if (!grant || grant.state === 'ended')
    return { tone: 'neutral', status: line(...status, ' The access has ended since.') };
  return { tone: 'good', status: line(...status, ' The access now ends ', date(grant.endAt), '.') };
}
