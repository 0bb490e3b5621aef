import { isVanished } from './activities.ts';
import { actionsOf, ADAPTIVE_CARD, cardOf, fillInputs, findCardProblems } from './cards.ts';
import type { Deliverer, DeliveryOptions } from './deliver.ts';
import { isObject, objectAt, stringAt } from './model.ts';
import type { Activity, Delivery, JsonObject, Message, Place, User, World } from './model.ts';
import { cardActivity, newInvokeId } from './payloads.ts';
import { assertMember } from './people.ts';
import { getPlace, getUser, nextMessageId } from './world.ts';

/** Which button: by verb, by title or by id; and what was typed into the card's inputs. `user` is an object id. */
export interface Click extends DeliveryOptions {
  user: string;
  activityId: string;
  verb?: string;
  title?: string;
  id?: string;
  inputs?: Record<string, string>;
}

/** What a click led to. `shown` is what the clicking person sees. */
export interface ClickResult {
  delivery: Delivery;
  /** The invoke answer `{statusCode, type, value}`, if there was one. */
  answer: JsonObject | undefined;
  shown: 'card' | 'message' | 'error' | 'nothing';
  /** The words of a message or an error. */
  text: string | undefined;
}

/** What people can press. All throw an Error when the client would not let them: no such button, not a member. */
export interface Clicks {
  /** Presses an `Action.Execute`. A returned card is shown to this person only. */
  click(click: Click): Promise<ClickResult>;
  /** Opens the message, which runs the card's `refresh` action. */
  refresh(look: { user: string; activityId: string } & DeliveryOptions): Promise<ClickResult>;
  /** Presses an `Action.Submit`, or as an old client the fallback of an `Action.Execute`: a message with `value`. */
  submit(click: Click): Promise<Delivery>;
  /** The same delivery again with a fresh token: with the same activity id, or with a new id and timestamp. */
  redeliver(again: { deliveryId: string; as: 'sameId' | 'newId' } & DeliveryOptions): Promise<ClickResult>;
  /** The card as this person sees it now. */
  seenCard(look: { user: string; activityId: string }): JsonObject;
}

/** Lets people press what is on the cards in front of them. */
export function createClicks(world: World, deliverer: Deliverer): Clicks {
  return {
    click: async ({ verb, title, id, inputs = {}, user: userId, activityId, ...options }) => {
      const seen = look(world, userId, activityId);
      const action = getAction(seen.card, { type: 'Action.Execute', verb, title, id });
      const data = { ...objectAt(action, 'data'), ...typedInputs(seen.card, action, inputs) };
      return execute({ world, deliverer, seen, action, data, trigger: 'manual', options });
    },
    refresh: async ({ user: userId, activityId, ...options }) => {
      const seen = look(world, userId, activityId);
      const action = objectAt(objectAt(seen.card, 'refresh'), 'action');
      if (action['type'] !== 'Action.Execute') throw new Error('The card does not refresh.');
      const data = objectAt(action, 'data');
      return execute({ world, deliverer, seen, action, data, trigger: 'automatic', options });
    },
    submit: async ({ verb, title, id, inputs = {}, user: userId, activityId, ...options }) => {
      const seen = look(world, userId, activityId);
      const action = getAction(seen.card, { type: 'Action.Submit', verb, title, id });
      const value = { ...objectAt(action, 'data'), ...typedInputs(seen.card, action, inputs) };
      if (isObject(value['msteams'])) throw new Error(`"${String(action['title'])}" opens a dialog.`);
      const { user, place, message } = seen;
      const sent = { user, place, message, value, type: 'message', id: nextMessageId(world) } as const;
      return deliverer.deliver(cardActivity(world, sent), options);
    },
    redeliver: async ({ deliveryId, as, ...options }) => {
      const first = world.deliveries.find((each) => each.id === deliveryId);
      if (!first) throw new Error(`There was no delivery ${deliveryId}.`);
      const timestamp = new Date(world.clock.now()).toISOString();
      const renewed = { id: newInvokeId(), timestamp, localTimestamp: timestamp.replace('Z', '+00:00') };
      const activity: Activity = { ...first.activity, ...(as === 'newId' && renewed) };
      const channelId = stringAt(activity, 'channelId');
      const delivery = await deliverer.deliver(activity, { ...(channelId && { channelId }), ...options });
      const message = world.messages.find((each) => each.id === activity['replyToId']);
      const user = world.users.get(stringAt(activity['from'], 'aadObjectId') ?? '');
      return applyAnswer(world, { delivery, message, user });
    },
    seenCard: ({ user, activityId }) => look(world, user, activityId).card,
  };
}

/** A message in front of somebody. */
export interface Seen {
  user: User;
  place: Place;
  message: Message;
  card: JsonObject;
}

