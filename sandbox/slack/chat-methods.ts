import { ApiError } from './api-error.ts';
import { findChannel } from './conversations.ts';
import {
  addBotMessage,
  checkedContent,
  deleteMessage,
  editMessage,
  findMessage,
  messageObject,
  type MessageContent,
} from './messages.ts';
import type { ApiCall, ApiMethod } from './methods.ts';
import { versionOf, type MessageVersion, type SlackChannel, type StoredMessage } from './state.ts';

/** The chat.* methods. Source: https://docs.slack.dev/reference/methods?family=chat */
export const CHAT_METHODS: Record<string, ApiMethod> = {
  'chat.postMessage': {
    tier: 'posting',
    scope: 'chat:write',
    channel: (call) => call.args.text('channel'),
    run: (call) => {
      const channel = writableChannel(call);
      const message = addBotMessage(call.state, call.installation, {
        channelId: channel.id,
        content: checkedContent(contentOf(call), 'post'),
        threadTs: call.args.text('thread_ts'),
        metadata: call.args.object('metadata'),
      });
      return { channel: channel.id, ts: message.ts, message: messageObject(call.state, message) };
    },
  },
  'chat.postEphemeral': {
    tier: 'tier4',
    scope: 'chat:write',
    run: (call) => {
      const channel = writableChannel(call);
      const userId = call.args.required('user');
      if (!channel.members.has(userId)) throw new ApiError('user_not_in_channel');
      const message = addBotMessage(call.state, call.installation, {
        channelId: channel.id,
        content: checkedContent(contentOf(call), 'post'),
        threadTs: call.args.text('thread_ts'),
        ephemeralTo: userId,
      });
      return { message_ts: message.ts };
    },
  },
  'chat.update': {
    tier: 'tier3',
    scope: 'chat:write',
    run: (call) => {
      const message = ownMessage(call, 'cant_update_message');
      const next = updatedContent(call, versionOf(message));
      editMessage(call.state, message, next);
      return {
        channel: message.channelId,
        ts: message.ts,
        text: next.text,
        message: messageObject(call.state, message),
      };
    },
  },
  'chat.delete': {
    tier: 'tier3',
    scope: 'chat:write',
    run: (call) => {
      const message = ownMessage(call, 'cant_delete_message');
      deleteMessage(call.state, message);
      return { channel: message.channelId, ts: message.ts };
    },
  },
};

function contentOf(call: ApiCall): MessageContent {
  return { text: call.args.text('text'), blocks: call.args.list('blocks', 'invalid_blocks_format') };
}

/** What an update leaves out stays: text alone keeps the blocks (an empty list removes them), blocks alone the text. */
function updatedContent(call: ApiCall, now: MessageVersion): Omit<MessageVersion, 'at'> {
  const { text, blocks } = contentOf(call);
  if (text === undefined && blocks === undefined) throw new ApiError('no_text');
  return checkedContent({ text: text ?? now.text, blocks: blocks ?? now.blocks }, 'update');
}

function writableChannel(call: ApiCall): SlackChannel {
  const channel = visibleChannel(call);
  if (channel.isArchived) throw new ApiError('is_archived');
  const isOpen = !channel.isPrivate && call.installation.scopes.includes('chat:write.public');
  if (!channel.members.has(call.installation.botUserId) && !isOpen) throw new ApiError('not_in_channel');
  return channel;
}

function visibleChannel(call: ApiCall): SlackChannel {
  const channel = findChannel(call.state, call.args.text('channel') ?? '', call.installation);
  if (!channel) throw new ApiError('channel_not_found');
  return channel;
}

function ownMessage(call: ApiCall, refusal: string): StoredMessage {
  const channel = visibleChannel(call);
  const message = findMessage(call.state, channel.id, call.args.required('ts'));
  if (!message || message.ephemeralTo) throw new ApiError('message_not_found');
  if (message.botId !== call.installation.botId) throw new ApiError(refusal);
  return message;
}
