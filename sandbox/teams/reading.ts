import { isVanished } from './activities.ts';
import type { Message, World } from './model.ts';
import { personalConversationId } from './world.ts';

/** A message with the replies in its thread (empty unless it began one). */
export interface MessageView extends Message {
  replies: Message[];
}

/** What is to be seen. Deleted messages are left out; the dump keeps them. */
export interface Reading {
  /**
   * Oldest first. For a channel: the messages that began threads, with their replies. For a thread
   * (`…;messageid=…`): its root and its replies. For a chat: its messages. Targeted messages are left out.
   */
  messages(conversationOrChannelId: string): MessageView[];
  /** The 1:1 chat of a person with the bot. */
  chat(userObjectId: string): MessageView[];
  /** What only this person sees in shared places, until it vanishes after a day. */
  targeted(userObjectId: string): Message[];
}

export function createReading(world: World): Reading {
  const visible = (): Message[] =>
    world.messages.filter((message) => message.deletedAt === undefined && message.targetedTo === undefined);
  const messages: Reading['messages'] = (id) => {
    const all = visible();
    const inPlace = world.channels.has(id)
      ? all.filter((message) => message.channelId === id && message.rootId === message.id)
      : all.filter((message) => message.conversationId === id);
    return inPlace.map((message) => ({ ...message, replies: repliesTo(message, all) }));
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

function repliesTo(root: Message, all: Message[]): Message[] {
  if (root.rootId !== root.id) return [];
  return all.filter((message) => message.conversationId === root.conversationId && message.id !== root.id);
}
