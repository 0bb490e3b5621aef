import type { KnownBlock } from '@slack/types';
import type { Reply } from '../chat/card.ts';
import { renderCard } from './render-card.ts';
import { clip, plainText } from './render-line.ts';

/** A private answer as Slack takes it in an ack, a response URL or `chat.postEphemeral`. */
export interface PrivateMessage {
  text: string;
  blocks: KnownBlock[];
}

const MAX_SECTION = 3_000;

/** A reply as a message only the person who acted sees; undefined for replies that are not messages. */
export function renderReply(reply: Reply): PrivateMessage | undefined {
  switch (reply.kind) {
    case 'card':
      return renderCard(reply.card);
    case 'text':
    case 'fieldErrors':
      return {
        text: plainText(reply.text, MAX_SECTION),
        blocks: [
          {
            type: 'section',
            text: { type: 'plain_text', text: clip(reply.text, MAX_SECTION), emoji: false },
          },
        ],
      };
    case 'form':
      return undefined;
  }
}
