import type { WebClient } from '@slack/web-api';
import { NotFound, Unavailable } from '../access/errors.ts';
import type { Card, MessageRef, Messenger } from '../chat/card.ts';
import { renderCard } from './render-card.ts';

const RETRY_MS = 5_000;
// Answers that no waiting will change: https://docs.slack.dev/reference/methods/chat.postMessage#errors
const GONE = new Set([
  'channel_not_found',
  'not_in_channel',
  'is_archived',
  'user_not_found',
  'user_not_in_channel',
  'message_not_found',
  'cant_update_message',
  'account_inactive',
  'user_disabled',
]);

/** Posts and updates cards in Slack. A person's private chat is addressed by the user id. */
export function createMessenger(client: WebClient): Messenger {
  return {
    post: async (place, card) => {
      if (place.platform !== 'slack') throw new NotFound('This place is not in Slack.');
      const channel = 'channelId' in place ? place.channelId : place.userId;
      const sent = await translated(() => client.chat.postMessage({ channel, ...plainMessage(card) }));
      if (!sent.ts || !sent.channel)
        throw new Unavailable('Slack did not say where it put the message.', RETRY_MS);
      return { place, id: sent.ts, conversationId: sent.channel };
    },
    update: async (ref: MessageRef, card) => {
      await translated(() =>
        client.chat.update({ channel: ref.conversationId ?? '', ts: ref.id, ...renderCard(card) }),
      );
    },
  };
}

function plainMessage(card: Card) {
  return { ...renderCard(card), unfurl_links: false, unfurl_media: false };
}

/** Slack's errors by code: wait, or gone for good. */
async function translated<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translate(error);
  }
}

/** What an error of the Web API means for us. Bodies are not repeated: they may be a proxy's HTML. */
export function translate(error: unknown): Error {
  const { code, data, retryAfter } = error as {
    code?: string;
    data?: { error?: string };
    retryAfter?: number;
  };
  if (code === 'slack_webapi_rate_limited_error') {
    return new Unavailable('Slack asks us to wait.', (retryAfter ?? 1) * 1000, { cause: error });
  }
  const said = data?.error;
  if (said !== undefined && GONE.has(said)) return new NotFound(`Slack says ${said}.`);
  const words = said !== undefined && /^[a-z_]{1,60}$/.test(said) ? said : (code ?? 'no answer');
  return new Unavailable(`Slack did not take it: ${words}.`, RETRY_MS, { cause: error });
}
