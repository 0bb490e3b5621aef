import { randomUUID } from 'node:crypto';
import type { Activity, JsonObject, Message, Place, User, World } from './model.ts';
import { serviceUrlOf } from './world.ts';

const CLIENT = {
  type: 'clientInfo',
  locale: 'en-GB',
  country: 'GB',
  platform: 'Windows',
  timezone: 'Europe/London',
};

/** What every inbound activity of a person in a place has in common. */
function envelope(world: World, user: User, place: Place): JsonObject {
  const timestamp = new Date(world.clock.now()).toISOString();
  return {
    channelId: 'msteams',
    serviceUrl: serviceUrlOf(world, place.tenantId),
    timestamp,
    localTimestamp: timestamp.replace('Z', '+00:00'),
    localTimezone: 'Europe/London',
    from: { id: user.mri, name: user.name, aadObjectId: user.objectId },
    recipient: { id: world.botId, name: world.botName },
    conversation: conversationJson(place, place.id),
    channelData: channelData(user, place),
    locale: 'en-GB',
  };
}

function conversationJson(place: Place, id: string): JsonObject {
  const conversationType = place.kind === 'channel' ? 'channel' : place.kind;
  return {
    ...(place.kind !== 'personal' && { isGroup: true }),
    conversationType,
    tenantId: place.tenantId,
    id,
  };
}

/** The tenant in channel data is the person's, the one in the conversation is the host's. */
function channelData(user: User, place: Place): JsonObject {
  const tenant = { id: user.tenantId };
  if (place.kind !== 'channel') return { tenant };
  return {
    teamsChannelId: place.channel.id,
    teamsTeamId: place.team.id,
    channel: { id: place.channel.id },
    team: { id: place.team.id },
    tenant,
  };
}

/** A message a person typed, with an @mention of the bot, from the slash menu, or plain. */
export function messageActivity(
  world: World,
  said: { user: User; place: Place; id: string; text: string; how: 'plain' | 'mention' | 'slash' },
): Activity {
  const base = envelope(world, said.user, said.place);
  const tag = `<at>${world.botName}</at>`;
  const mention = { type: 'mention', mentioned: { id: world.botId, name: world.botName }, text: tag };
  const mentioned = said.how === 'mention';
  return {
    ...base,
    ...(said.how === 'slash' && { recipient: { id: world.botId, name: world.botName, isTargeted: true } }),
    type: 'message',
    id: said.id,
    textFormat: 'plain',
    text: mentioned ? `${tag} ${said.text}\n` : said.text,
    ...(mentioned && { attachments: [htmlCopy(world.botName, said.text)] }),
    entities: [...(mentioned ? [mention] : []), CLIENT],
  };
}

function htmlCopy(botName: string, text: string): JsonObject {
  const span = `<span itemscope="" itemtype="http://schema.skype.com/Mention" itemid="0">${escape(botName)}</span>`;
  return { contentType: 'text/html', content: `<p>${span}&nbsp;${escape(text)}</p>` };
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The update Teams sends after somebody edited a message. */
export function editActivity(world: World, original: Activity): Activity {
  const timestamp = new Date(world.clock.now()).toISOString();
  const data = original['channelData'] as JsonObject;
  return {
    ...original,
    timestamp,
    localTimestamp: timestamp.replace('Z', '+00:00'),
    type: 'messageUpdate',
    channelData: { ...data, eventType: 'editMessage' },
  };
}

/** What a card sends: an invoke for `Action.Execute` and dialogs, a message for `Action.Submit`. */
export function cardActivity(
  world: World,
  sent: { user: User; place: Place; message: Message | undefined; value: JsonObject } & (
    { type: 'invoke'; name: string } | { type: 'message'; id: string }
  ),
): Activity {
  const base = envelope(world, sent.user, sent.place);
  const { message } = sent;
  const kind =
    sent.type === 'invoke'
      ? { type: 'invoke', name: sent.name, id: newInvokeId() }
      : { type: 'message', id: sent.id };
  const fromCard = message && !(sent.type === 'invoke' && sent.name.startsWith('task/'));
  return {
    ...base,
    channelData: {
      ...(base['channelData'] as JsonObject),
      source: { name: 'message' },
      ...(fromCard && { legacy: { replyToId: `1:${message.id}` } }),
    },
    ...kind,
    ...(message && { replyToId: message.id }),
    entities: [CLIENT],
    value: sent.value,
  };
}

/** A new id as invokes and events carry it: `f:` and a GUID. */
export function newInvokeId(): string {
  return `f:${randomUUID()}`;
}

/** Something that happened to a roster or a team: `membersAdded`, `membersRemoved`, a new channel. */
export function conversationUpdate(
  world: World,
  event: { user: User; place: Place; eventType?: string; changes: JsonObject; channel?: JsonObject },
): Activity {
  const { place } = event;
  return {
    ...anonymous(envelope(world, event.user, place)),
    channelData: {
      ...(event.channel && { channel: event.channel }),
      ...(place.kind === 'channel' && { team: teamJson(place, event.channel ? 'id' : 'name') }),
      ...(event.eventType && { eventType: event.eventType }),
      tenant: { id: place.tenantId },
    },
    type: 'conversationUpdate',
    id: newInvokeId(),
    ...event.changes,
  };
}

/** The install event of a team names its group and the channel that was chosen. */
export function installConversationUpdate(
  world: World,
  event: { user: User; place: Place; changes: JsonObject },
): Activity {
  const { place } = event;
  if (place.kind === 'personal') return conversationUpdate(world, event);
  const activity = conversationUpdate(world, { ...event, eventType: 'teamMemberAdded' });
  if (place.kind !== 'channel') return activity;
  return {
    ...activity,
    channelData: {
      ...(activity['channelData'] as JsonObject),
      team: teamJson(place, 'group'),
      settings: { selectedChannel: { id: place.channel.id } },
    },
  };
}

/** The app was added or removed. */
export function installationUpdate(
  world: World,
  event: { user: User; place: Place; action: 'add' | 'remove' },
): Activity {
  const { place } = event;
  return {
    ...anonymous(envelope(world, event.user, place)),
    channelData: {
      ...(place.kind === 'channel' && { team: teamJson(place, 'group'), channel: { id: place.channel.id } }),
      tenant: { id: place.tenantId },
      ...(place.kind === 'channel' && { settings: { selectedChannel: { id: place.channel.id } } }),
      source: { name: 'message' },
    },
    type: 'installationUpdate',
    id: newInvokeId(),
    action: event.action,
    entities: [CLIENT],
  };
}

/** Events name the acting person by ids alone. */
function anonymous(base: JsonObject): JsonObject {
  const { id, aadObjectId } = base['from'] as JsonObject;
  return { ...base, from: { id, aadObjectId } };
}

function teamJson(place: Place & { kind: 'channel' }, detail: 'id' | 'name' | 'group'): JsonObject {
  const { id, name, aadGroupId } = place.team;
  if (detail === 'id') return { id };
  return detail === 'name' ? { id, name } : { id, name, aadGroupId };
}
