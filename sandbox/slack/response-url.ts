import { randomBytes } from 'node:crypto';
import type { SandboxAnswer, SandboxRequest } from '../http.ts';
import { ApiError } from './api-error.ts';
import { isObject } from './limits.ts';
import { addBotMessage, checkedContent, deleteMessage, editMessage, findMessage } from './messages.ts';
import { getInstallation, type Installation, type Json, type ResponseUrl, type SlackState } from './state.ts';

/** Five posts within thirty minutes. Source: https://docs.slack.dev/interactivity/handling-user-interaction */
const USES = 5;
const LIFE_MS = 30 * 60_000;

/** A response URL under `/hooks/` for what a person just did. */
export function issueResponseUrl(
  state: SlackState,
  use: {
    kind: 'commands' | 'actions';
    baseUrl: string;
    teamId: string;
    userId: string;
    channelId: string;
    originalTs?: string;
  },
): string {
  const path = `/hooks/${use.kind}/${use.teamId}/${state.responseUrls.size + 1}/${randomBytes(12).toString('hex')}`;
  state.responseUrls.set(path, {
    teamId: use.teamId,
    userId: use.userId,
    channelId: use.channelId,
    originalTs: use.originalTs,
    issuedAt: state.clock.now(),
    uses: 0,
  });
  return `${use.baseUrl}${path}`;
}

/** Answers a POST to a response URL: `ok`, 404 `expired_url` or `used_url`, 400 with what is wrong. */
export function answerResponseUrl(state: SlackState, request: SandboxRequest): SandboxAnswer {
  const entry = state.responseUrls.get(request.path);
  if (!entry) return { status: 404, text: 'no_team' };
  if (request.method !== 'POST') return { status: 405, text: 'method_not_allowed' };
  if (state.clock.now() - entry.issuedAt > LIFE_MS) return { status: 404, text: 'expired_url' };
  if (entry.uses >= USES) return { status: 404, text: 'used_url' };
  const body = parse(request.body);
  if (!body) return { status: 400, text: 'invalid_payload' };
  try {
    respond(state, entry, body);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { status: 400, text: error.code };
  }
  entry.uses += 1;
  return { status: 200, text: 'ok' };
}

function respond(state: SlackState, entry: ResponseUrl, body: Json): void {
  const original = entry.originalTs ? findMessage(state, entry.channelId, entry.originalTs) : undefined;
  if (body['delete_original'] === true) {
    if (!original) throw new ApiError('message_not_found');
    return deleteMessage(state, original);
  }
  if (body['replace_original'] === true) {
    if (!original) throw new ApiError('message_not_found');
    return editMessage(state, original, checkedContent(bodyContent(body), 'post'));
  }
  postResponse(state, getInstallation(state, entry.teamId), { ...entry, body });
}

/** Posts what an acknowledgement or a response URL says: to the person alone unless it says `in_channel`. */
export function postResponse(
  state: SlackState,
  installation: Installation,
  response: { channelId: string; userId: string; body: Json },
): void {
  const { body } = response;
  const threadTs = body['thread_ts'];
  addBotMessage(state, installation, {
    channelId: response.channelId,
    content: checkedContent(bodyContent(body), 'post'),
    ...(typeof threadTs === 'string' && { threadTs }),
    ...(body['response_type'] !== 'in_channel' && { ephemeralTo: response.userId }),
  });
}

function bodyContent(body: Json): { text: string | undefined; blocks: Json[] | undefined } {
  const { text, blocks } = body;
  if (blocks !== undefined && !(Array.isArray(blocks) && blocks.every(isObject))) {
    throw new ApiError('invalid_blocks_format');
  }
  return { text: typeof text === 'string' ? text : undefined, blocks };
}

function parse(body: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
