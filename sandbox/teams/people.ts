import { addMessage } from './activities.ts';
import type { Deliverer, DeliveryOptions } from './deliver.ts';
import type { Delivery, Message, Place, User, World } from './model.ts';
import { editActivity, messageActivity } from './payloads.ts';
import { getPlace, getTenant, getUser, membersOf, nextMessageId, personalConversationId } from './world.ts';

/** What people can type. */
export interface People {
  /**
   * Types a message. `place` is `personal`, or the id of a channel, a thread or a group chat. Without `mention` or
   * `slash` the bot hears only 1:1 chats.
   *
   * @throws {Error} when the client would not let them: not a member, no slash commands in the tenant.
   */
  say(said: Said): Promise<SaidResult>;
  /** Edits an own message; the bot is told if it was told of the message. */
  edit(edited: Edited): Promise<Delivery | undefined>;
}

/** What somebody types, where. `user` is an object id. */
export interface Said extends DeliveryOptions {
  user: string;
  place: string;
  text: string;
  mention?: true;
  slash?: true;
}

/** A changed text for an own message. */
export interface Edited extends DeliveryOptions {
  user: string;
  activityId: string;
  text: string;
}

/** The stored message, and its delivery unless the bot does not hear it. */
export interface SaidResult {
  activityId: string;
  /** With `;messageid=` in channels. */
  conversationId: string;
  delivery: Delivery | undefined;
}

/** Lets the people of the world type; what the bot may hear is delivered to it. */
export function createPeople(world: World, deliverer: Deliverer): People {
  return {
    say: async ({ user: userId, place: placeId, text, mention, slash, ...options }) => {
      const user = getUser(world, userId);
      const place = getPlace(world, placeId === 'personal' ? personalConversationId(world, userId) : placeId);
      const how = slash ? 'slash' : mention ? 'mention' : 'plain';
      assertMaySay(world, { user, place, how });
      const id = nextMessageId(world);
      const thread = threadPlace(place, id);
      const activity = messageActivity(world, { user, place: thread, id, text, how });
      const author = { fromId: user.mri, fromName: user.name, id };
      const targeted = how === 'slash' ? { targetedTo: user.objectId } : {};
      const message = addMessage(world, place, { activity, ...author, ...targeted });
      const heard = how !== 'plain' || place.kind === 'personal';
      const delivery = heard ? await deliverer.deliver(activity, options) : undefined;
      return { activityId: id, conversationId: message.conversationId, delivery };
    },
    edit: async ({ user: userId, activityId, text, ...options }) => {
      const message = getOwn(world, getUser(world, userId), activityId);
      const mentioned = String(message.activity['text']).startsWith('<at>');
      const tag = mentioned ? `<at>${world.botName}</at> ` : '';
      const edited = { ...editActivity(world, message.activity), text: `${tag}${text}` };
      message.activity = { ...edited, type: 'message' };
      message.history.push({ at: world.clock.now(), activity: message.activity });
      world.changed();
      const heard = mentioned || message.channelId === undefined;
      return heard ? deliverer.deliver(edited, options) : undefined;
    },
  };
}

/** A message typed into a bare channel is the root of its own thread. */
function threadPlace(place: Place, id: string): Place {
  if (place.kind !== 'channel' || place.rootId !== undefined) return place;
  return { ...place, id: `${place.channel.id};messageid=${id}`, rootId: id };
}

function assertMaySay(
  world: World,
  said: { user: User; place: Place; how: 'plain' | 'mention' | 'slash' },
): void {
  assertMember(world, said.user, said.place);
  if (said.how === 'plain') return;
  if (said.place.kind === 'personal') throw new Error('A 1:1 chat has neither mentions nor slash commands.');
  const { botInstalled } = said.place.kind === 'channel' ? said.place.team : said.place.groupChat;
  if (!botInstalled) throw new Error(`${world.botName} is not installed in ${said.place.id}.`);
  if (said.how === 'slash' && !getTenant(world, said.place.tenantId).targetedMessages) {
    throw new Error(`The tenant ${said.place.tenantId} has no slash commands.`);
  }
}

/** @throws {Error} when the person is not in the place, or took the personal app away. */
export function assertMember(world: World, user: User, place: Place): void {
  if (!membersOf(world, place).includes(user))
    throw new Error(`${user.name} is not a member of ${place.id}.`);
  if (place.kind === 'personal' && (user.personalApp === 'removed' || user.personalApp === 'blocked')) {
    throw new Error(`${user.name} has ${user.personalApp} the bot.`);
  }
}

function getOwn(world: World, user: User, activityId: string): Message {
  const message = world.messages.find((each) => each.id === activityId && each.fromId === user.mri);
  if (!message) throw new Error(`${user.name} has written no message ${activityId}.`);
  return message;
}
