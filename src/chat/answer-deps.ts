import type { Access } from '../access/access.ts';
import { parseCommand } from '../access/command.ts';
import type { Person } from '../access/person.ts';
import type { Place } from '../access/place.ts';
import type { Clock, Log, PolicySource } from '../access/ports.ts';
import type { Actor, Incoming, Verb } from './card.ts';
import type { ResolvePerson } from './persons.ts';
import type { Doing, Replies } from './replies.ts';
import type { CardContext } from './request-facts.ts';
import type { Seal } from './seal.ts';

/** What answering needs. */
export interface AnswerDeps {
  access: Access;
  policySource: PolicySource;
  resolvePerson: ResolvePerson;
  seal: Seal;
  clock: Clock;
  log: Log;
  /** A short fresh word for an incident, e.g. `I-3F9K2M`. */
  newIncidentId: () => string;
}

/** One incoming thing with the Person behind it. */
export interface Turn<T extends Incoming = Incoming> {
  deps: AnswerDeps;
  replies: Replies;
  incoming: T;
  person: Person;
  /** The person's private chat with us. */
  replyTo: Place;
}

/** What the person wants, as far as it can be told before acting. */
export function doingOf(incoming: Incoming): Doing {
  if (incoming.kind === 'ask') return 'ask';
  return incoming.kind === 'command' ? doingOfCommand(incoming.text) : DOING[incoming.verb];
}

const DOING: Readonly<Record<Verb, Doing>> = {
  approve: 'decide',
  approveLess: 'decide',
  deny: 'decide',
  cancel: 'cancel',
  finish: 'finish',
  revoke: 'revoke',
  extend: 'extend',
  ask: 'ask',
  refresh: 'look',
};

function doingOfCommand(text: string): Doing {
  const kind = kindOf(text);
  switch (kind) {
    case 'cancel':
    case 'finish':
    case 'revoke':
    case 'extend':
      return kind;
    case 'ask':
    case 'form':
      return 'ask';
    default:
      return 'look';
  }
}

function kindOf(text: string): string {
  try {
    return parseCommand(text).kind;
  } catch {
    // What is wrong with it is said when it is parsed to be done.
    return 'look';
  }
}

/** Where answers to an account go: its own private chat with us. */
export function privatePlace(actor: Actor): Place {
  return actor.platform === 'slack'
    ? { platform: 'slack', teamId: actor.teamId, userId: actor.userId }
    : { platform: 'teams', tenantId: actor.tenantId, userId: actor.objectId };
}

/** What cards are drawn with, now. */
export function contextOf({ policySource, clock, seal }: AnswerDeps): CardContext {
  return { policy: policySource.current(), now: clock.now(), seal };
}