/** @throws {Error} when the person does not see such a message, or it has no card. */
export function look(world: World, userId: string, activityId: string): Seen {
  const user = getUser(world, userId);
  const message = world.messages.find((each) => each.id === activityId);
  if (!message || message.deletedAt !== undefined || isVanished(world, message)) {
    throw new Error(`There is no message ${activityId}.`);
  }
  const place = getPlace(world, message.conversationId);
  assertMember(world, user, place);
  if (message.targetedTo !== undefined && message.targetedTo !== user.objectId) {
    throw new Error(`${user.name} does not see the message ${activityId}.`);
  }
  const card = message.views[user.objectId] ?? cardOf(message.activity);
  if (!card) throw new Error(`The message ${activityId} has no card.`);
  return { user, place, message, card };
}

interface Wanted {
  type: 'Action.Execute' | 'Action.Submit';
  verb: string | undefined;
  title: string | undefined;
  id: string | undefined;
}

/** The button on the card; old clients press the `Action.Submit` fallback of an `Action.Execute`. */
export function getAction(card: JsonObject, wanted: Wanted): JsonObject {
  const actions = actionsOf(card).flatMap((action) => [action, objectAt(action, 'fallback')]);
  const action = actions.find(
    (each) =>
      each['type'] === wanted.type &&
      (wanted.title === undefined || each['title'] === wanted.title) &&
      (wanted.id === undefined || each['id'] === wanted.id) &&
      (wanted.verb === undefined || (each['verb'] ?? objectAt(each, 'data')['verb']) === wanted.verb),
  );
  if (!action) {
    const titles = actionsOf(card).map((each) => `${String(each['type'])} "${String(each['title'])}"`);
    throw new Error(`No ${JSON.stringify(wanted)} on the card; it has ${titles.join(', ') || 'no actions'}.`);
  }
  if (action['isEnabled'] === false) throw new Error(`"${String(action['title'])}" is disabled.`);
  return action;
}

/** Inputs travel with an action unless it says `associatedInputs: none`. */
export function typedInputs(
  card: JsonObject,
  action: JsonObject,
  inputs: Record<string, string>,
): Record<string, string> {
  return String(action['associatedInputs']).toLowerCase() === 'none' ? {} : fillInputs(card, inputs, action);
}

interface Execution {
  world: World;
  deliverer: Deliverer;
  seen: Seen;
  action: JsonObject;
  data: JsonObject;
  trigger: 'manual' | 'automatic';
  options: DeliveryOptions;
}

async function execute(execution: Execution): Promise<ClickResult> {
  const { world, deliverer, seen, action, data, trigger } = execution;
  const { user, place, message } = seen;
  const named = Object.fromEntries(
    ['type', 'id', 'title', 'verb']
      .filter((key) => action[key] !== undefined)
      .map((key) => [key, action[key]]),
  );
  const value = { action: { ...named, data }, trigger };
  const sent = { user, place, message, value, type: 'invoke', name: 'adaptiveCard/action' } as const;
  const delivery = await deliverer.deliver(cardActivity(world, sent), execution.options);
  return applyAnswer(world, { delivery, message, user });
}

/** Shows the answer of an invoke to the person who clicked, as their client would. */
function applyAnswer(
  world: World,
  clicked: { delivery: Delivery; message: Message | undefined; user: User | undefined },
): ClickResult {
  const { delivery, message, user } = clicked;
  const answer = isObject(delivery.body) && delivery.status === 200 ? delivery.body : undefined;
  const result = { delivery, answer, ...readAnswer(answer) };
  if (!message || !user || delivery.activity['name'] !== 'adaptiveCard/action') return result;
  if (result.shown === 'card') message.views[user.objectId] = structuredClone(objectAt(answer, 'value'));
  if (result.shown === 'message' || result.shown === 'error') {
    const at = world.clock.now();
    message.notices.push({ userObjectId: user.objectId, kind: result.shown, text: result.text ?? '', at });
  }
  world.changed();
  return result;
}

const UNUSABLE = 'Something went wrong. Please try again.';

function readAnswer(answer: JsonObject | undefined): Pick<ClickResult, 'shown' | 'text'> {
  if (!answer) return { shown: 'error', text: UNUSABLE };
  const { type, value } = answer;
  if (type === ADAPTIVE_CARD) {
    const problems = findCardProblems(value);
    return problems.length === 0
      ? { shown: 'card', text: undefined }
      : { shown: 'error', text: `${UNUSABLE} (${problems.join('; ')})` };
  }
  if (type === 'application/vnd.microsoft.activity.message' && typeof value === 'string') {
    return { shown: 'message', text: value };
  }
  if (type === 'application/vnd.microsoft.error') {
    return { shown: 'error', text: stringAt(value, 'message') ?? UNUSABLE };
  }
  return type === undefined && value === undefined
    ? { shown: 'nothing', text: undefined }
    : { shown: 'error', text: UNUSABLE };
}
