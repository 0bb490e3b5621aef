import type { Reply } from '../chat/card.ts';
import type { CardMessage } from './render-card.ts';
import { ADAPTIVE_CARD, cardMessage, renderCard, renderFormCard } from './render-card.ts';
import type { Element } from './render-line.ts';
import { clip, renderLine } from './render-line.ts';

const MAX_TEXT = 3_000;
const MAX_LINES = 100;

/** The answer to a click, as the body of the HTTP response to the invoke. Teams shows it to the person who clicked. */
export type InvokeBody =
  | { statusCode: 200; type: typeof ADAPTIVE_CARD; value: Element }
  | { statusCode: 200; type: 'application/vnd.microsoft.activity.message'; value: string }
  | {
      statusCode: 400 | 500;
      type: 'application/vnd.microsoft.error';
      value: { code: string; message: string };
    };

/** A reply as the answer to a click. */
export function toInvokeBody(reply: Reply): InvokeBody {
  switch (reply.kind) {
    case 'card':
      return { statusCode: 200, type: ADAPTIVE_CARD, value: renderCard(reply.card) };
    case 'form':
      return { statusCode: 200, type: ADAPTIVE_CARD, value: renderFormCard(reply.form, reply) };
    case 'text':
    case 'fieldErrors':
      return invokeMessage(reply.text);
  }
}

/** Words as the answer to a click. */
export function invokeMessage(text: string): InvokeBody {
  return {
    statusCode: 200,
    type: 'application/vnd.microsoft.activity.message',
    value: clip(text, MAX_TEXT) || ' ',
  };
}

/** A click that cannot be answered otherwise. */
export function invokeError(statusCode: 400 | 500, message: string): InvokeBody {
  const code = statusCode === 400 ? 'BadRequest' : 'InternalServerError';
  return { statusCode, type: 'application/vnd.microsoft.error', value: { code, message } };
}

/** A reply as a message. Words come on a card too: in the text of a message Teams would read markup. */
export function toMessage(reply: Reply): CardMessage {
  switch (reply.kind) {
    case 'card':
      return cardMessage(renderCard(reply.card), reply.card.summary);
    case 'form':
      return cardMessage(renderFormCard(reply.form, reply), reply.form.title);
    case 'text':
    case 'fieldErrors':
      return textMessage(reply.text);
  }
}

/** Words as a message. */
export function textMessage(text: string): CardMessage {
  const body = clip(text, MAX_TEXT)
    .split('\n')
    .slice(0, MAX_LINES)
    .flatMap((each) => renderLine([{ kind: 'text', text: each || ' ' }], MAX_TEXT));
  return cardMessage({ type: 'AdaptiveCard', version: '1.5', body }, text);
}
