import type { Log } from '../access/ports.ts';
import { actorOf, conversationType } from './incoming.ts';
import type { Connector } from './connector.ts';
import { stringAt } from './json.ts';
import type { JsonObject } from './json.ts';
import type { Poster } from './messenger.ts';
import { textMessage } from './reply.ts';
import type { CardMessage } from './render-card.ts';
import { hostTenantOf } from './tenants.ts';

/** What answering in private needs. */
export interface PrivateReplyDeps {
  connector: Connector;
  poster: Poster;
  log: Log;
}

const NOT_REACHABLE =
  'I have an answer that only you may see, but Teams does not let me write to you privately. ' +
  'Add the Latchkey app for yourself (Apps, Latchkey, Add), then ask again.';

/**
 * Says something to the person behind an activity that nobody else sees: in their private chat; in a shared place as a
 * targeted message where the tenant has them, else in their private chat; and where neither is possible, a public line
 * without the content says how to become reachable.
 *
 * Source: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/targeted-messages
 *
 * @throws when not even the public line could be posted
 */
export async function replyPrivately(
  deps: PrivateReplyDeps,
  activity: JsonObject,
  message: CardMessage,
): Promise<void> {
  if (conversationType(activity) === 'personal') return sendHere(deps, activity, message);
  try {
    return await sendTargeted(deps, activity, message);
  } catch (error) {
    deps.log.info('teams.reply.notTargeted', { reason: nameOf(error) });
  }
  const actor = actorOf(activity);
  try {
    if (!actor) throw new Error('nobody to write to');
    await deps.poster.post(
      { platform: 'teams', tenantId: hostTenantOf(activity), userId: actor.objectId },
      message,
    );
  } catch (error) {
    deps.log.info('teams.reply.notPrivate', { reason: nameOf(error) });
    await sendHere(deps, activity, textMessage(NOT_REACHABLE));
  }
}

async function sendTargeted(
  deps: PrivateReplyDeps,
  activity: JsonObject,
  message: CardMessage,
): Promise<void> {
  const recipient = { id: stringAt(activity['from'], 'id') ?? '' };
  await deps.connector({
    ...hereOf(activity, '?isTargetedActivity=true'),
    body: { ...message, recipient },
  });
}

async function sendHere(deps: PrivateReplyDeps, activity: JsonObject, message: CardMessage): Promise<void> {
  await deps.connector({ ...hereOf(activity, ''), body: message });
}

function hereOf(
  activity: JsonObject,
  query: '' | '?isTargetedActivity=true',
): { method: 'POST'; serviceUrl: string; path: string } {
  const conversationId = encodeURIComponent(stringAt(activity['conversation'], 'id') ?? '');
  const serviceUrl = stringAt(activity, 'serviceUrl') ?? '';
  return { method: 'POST', serviceUrl, path: `v3/conversations/${conversationId}/activities${query}` };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.message : typeof error;
}
