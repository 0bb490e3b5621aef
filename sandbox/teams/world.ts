import { createHash } from 'node:crypto';
import type { SandboxClock } from '../clock.ts';
import type { Channel, GroupChat, Place, Team, Tenant, User, World } from './model.ts';

/** A fresh world without tenants. `changed` and `url` are set by whoever serves it. */
export function createWorld(options: { appId: string; botName: string; clock: SandboxClock }): World {
  return {
    ...options,
    botId: `28:${options.appId}`,
    tenants: new Map(),
    users: new Map(),
    teams: new Map(),
    channels: new Map(),
    groupChats: new Map(),
    messages: [],
    deliveries: [],
    dialogs: new Map(),
    sendsWithoutId: 0,
    lastMessageId: 0,
    url: '',
    changed: () => undefined,
  };
}

/** The service URL Teams names in activities of a tenant: region, tenant, trailing slash. */
export function serviceUrlOf(world: World, tenantId: string): string {
  return `${world.url}/emea/${tenantId}/`;
}

/** A new message id: the instant in ms as Teams makes them, never the same twice. */
export function nextMessageId(world: World): string {
  world.lastMessageId = Math.max(world.lastMessageId + 1, Math.floor(world.clock.now()));
  return String(world.lastMessageId);
}

/** The id of the 1:1 conversation of a person with the bot, `a:1…`; the same every time. */
export function personalConversationId(world: World, objectId: string): string {
  return `a:1${createHash('sha256').update(`${world.appId}|${objectId}`).digest('base64url')}`;
}

/** A person by object id or `29:…` id. */
export function findUser(world: World, id: string): User | undefined {
  return world.users.get(id) ?? [...world.users.values()].find((user) => user.mri === id);
}

/** @throws {Error} when nobody has this id. */
export function getUser(world: World, id: string): User {
  return found(findUser(world, id), `user ${id}`);
}

/** @throws {Error} when there is no such team. */
export function getTeam(world: World, id: string): Team {
  return found(world.teams.get(id), `team ${id}`);
}

/** @throws {Error} when there is no such tenant. */
export function getTenant(world: World, id: string): Tenant {
  return found(world.tenants.get(id), `tenant ${id}`);
}

/** Where a conversation id leads: channel, thread of a channel, 1:1 chat or group chat. */
export function findPlace(world: World, conversationId: string): Place | undefined {
  const [id = '', rootId] = conversationId.split(';messageid=');
  const channel = world.channels.get(id);
  if (channel) {
    const team = getTeam(world, channel.teamId);
    return { kind: 'channel', id: conversationId, tenantId: team.tenantId, team, channel, rootId };
  }
  const groupChat = world.groupChats.get(conversationId);
  if (groupChat) return { kind: 'groupChat', id: conversationId, tenantId: groupChat.tenantId, groupChat };
  for (const user of world.users.values()) {
    if (personalConversationId(world, user.objectId) !== conversationId) continue;
    return { kind: 'personal', id: conversationId, tenantId: user.tenantId, user };
  }
  return undefined;
}

/** @throws {Error} when the id leads nowhere. */
export function getPlace(world: World, conversationId: string): Place {
  return found(findPlace(world, conversationId), `conversation ${conversationId}`);
}

/** The people in a place, in the order they were added. */
export function membersOf(world: World, place: Place): User[] {
  if (place.kind === 'personal') return [place.user];
  const ids = place.kind === 'channel' ? place.team.members : place.groupChat.members;
  return [...ids].map((id) => getUser(world, id));
}

/** Whether the person shares a team or a group chat with the installed bot, which lets the bot write 1:1. */
export function meetsBot(world: World, user: User): boolean {
  const places: Array<Team | GroupChat> = [...world.teams.values(), ...world.groupChats.values()];
  return places.some(
    (place) => place.botInstalled && place.tenantId === user.tenantId && place.members.has(user.objectId),
  );
}

/** The channels of a team, General first. */
export function channelsOf(world: World, teamId: string): Channel[] {
  return [...world.channels.values()].filter((channel) => channel.teamId === teamId);
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`The simulated Teams has no ${what}.`);
  return value;
}
