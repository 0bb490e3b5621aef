import type { AccessRequest } from '../access/access-request.ts';
import { parseDuration } from '../access/duration.ts';
import { InvalidCommand, NotFound, Refused, StateConflict } from '../access/errors.ts';
import type { Grant } from '../access/grant.ts';
import { alreadyWords, cancelIt, finishIt, revokeIt, showIt } from './answer-acts.ts';
import { answerAsk, openAskForm } from './answer-ask.ts';
import type { Turn } from './answer-deps.ts';
import { contextOf, doingOf } from './answer-deps.ts';
import { checkReason, inputOf } from './ask-form.ts';
import type { Form, Incoming, Reply } from './card.ts';
import {
  approveLessForm,
  denyForm,
  extendForm,
  INPUT,
  lessOptions,
  revokeForm,
  revokeReason,
} from './forms.ts';
import { extendMostMs } from './grant-card.ts';
import { allowedMs, progressWords } from './request-facts.ts';
import type { SealTarget } from './seal.ts';
import { durationWords, nameWords, utcWords } from './words.ts';

type Press = Turn<Extract<Incoming, { kind: 'press' }>>;

/** Does what was pressed. The reference says what it is about; everything else is read again. */
export async function answerPress(turn: Press): Promise<Reply> {
  const { deps, incoming } = turn;
  const target = deps.seal.open(incoming.ref);
  if (!target || !fits(incoming.verb, target)) {
    deps.log.warn('chat.forgedRef', { verb: incoming.verb });
    return {
      kind: 'text',
      text: 'This button is not one of ours, or it is from before a change of keys. Nothing was done.',
    };
  }
  try {
    return await press(turn, target);
  } catch (error) {
    return (await lateWords(turn, target, error)) ?? fieldWords(turn, error);
  }
}

const FITTING: Readonly<Record<Press['incoming']['verb'], ReadonlyArray<SealTarget['kind']>>> = {
  approve: ['request'],
  approveLess: ['request'],
  deny: ['request'],
  cancel: ['request'],
  finish: ['grant'],
  revoke: ['grant'],
  extend: ['grant'],
  ask: ['offer'],
  refresh: ['request', 'grant'],
};

function fits(verb: Press['incoming']['verb'], target: SealTarget): boolean {
  return Object.hasOwn(FITTING, verb) && FITTING[verb].includes(target.kind);
}

function press(turn: Press, target: SealTarget): Promise<Reply> {
  const { verb, inputs } = turn.incoming;
  switch (verb) {
    case 'approve':
      return approve(turn, target);
    case 'approveLess':
      return approveLess(turn, target);
    case 'deny':
      return deny(turn, target);
    case 'cancel':
      return cancelIt(turn, target.id);
    case 'finish':
      return finishIt(turn, target.id);
    case 'revoke':
      return revoke(turn, target);
    case 'extend':
      return extend(turn, target);
    case 'ask':
      return Object.keys(inputs).length > 0 ? answerAsk(turn, inputs) : openAskForm(turn);
    case 'refresh':
      return showIt(turn, target.id);
    default:
      return verb satisfies never;
  }
}

async function approve(turn: Press, target: SealTarget, durationMs?: number): Promise<Reply> {
  const { deps, person, incoming } = turn;
  const { request, grant } = await deps.access.decide({
    requestId: target.id,
    version: target.version,
    person,
    verdict: 'approve',
    at: incoming.place,
    ...(durationMs !== undefined && { durationMs }),
  });
  return { kind: 'text', text: approvedWords(turn, request, grant) };
}

function approvedWords({ deps }: Turn, request: AccessRequest, grant?: Grant): string {
  const { policy, now } = contextOf(deps);
  const name = nameWords(request.requesterName);
  if (request.state === 'pending') return `Your approval counts. Now ${progressWords(policy, request)}.`;
  if (!grant) return `Approved: ${durationWords(allowedMs(request))} for ${name}.`;
  const end = utcWords(grant.endAt, now);
  return request.extendsGrantId === undefined
    ? `Approved until ${end}. The access is being made in Azure, and ${name} will hear as soon as it works.`
    : `Approved: the access of ${name} now ends ${end}.`;
}

async function approveLess(turn: Press, target: SealTarget): Promise<Reply> {
  const typed = inputOf(turn.incoming.inputs, INPUT.duration);
  if (typed !== undefined) return approve(turn, target, parseDuration(typed));
  const { request } = await turn.deps.access.show({ person: turn.person, id: target.id });
  const late = alreadyWords(request, turn.deps.clock.now());
  if (late !== undefined) return { kind: 'text', text: `${late} Your decision was not counted.` };
  const most = allowedMs(request);
  if (lessOptions(most).length === 0) {
    return { kind: 'text', text: 'It cannot be any shorter. Nothing was decided; approve or deny it.' };
  }
  return form(turn, approveLessForm(most));
}

