import type { SandboxAnswer } from '../http.ts';
import { postMessage } from './activities.ts';
import {
  badArgument,
  blockedByUser,
  botNotInRoster,
  ConnectorError,
  conversationNotFound,
} from './connector-error.ts';
import { isObject, objectAt, stringAt } from './model.ts';
import type { Activity, Channel, JsonObject, Place, User, World } from './model.ts';
import {
  channelsOf,
  findPlace,
  findUser,
  getPlace,
  meetsBot,
  membersOf,
  personalConversationId,
  serviceUrlOf,
} from './world.ts';

/** The channel a `POST /v3/conversations` body names, if it asks for a new thread. */
export function channelOfCreate(body: JsonObject): string | undefined {
  const channelData = objectAt(body, 'channelData');
  return stringAt(objectAt(channelData, 'channel'), 'id') ?? stringAt(channelData, 'teamsChannelId');
}

/** `POST /v3/conversations`: a new thread in a channel, or the 1:1 chat with one person. */
export function createConversation(world: World, body: JsonObject): SandboxAnswer {
  const channelId = channelOfCreate(body);
  return channelId === undefined ? createPersonal(world, body) : createThread(world, channelId, body);
}

function createThread(world: World, channelId: string, body: JsonObject): SandboxAnswer {
  const place = findPlace(world, channelId);
  if (place?.kind !== 'channel' || place.rootId !== undefined) throw conversationNotFound();
  assertBotMayPost(place);
  const activity = body['activity'];
  if (!isObject(activity)) throw badSyntax('Incorrect conversation creation parameters');
  const message = postMessage(world, place, activity as Activity);
  return {
    status: 201,
    json: {
      id: message.conversationId,
      activityId: message.id,
      serviceUrl: serviceUrlOf(world, place.tenantId),
    },
  };
}

function createPersonal(world: World, body: JsonObject): SandboxAnswer {
  const members = Array.isArray(body['members']) ? body['members'] : [];
  const tenantId =
    stringAt(body, 'tenantId') ?? stringAt(objectAt(objectAt(body, 'channelData'), 'tenant'), 'id');
  if (members.length !== 1 || !tenantId) throw badSyntax('Incorrect conversation creation parameters');
  const user = findUser(world, stringAt(members[0], 'id') ?? '');
  if (!user) throw badArgument('Failed to decrypt conversation id');
  assertReachable(world, user, tenantId);
  const place = getPlace(world, personalConversationId(world, user.objectId));
  const activity = body['activity'];
  if (!isObject(activity)) return { status: 201, json: { id: place.id } };
  assertBotMayPost(place);
  const message = postMessage(world, place, activity as Activity);
  return { status: 201, json: { id: place.id, activityId: message.id } };
}

function badSyntax(message: string): ConnectorError {
  return new ConnectorError(400, 'BadSyntax', message);
}

/** People of another tenant cannot be written to 1:1, nor can people who never met the bot. */
function assertReachable(world: World, user: User, tenantId: string): void {
  if (user.personalApp === 'blocked') throw blockedByUser();
  if (user.tenantId === tenantId && (user.personalApp === 'installed' || meetsBot(world, user))) return;
  throw new ConnectorError(
    403,
    'ForbiddenOperationException',
    "Bot is not installed in user's personal scope",
  );
}

/**
 * @throws {ConnectorError} 403 when the bot is not in the place (any more) or the person blocked it.
 */
export function assertBotMayPost(place: Place): void {
  if (place.kind === 'personal') {
    if (place.user.personalApp === 'blocked') throw blockedByUser();
    if (place.user.personalApp === 'removed') throw botNotInRoster();
    return;
  }
  const { botInstalled } = place.kind === 'channel' ? place.team : place.groupChat;
  if (!botInstalled) throw botNotInRoster();
}

/** `GET …/members`, `…/members/{id}` and `…/pagedmembers` of a conversation or team id. */
export function readMembers(
  world: World,
  place: Place,
  asked: { kind: 'all' } | { kind: 'one'; memberId: string } | { kind: 'page'; query: URLSearchParams },
): SandboxAnswer {
  const members = membersOf(world, place);
  if (asked.kind === 'all') return { status: 200, json: members.map(memberJson) };
  if (asked.kind === 'one') {
    const member = members.find((each) => each.mri === asked.memberId || each.objectId === asked.memberId);
    if (member) return { status: 200, json: memberJson(member) };
    throw new ConnectorError(404, 'MemberNotFoundInConversation', 'Member not found in conversation');
  }
  const size = Math.min(500, Math.max(50, Number(asked.query.get('pageSize') ?? 200) || 200));
  const start = Number(asked.query.get('continuationToken') ?? 0) || 0;
  const end = start + size;
  return {
    status: 200,
    json: {
      members: members.slice(start, end).map(memberJson),
      ...(end < members.length && { continuationToken: String(end) }),
    },
  };
}

/** A member as the roster shows it. E-mail addresses are made of the name, and are nobody's identity. */
export function memberJson(user: User): JsonObject {
  const [givenName = user.name, ...rest] = user.name.split(' ');
  const mail = `${user.name.toLowerCase().replaceAll(/[^a-z]+/g, '.')}@${user.tenantId.slice(0, 8)}.example`;
  return {
    id: user.mri,
    name: user.name,
    aadObjectId: user.objectId,
    objectId: user.objectId,
    givenName,
    surname: rest.join(' '),
    email: mail,
    userPrincipalName: mail,
    tenantId: user.tenantId,
    userRole: user.role,
  };
}

/** `GET /v3/teams/{id}` and `GET /v3/teams/{id}/conversations`. */
export function readTeam(world: World, teamId: string, part: 'details' | 'conversations'): SandboxAnswer {
  const team = world.teams.get(teamId);
  if (!team) throw conversationNotFound();
  if (!team.botInstalled) throw botNotInRoster();
  const channels = channelsOf(world, team.id);
  if (part === 'conversations') return { status: 200, json: { conversations: channels.map(channelJson) } };
  const { id, name, aadGroupId, tenantId } = team;
  const counts = { channelCount: channels.length, memberCount: team.members.size };
  return { status: 200, json: { id, name, aadGroupId, tenantId, type: 'standard', ...counts } };
}

/** General comes without a name, as Teams lists it. */
function channelJson(channel: Channel): JsonObject {
  return channel.id === channel.teamId ? { id: channel.id } : { id: channel.id, name: channel.name };
}
