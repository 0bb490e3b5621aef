import { isVanished } from './activities.ts';
import type { Message, World } from './model.ts';
import { personalConversationId } from './world.ts';

/** A message with the others in its thread (empty unless it is the first to be seen there). */
export interface MessageView extends Message {
  replies: Message[];
}

/** What is to be seen. Deleted messages are left out; the dump keeps them. */
export interface Reading {
  /**
   * Oldest first. For a channel: the first message of every thread, with its replies. For a thread
   * (`…;messageid=…`): its root and its replies. For a chat: its messages. Targeted messages are left out.
   */
  messages(conversationOrChannelId: string): MessageView[];
  /** The 1:1 chat of a person with the bot. */
  chat(userObjectId: string): MessageView[];
  /** What only this person sees in shared places, until it vanishes after a day. */
  targeted(userObjectId: string): Message[];
}

/** Reads this world as its clients show it. */
export function createReading(world: World): Reading {
  const messages: Reading['messages'] = (id) => {
    const visible = world.messages.filter(
      (message) => message.deletedAt === undefined && message.targetedTo === undefined,
    );
    const heads = headsOf(visible);
    const inPlace = world.channels.has(id)
      ? heads.filter((message) => message.channelId === id)
      : visible.filter((message) => message.conversationId === id);
    return inPlace.map((message) => ({
      ...message,
      replies: heads.includes(message) ? repliesTo(message, visible) : [],
    }));
  };
  return {
    messages,
    chat: (userObjectId) => messages(personalConversationId(world, userObjectId)),
    targeted: (userObjectId) =>
      world.messages.filter(
        (message) =>
          message.targetedTo === userObjectId &&
          message.deletedAt === undefined &&
          !isVanished(world, message),
      ),
  };
}

/** The first visible message of every thread; its root may be deleted, or a slash command nobody else sees. */
function headsOf(visible: Message[]): Message[] {
  const heads = new Map<string, Message>();
  for (const message of visible) {
    const isFirst = message.channelId !== undefined && !heads.has(message.conversationId);
    if (isFirst) heads.set(message.conversationId, message);
  }
  return [...heads.values()];
}

function repliesTo(head: Message, visible: Message[]): Message[] {
  return visible.filter((each) => each.conversationId === head.conversationId && each !== head);
}