async function deny(turn: Press, target: SealTarget): Promise<Reply> {
  const { deps, person, incoming } = turn;
  const { inputs } = incoming;
  const reason = inputOf(inputs, INPUT.reason);
  if (reason === undefined) {
    if (Object.hasOwn(inputs, INPUT.reason)) {
      const words = 'The requester needs a reason.';
      return {
        kind: 'fieldErrors',
        errors: { [INPUT.reason]: words },
        text: `Nothing was decided. ${words}`,
      };
    }
    const { request } = await deps.access.show({ person, id: target.id });
    const late = alreadyWords(request, deps.clock.now());
    return late === undefined
      ? form(turn, denyForm(request))
      : { kind: 'text', text: `${late} Your decision was not counted.` };
  }
  const { request } = await deps.access.decide({
    requestId: target.id,
    version: target.version,
    person,
    verdict: 'deny',
    at: incoming.place,
    reason: checkReason(reason),
  });
  return {
    kind: 'text',
    text: `Denied. Nothing was granted, and ${nameWords(request.requesterName)} will read your reason.`,
  };
}

async function revoke(turn: Press, target: SealTarget): Promise<Reply> {
  const { inputs } = turn.incoming;
  if (!Object.hasOwn(inputs, INPUT.why)) {
    const { grant } = await turn.deps.access.show({ person: turn.person, id: target.id });
    return form(turn, revokeForm(grant?.personName ?? ''));
  }
  const details = inputOf(inputs, INPUT.reason);
  const reason = revokeReason({ why: inputOf(inputs, INPUT.why), details });
  return revokeIt(turn, { id: target.id, ...(reason !== '' && { reason: checkReason(reason) }) });
}

async function extend(turn: Press, target: SealTarget): Promise<Reply> {
  const { deps, person } = turn;
  const typed = inputOf(turn.incoming.inputs, INPUT.duration);
  if (typed !== undefined) return askForMore(turn, { grantId: target.id, durationMs: parseDuration(typed) });
  const { grant } = await deps.access.show({ person, id: target.id });
  if (grant?.state !== 'active') {
    throw new Refused('notRunning', 'Not running.', { id: target.id, ...(grant && { state: grant.state }) });
  }
  return form(turn, extendForm(extendMostMs(deps.policySource.current(), grant)));
}

/** Words, not a card: that would take the place of the one that was pressed, and that one tells how to get in. */
async function askForMore(turn: Press, ask: { grantId: string; durationMs: number }): Promise<Reply> {
  const { deps, person, replyTo } = turn;
  const request = await deps.access.extend({ ...ask, person, replyTo });
  const { policy } = contextOf(deps);
  const text = `Asked for ${durationWords(request.durationMs)} more (${request.id}): ${progressWords(policy, request)}.`;
  return {
    kind: 'text',
    text: `${text} Your access ends when it did until they approve. You will hear here.`,
  };
}

function form({ incoming }: Press, asked: Form): Reply {
  return { kind: 'form', form: asked, verb: incoming.verb, ref: incoming.ref };
}

/** For a click on what is decided already: who decided and when, from the record, for those who may see it. */
async function lateWords(turn: Press, target: SealTarget, error: unknown): Promise<Reply | undefined> {
  if (!(error instanceof StateConflict) || target.kind !== 'request') return undefined;
  const { deps, person } = turn;
  try {
    const { request } = await deps.access.show({ person, id: target.id });
    const late = alreadyWords(request, deps.clock.now());
    const undone =
      turn.incoming.verb === 'cancel' ? 'Nothing was taken back.' : 'Your decision was not counted.';
    return late === undefined ? undefined : { kind: 'text', text: `${late} ${undone}` };
  } catch (again) {
    if (again instanceof Error && !(again instanceof NotFound)) {
      deps.log.warn('chat.lateWordsFailed', { error: again.name });
    }
    return undefined;
  }
}

/** Errors that belong to a field keep the form open; everything else goes on up. */
function fieldWords(turn: Press, error: unknown): Reply {
  const { inputs } = turn.incoming;
  const { text, field } = turn.replies(error, { doing: doingOf(turn.incoming), now: turn.deps.clock.now() });
  const guess =
    error instanceof InvalidCommand ? [INPUT.duration, INPUT.reason].find((id) => id in inputs) : field;
  if (guess === undefined || !Object.hasOwn(inputs, guess)) return { kind: 'text', text };
  return { kind: 'fieldErrors', errors: { [guess]: text }, text };
}
