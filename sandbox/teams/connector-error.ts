import type { SandboxAnswer } from '../http.ts';

/** A refusal by the connector, answered as `{error: {code, message}}`. */
export class ConnectorError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.name = 'ConnectorError';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The HTTP answer for a refusal. */
export function answerOfError(error: ConnectorError): SandboxAnswer {
  return {
    status: error.status,
    headers: error.headers,
    json: { error: { code: error.code, message: error.message } },
  };
}

/** 400: the body says something Teams cannot use. */
export function badArgument(message: string): ConnectorError {
  return new ConnectorError(400, 'BadArgument', message);
}

/** 404: no conversation has this id. */
export function conversationNotFound(): ConnectorError {
  return new ConnectorError(404, 'ConversationNotFound', 'Conversation not found.');
}

/** 404: no message has this id in the conversation, or it was deleted. */
export function activityNotFound(): ConnectorError {
  return new ConnectorError(404, 'ActivityNotFoundInConversation', 'Activity not found.');
}

/** 403: the bot was never added here, or was removed. */
export function botNotInRoster(): ConnectorError {
  return new ConnectorError(
    403,
    'BotNotInConversationRoster',
    'The bot is not part of the conversation roster.',
  );
}

/** 403: the person blocked the bot. */
export function blockedByUser(): ConnectorError {
  return new ConnectorError(403, 'ConversationBlockedByUser', 'User blocked the conversation with the bot.');
}
