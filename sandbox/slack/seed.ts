import {
  getChannel,
  getUser,
  type Installation,
  type SlackChannel,
  type SlackState,
  type SlackUser,
} from './state.ts';

/** The scopes the app's manifest asks for. `users:read.email` is optional and off. */
export const DEFAULT_SCOPES = [
  'commands',
  'chat:write',
  'app_mentions:read',
  'users:read',
  'channels:read',
  'groups:read',
  'im:write',
];

/** A workspace to add. Without `botToken` the app is not installed there. */
export interface WorkspaceSeed {
  /** `T…` */
  id: string;
  name: string;
  domain: string;
  /** `xoxb-…` */
  botToken?: string;
  /** `xapp-…`, for Socket Mode. The app has one whoever installed it. */
  appToken?: string;
  /** `E…` */
  enterpriseId?: string;
  /** Default `DEFAULT_SCOPES`. */
  scopes?: string[];
  /** Default `UBOT` and the digits of the workspace. */
  botUserId?: string;
  botName?: string;
}

/** A person (or another bot) to add. */
export interface UserSeed {
  /** `U…` or `W…` */
  id: string;
  /** Home workspace `T…`, or `E…` for somebody of a Grid organisation. */
  teamId: string;
  name: string;
  realName: string;
  tz?: string;
  email?: string;
  emailHidden?: boolean;
  isEmailConfirmed?: boolean;
  isRestricted?: boolean;
  isUltraRestricted?: boolean;
  deleted?: boolean;
  isBot?: boolean;
}

/** A channel to add. The app's bots of every team in it are members unless `withoutBot`. */
export interface ChannelSeed {
  /** `C…` */
  id: string;
  /** The host. */
  teamId: string;
  name: string;
  members: string[];
  isPrivate?: boolean;
  isArchived?: boolean;
  isOrgShared?: boolean;
  isExtShared?: boolean;
  isPendingExtShared?: boolean;
  connectedTeamIds?: string[];
  withoutBot?: boolean;
}

/** Adds a workspace and, with a bot token, the app's bot in it. @throws when the id is taken. */
export function addWorkspace(state: SlackState, seed: WorkspaceSeed): Installation | undefined {
  if (state.workspaces.has(seed.id)) throw new Error(`sandbox slack: workspace ${seed.id} exists already`);
  const installation = seed.botToken === undefined ? undefined : installationOf(seed, seed.botToken);
  state.workspaces.set(seed.id, {
    id: seed.id,
    name: seed.name,
    domain: seed.domain,
    enterpriseId: seed.enterpriseId,
    installation,
  });
  if (seed.appToken) state.appTokens.add(seed.appToken);
  if (installation) {
    const name = seed.botName ?? 'latchkey';
    addUser(state, { id: installation.botUserId, teamId: seed.id, name, realName: name, isBot: true });
  }
  state.changed({ kind: 'seed' });
  return installation;
}

function installationOf(seed: WorkspaceSeed, botToken: string): Installation {
  const tail = seed.id.slice(1);
  return {
    teamId: seed.id,
    botToken,
    botUserId: seed.botUserId ?? `UBOT${tail}`,
    botId: `B${tail}`,
    scopes: [...(seed.scopes ?? DEFAULT_SCOPES)],
    tokenState: 'live',
  };
}

/** Adds a person. @throws when the id is taken or the team unknown. */
export function addUser(state: SlackState, seed: UserSeed): SlackUser {
  const { id, teamId } = seed;
  if (state.users.has(id)) throw new Error(`sandbox slack: user ${id} exists already`);
  const isKnown = [...state.workspaces.values()].some(
    (one) => one.id === teamId || one.enterpriseId === teamId,
  );
  if (!isKnown) throw new Error(`sandbox slack: user ${id} belongs to ${teamId}, which was not added`);
  const user: SlackUser = {
    id,
    teamId,
    name: seed.name,
    realName: seed.realName,
    tz: seed.tz ?? 'Europe/London',
    email: seed.email,
    emailHidden: seed.emailHidden ?? false,
    isEmailConfirmed: seed.isEmailConfirmed ?? true,
    isRestricted: seed.isRestricted ?? false,
    isUltraRestricted: seed.isUltraRestricted ?? false,
    deleted: seed.deleted ?? false,
    isBot: seed.isBot ?? false,
  };
  state.users.set(id, user);
  state.changed({ kind: 'seed', userId: id });
  return user;
}

/** Changes a person: deactivates, makes a guest, moves home. @throws when unknown. */
export function changeUser(state: SlackState, userId: string, change: Partial<Omit<SlackUser, 'id'>>): void {
  Object.assign(getUser(state, userId), change);
  state.changed({ kind: 'seed', userId });
}

/** Adds a channel. @throws when the id is taken or a team or member unknown. */
export function addChannel(state: SlackState, seed: ChannelSeed): SlackChannel {
  if (state.channels.has(seed.id)) throw new Error(`sandbox slack: channel ${seed.id} exists already`);
  if (!state.workspaces.has(seed.teamId))
    throw new Error(`sandbox slack: there is no workspace ${seed.teamId}`);
  for (const member of seed.members) getUser(state, member);
  const bots = [seed.teamId, ...(seed.connectedTeamIds ?? [])]
    .map((teamId) => state.workspaces.get(teamId)?.installation?.botUserId)
    .filter((id) => id !== undefined);
  const channel: SlackChannel = {
    id: seed.id,
    teamId: seed.teamId,
    name: seed.name,
    members: new Set([...seed.members, ...(seed.withoutBot ? [] : bots)]),
    isPrivate: seed.isPrivate ?? false,
    isArchived: seed.isArchived ?? false,
    isOrgShared: seed.isOrgShared ?? false,
    isExtShared: seed.isExtShared ?? false,
    isPendingExtShared: seed.isPendingExtShared ?? false,
    connectedTeamIds: [...(seed.connectedTeamIds ?? [])],
    imUserId: undefined,
    createdAt: state.clock.now(),
  };
  state.channels.set(channel.id, channel);
  state.changed({ kind: 'seed', channelId: channel.id });
  return channel;
}

/** Changes a channel: archives it, hides it, removes or adds members. @throws when unknown. */
export function changeChannel(
  state: SlackState,
  channelId: string,
  change: { name?: string; isArchived?: boolean; isPrivate?: boolean; join?: string[]; leave?: string[] },
): void {
  const channel = getChannel(state, channelId);
  const { join = [], leave = [], ...fields } = change;
  Object.assign(channel, fields);
  for (const userId of join) channel.members.add(getUser(state, userId).id);
  for (const userId of leave) channel.members.delete(userId);
  state.changed({ kind: 'seed', channelId });
}
