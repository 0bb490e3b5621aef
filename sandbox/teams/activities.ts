import { ADAPTIVE_CARD, findCardProblems } from './cards.ts';
import { activityNotFound, badArgument, ConnectorError, conversationNotFound } from './connector-error.ts';
import { isObject, objectAt, stringAt } from './model.ts';
import type { Activity, Message, Place, User, World } from './model.ts';
import { membersOf, nextMessageId } from './world.ts';

/** 100 KB, counted in UTF-16. Source: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages */
const MOST_BYTES = 100 * 1024;
/** Targeted messages vanish from clients after a day. */
const TARGETED_LIFE_MS = 24 * 3_600_000;
const OTHER_CARDS =
  /^application\/vnd\.microsoft\.(card\.(hero|thumbnail|signin|oauth|list)|teams\.)|^(image|text)\//;

/**
 * Stores a message of the bot and shows it in the place; in a bare channel it begins a thread.
 *
 * @throws {ConnectorError} 400 for what Teams cannot show, 404 for a thread that is not there, 413 for too much.
 */
export function postMessage(world: World, place: Place, activity: Activity): Message {
  checkContent(activity);
  if (
    place.kind === 'channel' &&
    place.rootId !== undefined &&
    !isThread(world, place.channel.id, place.rootId)
  ) {
    throw conversationNotFound();
  }
  const bot = { fromId: world.botId, fromName: world.botName };
  return addMessage(world, place, { activity, ...bot });
}

/** Stores a message somebody wrote. In a bare channel it begins a thread; `id` is given when it is known before. */
export function addMessage(
  world: World,
  place: Place,
  written: { activity: Activity; fromId: string; fromName: string; id?: string; targetedTo?: string },
): Message {
  const { activity, ...rest } = written;
  const id = written.id ?? nextMessageId(world);
  const at = world.clock.now();
  const kept = structuredClone(activity);
  const message: Message = {
    ...rest,
    id,
    conversationId: place.id,
    at,
    activity: kept,
    history: [{ at, activity: kept }],
    views: {},
    notices: [],
  };
  if (place.kind === 'channel') {
    message.channelId = place.channel.id;
    message.rootId = place.rootId ?? id;
    message.conversationId = `${place.channel.id};messageid=${message.rootId}`;
  }
  world.messages.push(message);
  world.changed();
  return message;
}

function isThread(world: World, channelId: string, rootId: string): boolean {
  return world.messages.some((message) => message.channelId === channelId && message.id === rootId);
}

/**
 * A message for one person's eyes in a shared place.
 *
 * @throws {ConnectorError} 400 without recipient, in a 1:1 chat, or where the tenant does not have targeted messages;
 * 404 when the recipient is not in the roster.
 */
export function postTargeted(world: World, place: Place, activity: Activity): Message {
  checkContent(activity);
  const recipient = recipientOf(world, place, activity);
  const bot = { fromId: world.botId, fromName: world.botName };
  return addMessage(world, place, { activity, ...bot, targetedTo: recipient.objectId });
}

function recipientOf(world: World, place: Place, activity: Activity): User {
  if (place.kind === 'personal') throw badArgument('Targeted messages are not supported in personal chats');
  if (!world.tenants.get(place.tenantId)?.targetedMessages)
    throw badArgument('Targeted messages are not supported');
  const recipientId = stringAt(objectAt(activity, 'recipient'), 'id');
  if (!recipientId) throw badArgument('A targeted message needs a recipient');
  const member = membersOf(world, place).find(
    (user) => user.mri === recipientId || user.objectId === recipientId,
  );
  if (member) return member;
  throw new ConnectorError(404, 'MemberNotFoundInConversation', 'Member not found in conversation');
}

/** Which message a PUT or DELETE means. */
export interface MessageReference {
  place: Place;
  activityId: string;
  audience: 'everybody' | 'targeted';
}

/** @throws {ConnectorError} 404 when the conversation has no such message of the bot (any more). */
export function getOwnMessage(world: World, { place, activityId, audience }: MessageReference): Message {
  const message = world.messages.find((each) => each.id === activityId && isIn(each, place));
  const isTargeted = message?.targetedTo !== undefined;
  const right = message?.fromId === world.botId && isTargeted === (audience === 'targeted');
  if (!message || !right || message.deletedAt !== undefined || isVanished(world, message))
    throw activityNotFound();
  return message;
}

function isIn(message: Message, place: Place): boolean {
  return place.kind === 'channel'
    ? message.channelId === place.channel.id && (!place.rootId || message.rootId === place.rootId)
    : message.conversationId === place.id;
}

/** Whether a targeted message is gone from its reader's client. */
export function isVanished(world: World, message: Message): boolean {
  return message.targetedTo !== undefined && world.clock.now() - message.at >= TARGETED_LIFE_MS;
}

/** Replaces a message for everybody; what single people saw instead is gone. */
export function updateMessage(world: World, message: Message, activity: Activity): void {
  checkContent(activity);
  message.activity = structuredClone(activity);
  message.history.push({ at: world.clock.now(), activity: message.activity });
  message.views = {};
  message.notices = [];
  world.changed();
}

/** Takes a message away for everybody. */
export function deleteMessage(world: World, message: Message): void {
  message.deletedAt = world.clock.now();
  world.changed();
}

function checkContent(activity: Activity): void {
  if (JSON.stringify(activity).length * 2 > MOST_BYTES) {
    throw new ConnectorError(413, 'MessageSizeTooBig', 'Message size too large.');
  }
  const attachments = Array.isArray(activity['attachments']) ? activity['attachments'] : [];
  if (!stringAt(activity, 'text') && attachments.length === 0) {
    throw new ConnectorError(400, 'BadSyntax', 'The activity has neither text nor attachments');
  }
  for (const attachment of attachments) {
    const contentType = stringAt(attachment, 'contentType') ?? '';
    if (contentType === ADAPTIVE_CARD) {
      const problems = findCardProblems(isObject(attachment) ? attachment['content'] : undefined);
      if (problems.length > 0) throw badArgument(`Bad adaptive card: ${problems.join('; ')}`);
    } else if (!OTHER_CARDS.test(contentType)) throw badArgument('Unknown attachment type');
  }
}
