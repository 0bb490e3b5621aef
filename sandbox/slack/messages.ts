import { ApiError, invalidBlocks } from './api-error.ts';
import { checkBlocks } from './blocks.ts';
import { normaliseBlocks } from './normalise.ts';
import {
  versionOf,
  type Installation,
  type Json,
  type MessageVersion,
  type SlackState,
  type StoredMessage,
} from './state.ts';

/** Slack cuts a posted text here; an update longer than `UPDATE_TEXT` is refused. */
const POST_TEXT = 40_000;
const UPDATE_TEXT = 4_000;

/** What a message is to say. */
export interface MessageContent {
  text: string | undefined;
  blocks: Json[] | undefined;
}

/**
 * Checks and normalises what a message is to say.
 *
 * @throws {ApiError} `no_text`, `msg_too_long`, `invalid_blocks`.
 */
export function checkedContent(content: MessageContent, use: 'post' | 'update'): Omit<MessageVersion, 'at'> {
  const blocks = content.blocks ?? [];
  const text = content.text ?? '';
  if (text === '' && blocks.length === 0) throw new ApiError('no_text');
  if (use === 'update' && text.length > UPDATE_TEXT) throw new ApiError('msg_too_long');
  const problems = checkBlocks(blocks, { pointer: '/blocks', max: 50 });
  if (problems.length > 0) throw invalidBlocks(problems);
  return { text: text.slice(0, POST_TEXT), blocks: normaliseBlocks(blocks) };
}

/** Where a new message goes and who sees it. */
export interface NewMessage {
  channelId: string;
  content: Omit<MessageVersion, 'at'>;
  threadTs?: string | undefined;
  metadata?: Json | undefined;
  ephemeralTo?: string | undefined;
}

/** Stores a message of the app's bot. */
export function addBotMessage(
  state: SlackState,
  installation: Installation,
  message: NewMessage,
): StoredMessage {
  return store(state, message, {
    teamId: installation.teamId,
    userId: installation.botUserId,
    botId: installation.botId,
  });
}

/** Stores what a person wrote. */
export function addHumanMessage(
  state: SlackState,
  author: { userId: string; teamId: string },
  message: NewMessage,
): StoredMessage {
  return store(state, message, { ...author, botId: undefined });
}

function store(
  state: SlackState,
  message: NewMessage,
  author: { teamId: string; userId: string; botId: string | undefined },
): StoredMessage {
  const stored: StoredMessage = {
    channelId: message.channelId,
    ts: state.nextTs(),
    ...author,
    threadTs: message.threadTs,
    metadata: message.metadata,
    versions: [{ at: state.clock.now(), ...message.content }],
    editedTs: undefined,
    ephemeralTo: message.ephemeralTo,
    deletedAt: undefined,
  };
  state.messages.push(stored);
  announce(state, stored);
  return stored;
}

/** Gives a message new words; the old ones stay in its history. */
export function editMessage(
  state: SlackState,
  message: StoredMessage,
  content: Omit<MessageVersion, 'at'>,
): void {
  message.versions.push({ at: state.clock.now(), ...content });
  message.editedTs = `${Math.floor(state.clock.now() / 1000)}.000000`;
  announce(state, message);
}

/** Takes a message away. */
export function deleteMessage(state: SlackState, message: StoredMessage): void {
  message.deletedAt = state.clock.now();
  announce(state, message);
}

/** A message that is still there, ephemeral ones included. */
export function findMessage(state: SlackState, channelId: string, ts: string): StoredMessage | undefined {
  return state.messages.find(
    (message) => message.channelId === channelId && message.ts === ts && message.deletedAt === undefined,
  );
}

function announce(state: SlackState, message: StoredMessage): void {
  state.changed({
    kind: message.ephemeralTo ? 'ephemeral' : 'message',
    channelId: message.channelId,
    ts: message.ts,
    ...(message.ephemeralTo && { userId: message.ephemeralTo }),
  });
}

/** The message object of the Web API and of interactions, now or at an earlier version. */
export function messageObject(state: SlackState, message: StoredMessage, index?: number): Json {
  const version = versionOf(message, index);
  return {
    type: 'message',
    user: message.userId,
    ...(message.botId && { bot_id: message.botId, app_id: state.appId }),
    team: message.teamId,
    ts: message.ts,
    text: version.text,
    ...(version.blocks.length > 0 && { blocks: version.blocks }),
    ...(message.threadTs && { thread_ts: message.threadTs }),
    ...(message.metadata && { metadata: message.metadata }),
    ...(message.editedTs && { edited: { user: message.botId ?? message.userId, ts: message.editedTs } }),
  };
}
