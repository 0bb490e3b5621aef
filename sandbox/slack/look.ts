import {
  versionOf,
  type Json,
  type MessageVersion,
  type SlackState,
  type StoredMessage,
  type StoredView,
} from './state.ts';
import { homeInstallation } from './actor.ts';
import { stateValues, wordsOf, type StateValues } from './view-values.ts';
import { homeOf, modalStack } from './views.ts';

/** A message as people see it. */
export interface SeenMessage {
  channelId: string;
  ts: string;
  userId: string;
  /** `B…` when the app wrote it. */
  botId: string | undefined;
  text: string;
  blocks: Json[];
  threadTs: string | undefined;
  metadata: Json | undefined;
  ephemeralTo: string | undefined;
  /** Epoch ms. */
  postedAt: number;
  /** Every version from the first to the visible one. */
  history: MessageVersion[];
}

/** A modal or Home tab as its person sees it. */
export interface SeenView {
  id: string;
  type: 'modal' | 'home';
  userId: string;
  teamId: string;
  callbackId: string;
  privateMetadata: string;
  title: string;
  submit: string | undefined;
  close: string | undefined;
  blocks: Json[];
  /** Block id → action id → state value. */
  values: StateValues;
  /** Errors under inputs: block id → words. */
  errors: Record<string, string>;
  /** What the client shows when the app failed to answer. */
  trouble: string | undefined;
}

/** What one person has open. */
export interface SeenViews {
  /** The modal on top. */
  modal: SeenView | undefined;
  /** All open modals, bottom first. */
  stack: SeenView[];
  home: SeenView | undefined;
}

/** The messages of a channel that everybody there sees, oldest first. */
export function messagesIn(state: SlackState, channelId: string): SeenMessage[] {
  return live(state)
    .filter((message) => message.channelId === channelId && !message.ephemeralTo)
    .map(seenMessage);
}

/** What only this person sees, oldest first. */
export function ephemeralsOf(state: SlackState, userId: string, channelId?: string): SeenMessage[] {
  return live(state)
    .filter((message) => message.ephemeralTo === userId)
    .filter((message) => channelId === undefined || message.channelId === channelId)
    .map(seenMessage);
}

/** The direct messages between this person and the app, oldest first. */
export function directMessagesOf(state: SlackState, userId: string): SeenMessage[] {
  return live(state)
    .filter((message) => state.channels.get(message.channelId)?.imUserId === userId && !message.ephemeralTo)
    .map(seenMessage);
}

/** The person's open modals and Home tab. */
export function viewsOf(state: SlackState, userId: string): SeenViews {
  const stack = modalStack(state, userId).map(seenView);
  const user = state.users.get(userId);
  const teamId = user ? homeInstallation(state, user)?.teamId : undefined;
  const home = teamId ? homeOf(state, userId, teamId) : undefined;
  return { modal: stack.at(-1), stack, home: home && seenView(home) };
}

function live(state: SlackState): StoredMessage[] {
  return state.messages.filter((message) => message.deletedAt === undefined);
}

/** A stored message as people see it; a copy that no later change touches. */
export function seenMessage(message: StoredMessage): SeenMessage {
  const { text, blocks } = versionOf(message);
  return structuredClone({
    channelId: message.channelId,
    ts: message.ts,
    userId: message.userId,
    botId: message.botId,
    text,
    blocks,
    threadTs: message.threadTs,
    metadata: message.metadata,
    ephemeralTo: message.ephemeralTo,
    postedAt: message.versions[0]?.at ?? 0,
    history: message.versions,
  });
}

/** A stored view as its person sees it; a copy. */
export function seenView(view: StoredView): SeenView {
  const { content } = view;
  return structuredClone({
    id: view.id,
    type: view.type,
    userId: view.userId,
    teamId: view.teamId,
    callbackId: String(content['callback_id'] ?? ''),
    privateMetadata: String(content['private_metadata'] ?? ''),
    title: wordsOf(content['title']),
    submit: content['submit'] ? wordsOf(content['submit']) : undefined,
    close: content['close'] ? wordsOf(content['close']) : undefined,
    blocks: content['blocks'] as Json[],
    values: stateValues(content['blocks'], view.values),
    errors: view.errors,
    trouble: view.trouble,
  });
}
