import { createHmac } from 'node:crypto';
import type { Person } from '../../src/access/person.ts';
import type { Place } from '../../src/access/place.ts';
import { placeKey } from '../../src/access/place.ts';
import type { Policy, Stage } from '../../src/access/policy.ts';
import type { Log } from '../../src/access/ports.ts';
import { createAnswer } from '../../src/chat/answer.ts';
import type { Actor, Answer, Card, Line, MessageRef, Messenger, Reply, Verb } from '../../src/chat/card.ts';
import { createDeliver } from '../../src/chat/deliver.ts';
import type { Deliver } from '../../src/chat/deliver.ts';
import { createResolvePerson } from '../../src/chat/persons.ts';
import type { Seal } from '../../src/chat/seal.ts';
import { createSeal } from '../../src/chat/seal.ts';
import type { House } from './house.ts';
import { createHouse, dana, kim, lee } from './house.ts';

/** A seal with a real MAC. */
export function createTestSeal(key = 'key of a test'): Seal {
  return createSeal({ hmac: (text) => createHmac('sha256', key).update(text).digest('base64url') });
}

/** All words of a line; times in UTC. */
export function words(line: Line): string {
  return line
    .map((part) => (part.kind === 'time' ? new Date(part.at).toISOString().slice(0, 16) : part.text))
    .join('');
}

/** A card as bare text, for reading in assertions. */
export function cardText(card: Card): string {
  return [
    card.title,
    words(card.status),
    ...card.facts.map(({ label, value }) => `${label}: ${words(value)}`),
    ...card.notes.map(words),
    ...card.commands,
    ...(card.quote ? [`${card.quote.label} “${card.quote.text}”`] : []),
    ...card.buttons.map(({ label }) => `[${label}]`),
    ...card.links.map(({ label, url }) => `[${label}](${url})`),
  ].join('\n');
}

/** A platform in memory: what was posted, and how each message looks now. */
export interface FakeMessenger extends Messenger {
  messages: Array<{ ref: MessageRef; card: Card; updates: number }>;
  at(place: Place): Card[];
  /** The next call fails with this. */
  failNext(error: Error): void;
}

export function createFakeMessenger(): FakeMessenger {
  const messages: FakeMessenger['messages'] = [];
  const failures: Error[] = [];
  const mayFail = (): void => {
    const failure = failures.shift();
    if (failure) throw failure;
  };
  return {
    messages,
    failNext: (error) => void failures.push(error),
    at: (place) =>
      messages.filter(({ ref }) => placeKey(ref.place) === placeKey(place)).map(({ card }) => card),
    post: async (place, card) => {
      mayFail();
      const ref = { place, id: `m${messages.length + 1}` };
      messages.push({ ref, card, updates: 0 });
      return ref;
    },
    update: async (ref, card) => {
      mayFail();
      const message = messages.find((each) => each.ref.id === ref.id);
      if (!message) throw new Error('no such message');
      message.card = card;
      message.updates += 1;
    },
  };
}

/** One line that was logged. */
export interface Logged {
  level: 'info' | 'warn' | 'error';
  event: string;
  facts: Readonly<Record<string, unknown>>;
}

export function createFakeLog(): { log: Log; lines: Logged[] } {
  const lines: Logged[] = [];
  const at =
    (level: Logged['level']): Log['info'] =>
    (event, facts = {}) =>
      void lines.push({ level, event, facts });
  return { log: { info: at('info'), warn: at('warn'), error: at('error') }, lines };
}

/** Slack accounts as the policy links them. */
export const danaInSlack: Actor = { platform: 'slack', teamId: 'T0PARTNER', userId: 'U0DANA' };
export const leeInSlack: Actor = { platform: 'slack', teamId: 'T0PARTNER', userId: 'U0LEE' };
export const kimInSlack: Actor = { platform: 'slack', teamId: 'T0PARTNER', userId: 'U0KIM' };

/** A person's account in Teams. */
export function inTeams({ tenantId, objectId }: Person): Actor {
  return { platform: 'teams', tenantId, objectId };
}

function linked(policy: Policy): Policy {
  const account = (person: Person, name: string, userId: string) => ({
    person,
    name,
    slack: [{ teamId: 'T0PARTNER', userId }],
  });
  return {
    ...policy,
    people: [
      account(dana, 'Dana', 'U0DANA'),
      account(lee, 'Lee Lead', 'U0LEE'),
      account(kim, 'Kim Lead', 'U0KIM'),
    ],
  };
}

/** The chat room over the subject and its fakes. */
export interface Chat {
  house: House;
  seal: Seal;
  answer: Answer;
  deliver: Deliver;
  slack: FakeMessenger;
  teams: FakeMessenger;
  logged: Logged[];
  /** Delivers everything that is due, and forgets it. */
  post(): Promise<void>;
  type(actor: Actor, text: string, place?: Place): Promise<Reply>;
  /** Presses a button of a card, as its own click carries it. */
  press(
    actor: Actor,
    press: { place: Place; card: Card; verb: Verb; inputs?: Record<string, string> },
  ): Promise<Reply>;
}

export function createChat(approve?: readonly Stage[]): Chat {
  const house = createHouse(approve);
  house.policy.now = linked(house.policy.now);
  const { store } = house;
  const seal = createTestSeal();
  const { log, lines } = createFakeLog();
  const policySource = { current: () => house.policy.now };
  const clock = { now: () => house.clock.at, inDoubt: () => house.clock.doubt };
  const resolvePerson = createResolvePerson({ policySource, directory: house.azure.directory });
  let incidents = 0;
  const answer = createAnswer({
    access: house.access,
    policySource,
    resolvePerson,
    seal,
    clock,
    log,
    newIncidentId: () => `I-${++incidents}`,
  });
  const slack = createFakeMessenger();
  const teams = createFakeMessenger();
  const saved = new Map<string, MessageRef>();
  const messages = {
    findMessage: async (itemId: string) => saved.get(itemId),
    saveMessage: async (itemId: string, ref: MessageRef) => void saved.set(itemId, ref),
  };
  const deliver = createDeliver({
    store,
    policySource,
    messengers: { slack, teams },
    messages,
    seal,
    clock,
    log,
  });
  const post = async (): Promise<void> => {
    for (const item of [...store.mail.values()].filter(({ at }) => at <= house.clock.at)) {
      store.mail.delete(item.id);
      await deliver(item);
    }
  };
  return {
    house,
    seal,
    answer,
    deliver,
    slack,
    teams,
    logged: lines,
    post,
    type: (actor, text, place = { platform: 'slack', teamId: 'T0PARTNER', channelId: 'C0ANY' }) =>
      answer({ kind: 'command', actor, place, text }),
    press: (actor, { place, card, verb, inputs = {} }) => {
      const button = card.buttons.find((each) => each.verb === verb);
      if (!button) throw new Error(`the card has no button ${verb}`);
      return answer({ kind: 'press', actor, place, verb, ref: button.ref, inputs });
    },
  };
}

/** The text of a reply, whatever its kind. */
export function replyText(reply: Reply): string {
  switch (reply.kind) {
    case 'card':
      return cardText(reply.card);
    case 'form':
      return `form ${reply.form.title}`;
    case 'text':
    case 'fieldErrors':
      return reply.text;
  }
}
