import { ApiError } from './api-error.ts';
import {
  getInstallation,
  type Installation,
  type Json,
  type SlackChannel,
  type SlackState,
} from './state.ts';

/** The channel object of conversations.info, as the bot of `installation` sees it. */
export function channelObject(channel: SlackChannel, installation: Installation): Json {
  if (channel.imUserId) return imObject(channel, installation);
  const isShared = channel.isExtShared || channel.isOrgShared;
  const connected = channel.connectedTeamIds;
  return {
    id: channel.id,
    name: channel.name,
    is_channel: true,
    is_group: false,
    is_im: false,
    is_mpim: false,
    is_private: channel.isPrivate,
    created: Math.floor(channel.createdAt / 1000),
    is_archived: channel.isArchived,
    is_general: false,
    unlinked: 0,
    name_normalized: channel.name,
    is_shared: isShared,
    is_org_shared: channel.isOrgShared,
    is_pending_ext_shared: channel.isPendingExtShared,
    pending_shared: channel.isPendingExtShared ? connected : [],
    context_team_id: installation.teamId,
    updated: channel.createdAt,
    parent_conversation: null,
    creator: [...channel.members][0] ?? 'USLACKBOT',
    is_ext_shared: channel.isExtShared,
    shared_team_ids: [channel.teamId, ...(isShared ? connected : [])],
    pending_connected_team_ids: [],
    is_member: channel.members.has(installation.botUserId),
    topic: { value: '', creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
    previous_names: [],
    num_members: channel.members.size,
    ...(channel.isExtShared && {
      conversation_host_id: channel.teamId,
      internal_team_ids: [channel.teamId],
      connected_team_ids: connected,
      connected_limited_team_ids: [],
    }),
  };
}

/** The shorter object of a direct message. */
export function imObject(channel: SlackChannel, installation: Installation): Json {
  return {
    id: channel.id,
    created: Math.floor(channel.createdAt / 1000),
    is_archived: channel.isArchived,
    is_im: true,
    is_org_shared: channel.isOrgShared,
    context_team_id: installation.teamId,
    user: channel.imUserId,
  };
}

/** Workspaces and organisations with a seat in the channel. */
export function teamsOf(channel: SlackChannel): string[] {
  return [channel.teamId, ...(channel.isExtShared || channel.isOrgShared ? channel.connectedTeamIds : [])];
}

/** Finds a channel by id, `#name` or name, as far as the bot may know of it. A person's id means their direct message. */
export function findChannel(
  state: SlackState,
  reference: string,
  installation: Installation,
): SlackChannel | undefined {
  if (/^[UW]/.test(reference) && state.users.has(reference)) {
    return openDirectMessage(state, reference, installation).channel;
  }
  const name = reference.replace(/^#/, '');
  const channel =
    state.channels.get(reference) ??
    [...state.channels.values()].find((one) => one.name === name && one.teamId === installation.teamId);
  if (!channel || !teamsOf(channel).includes(installation.teamId)) return undefined;
  const isHidden = channel.isPrivate || channel.imUserId !== undefined;
  return isHidden && !channel.members.has(installation.botUserId) ? undefined : channel;
}

/** Opens (or finds) the direct message between the bot and a person. @throws {ApiError} as conversations.open does. */
export function openDirectMessage(
  state: SlackState,
  userId: string,
  installation: Installation,
): { channel: SlackChannel; wasOpen: boolean } {
  const user = state.users.get(userId);
  if (!user) throw new ApiError('user_not_found');
  if (user.deleted) throw new ApiError('user_disabled');
  if (!isHome(state, user.teamId, installation.teamId) && !sharesChannel(state, userId, installation)) {
    throw new ApiError('user_not_visible');
  }
  const existing = [...state.channels.values()].find(
    (channel) => channel.imUserId === userId && channel.members.has(installation.botUserId),
  );
  if (existing) return { channel: existing, wasOpen: true };
  const channel: SlackChannel = {
    id: state.nextId('D'),
    teamId: installation.teamId,
    name: 'directmessage',
    members: new Set([userId, installation.botUserId]),
    isPrivate: true,
    isArchived: false,
    isOrgShared: false,
    isExtShared: false,
    isPendingExtShared: false,
    connectedTeamIds: [],
    imUserId: userId,
    createdAt: state.clock.now(),
  };
  state.channels.set(channel.id, channel);
  return { channel, wasOpen: false };
}

/** Whether people of `homeTeamId` are the installed workspace's own (same workspace, or its organisation). */
export function isHome(state: SlackState, homeTeamId: string, teamId: string): boolean {
  return homeTeamId === teamId || state.workspaces.get(teamId)?.enterpriseId === homeTeamId;
}

/** Whether the person is in a channel the installed workspace takes part in. */
export function sharesChannel(state: SlackState, userId: string, installation: Installation): boolean {
  return [...state.channels.values()].some(
    (channel) =>
      !channel.imUserId && channel.members.has(userId) && teamsOf(channel).includes(installation.teamId),
  );
}

/**
 * The installation whose app serves this channel: the host's, or that of a connected workspace.
 *
 * @throws when the app is installed in none of them.
 */
export function installationFor(state: SlackState, channel: SlackChannel): Installation {
  const teamId = teamsOf(channel).find((id) => state.workspaces.get(id)?.installation);
  return getInstallation(state, teamId ?? channel.teamId);
}
