import { durationWords, nearWords, utcWords } from './words.ts';
import type { RefusalCode, Refused } from '../access/errors.ts';
import { inert } from '../access/names.ts';
import { INPUT } from './forms.ts';

/** A refusal in words: what happened, and what to do next. `field`: the form field it is about. */
export interface Sentences {
  happened: string;
  next: string;
  field?: string;
}

type Writer = (refused: Refused, now: number) => Sentences;

/** The words for a refusal. `now`: epoch ms. */
export function refusalSentences(refused: Refused, now: number): Sentences {
  return WRITERS[refused.code](refused, now);
}

const WRITERS: Readonly<Record<RefusalCode, Writer>> = {
  unlinked: () => ({
    happened: 'Latchkey does not know who you are: this chat account is not linked to a work account.',
    next: 'Ask your Latchkey operators to link it.',
  }),
  accountDisabled: () => ({
    happened: 'Your work account is blocked, or not in the directory any more.',
    next: 'If that is wrong, ask your administrators.',
  }),
  guestAccount: () => ({
    happened: 'You are here with a guest account, and those cannot ask or decide.',
    next: "Use your own organisation's account.",
  }),
  foreignPlace: () => ({
    happened: 'Latchkey does not work in this workspace or tenant.',
    next: 'Use it where it was set up for you.',
  }),
  notAllowedToSee: () => ({ happened: 'You may not see this.', next: '/access mine shows what is yours.' }),
  agentGroupMember: () => ({
    happened:
      'You are a member of AdminAgents or HelpdeskAgents, and Latchkey does not invite their members as guests.',
    next: 'Use your delegated access, or ask your administrators to take you out of that group first.',
  }),
  noRule: (refused) => ({ ...offerSentences(refused), field: INPUT.customer }),
  roleNotOffered: (refused) => ({ ...offerSentences(refused), field: INPUT.role }),
  tooLong: ({ message, facts }) => ({
    happened: message,
    next:
      typeof facts.maxMs === 'number'
        ? `At most ${durationWords(facts.maxMs)} more is possible.`
        : 'Ask for less.',
    field: INPUT.duration,
  }),
  alreadyPending: ({ facts }) => ({
    happened: `You have asked for this already: ${idOf(facts)} waits for an answer.`,
    next: `/access cancel ${idOf(facts)} takes it back.`,
  }),
  alreadyGranted: grantedSentences,
  rateLimited: ({ facts }) => ({
    happened: `That was one request too many: the limit is ${Number(facts.most) || 'a few'} an hour.`,
    next: 'Try again later.',
  }),
  preflight: ({ message, facts }) => ({
    happened: `Azure would not allow it: ${message}`,
    next: String(facts.remedy ?? ''),
  }),
  clockInDoubt: () => ({
    happened: 'The clocks disagree, and without the time Latchkey lends nothing.',
    next: 'Try again in a few minutes; if it stays so, tell your operators.',
  }),
  selfApproval: () => ({ happened: 'Nobody decides their own request.', next: 'Somebody else has to.' }),
  notApprover: ({ message }) => ({ happened: message, next: 'The card says who can decide.' }),
  alreadyDecidedByYou: () => ({
    happened: 'You have approved this already, and that counts once.',
    next: 'It still needs somebody else.',
  }),
  wrongPlace: () => ({
    happened: 'This request is not decided here.',
    next: "Use the card in the approvers' channel.",
  }),
  staleCard: ({ facts }) => ({
    happened: 'This card is out of date.',
    next: `/access show ${idOf(facts)} shows how it stands.`,
  }),
  policyChanged: () => ({
    happened: 'The policy has changed since this was asked, so nothing can be granted on it.',
    next: 'It has to be asked again: the new rules then apply.',
  }),
  cannotBeLonger: ({ facts }) => ({
    happened: `You can approve what was asked${
      typeof facts.mostMs === 'number' ? ` (${durationWords(facts.mostMs)})` : ''
    }, or less.`,
    next: 'Choose again.',
    field: INPUT.duration,
  }),
  notYours: ({ message }) => ({ happened: message, next: '/access mine shows what is yours.' }),
  notRunning: ({ facts }) => ({
    happened: `${idOf(facts, 'This access')} is not running${stateWords(facts.state)}.`,
    next: `/access show ${idOf(facts)} tells what became of it.`,
  }),
};

/** The message lists what there is; one name that is near is worth saying. */
function offerSentences({ message, facts }: Refused): Sentences {
  const near = String(facts.near ?? '')
    .split(', ')
    .filter(Boolean);
  const roles = '/access roles lists what you can ask for.';
  return { happened: message, next: near.length === 1 ? `${nearWords(near)} ${roles}` : roles };
}

function grantedSentences({ message, facts }: Refused, now: number): Sentences {
  if (facts.id === undefined || typeof facts.endAt !== 'number') {
    return { happened: message, next: 'Use what you have.' };
  }
  return {
    happened: `You have this access already: ${idOf(facts)}, until ${utcWords(facts.endAt, now)}.`,
    next: `For more time: /access extend ${idOf(facts)} 1h`,
  };
}

function stateWords(state: string | number | undefined): string {
  if (state === 'provisioning') return ' yet: it is still being made';
  if (state === 'revoking' || state === 'stuck') return ' any more: it is being removed';
  return state === 'ended' ? ' any more: it has ended' : '';
}

function idOf(facts: Refused['facts'], otherwise = 'with its id'): string {
  return facts.id === undefined ? otherwise : inert(String(facts.id), 40);
}
