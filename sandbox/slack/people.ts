import { ApiError } from './api-error.ts';
import { isHome, sharesChannel, teamsOf } from './conversations.ts';
import type { Installation, Json, SlackState, SlackUser } from './state.ts';

/**
 * The user object of users.info as one installation sees it.
 *
 * `profile.email` needs the scope `users:read.email`; an outsider's organisation may hide it. An outsider who shares a
 * channel with the app has `is_stranger: false`.
 *
 * @throws {ApiError} `user_not_found` when the installation cannot know the person.
 */
export function userObject(state: SlackState, user: SlackUser, installation: Installation): Json {
  const home = isHome(state, user.teamId, installation.teamId);
  if (!home && !isTeamConnected(state, user.teamId, installation.teamId))
    throw new ApiError('user_not_found');
  if (user.deleted) return deletedObject(user);
  return {
    id: user.id,
    team_id: user.teamId,
    name: user.name,
    deleted: false,
    color: '9f69e7',
    real_name: user.realName,
    tz: user.tz,
    tz_label: user.tz,
    tz_offset: offsetSeconds(user.tz, state.clock.now()),
    profile: profileObject(state, user, installation),
    is_admin: false,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: user.isRestricted || user.isUltraRestricted,
    is_ultra_restricted: user.isUltraRestricted,
    is_bot: user.isBot,
    is_app_user: false,
    updated: Math.floor(state.clock.now() / 1000),
    is_email_confirmed: user.isEmailConfirmed,
    who_can_share_contact_card: 'EVERYONE',
    ...(!home && { is_stranger: !sharesChannel(state, user.id, installation) }),
    ...enterpriseUser(state, user),
  };
}

/** The member with this address. Outsiders and deactivated members are not found. @throws {ApiError} `users_not_found`. */
export function userByEmail(state: SlackState, email: string, installation: Installation): SlackUser {
  const found = [...state.users.values()].find(
    (user) =>
      !user.deleted &&
      user.email?.toLowerCase() === email.toLowerCase() &&
      isHome(state, user.teamId, installation.teamId),
  );
  if (!found) throw new ApiError('users_not_found');
  return found;
}

function profileObject(state: SlackState, user: SlackUser, installation: Installation): Json {
  const mayReadEmail = installation.scopes.includes('users:read.email');
  const isHidden = user.emailHidden && !isHome(state, user.teamId, installation.teamId);
  const bot = [...state.workspaces.values()].find(
    (one) => one.installation?.botUserId === user.id,
  )?.installation;
  return {
    real_name: user.realName,
    display_name: user.name,
    avatar_hash: 'abc',
    ...(user.email && mayReadEmail && !isHidden && { email: user.email }),
    image_48: 'https://secure.gravatar.example/48.png',
    team: user.teamId,
    ...(bot && { bot_id: bot.botId, api_app_id: state.appId }),
  };
}

function deletedObject(user: SlackUser): Json {
  return {
    id: user.id,
    team_id: user.teamId,
    name: user.name,
    deleted: true,
    profile: { real_name: user.realName },
    is_bot: user.isBot,
    is_app_user: false,
    updated: 0,
  };
}

function enterpriseUser(state: SlackState, user: SlackUser): Json {
  const own = [...state.workspaces.values()].filter(
    (workspace) =>
      workspace.enterpriseId && (workspace.id === user.teamId || workspace.enterpriseId === user.teamId),
  );
  const enterpriseId = own[0]?.enterpriseId;
  if (!enterpriseId) return {};
  return {
    enterprise_user: {
      id: user.id,
      enterprise_id: enterpriseId,
      enterprise_name: enterpriseId,
      is_admin: false,
      is_owner: false,
      is_primary_owner: false,
      teams: own.map((workspace) => workspace.id),
    },
  };
}

function isTeamConnected(state: SlackState, homeTeamId: string, teamId: string): boolean {
  return [...state.channels.values()].some((channel) => {
    const teams = teamsOf(channel);
    return teams.includes(homeTeamId) && teams.includes(teamId);
  });
}

/** Offset of an IANA zone from UTC in seconds. */
function offsetSeconds(zone: string, atMs: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    timeZoneName: 'longOffset',
  }).formatToParts(atMs);
  const label = parts.find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  const match = /GMT([+-])(\d{2}):(\d{2})/.exec(label);
  if (!match) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 3600 + Number(match[3]) * 60);
}
