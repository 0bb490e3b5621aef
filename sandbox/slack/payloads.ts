import { randomUUID } from 'node:crypto';
import { teamsOf } from './conversations.ts';
import {
  getInstallation,
  getWorkspace,
  type Installation,
  type Json,
  type SlackChannel,
  type SlackState,
  type SlackUser,
} from './state.ts';

/** The fields every payload of an interaction shares. `teamId` is the workspace named in `team`. */
export function interactionBase(state: SlackState, user: SlackUser, teamId: string): Json {
  const workspace = state.workspaces.get(teamId);
  const enterpriseId = workspace?.enterpriseId;
  return {
    user: { id: user.id, username: user.name, name: user.name, team_id: user.teamId },
    token: state.verificationToken,
    api_app_id: state.appId,
    team: { id: teamId, domain: workspace?.domain ?? teamId.toLowerCase() },
    enterprise: enterpriseId ? { id: enterpriseId, name: enterpriseId } : null,
    is_enterprise_install: false,
  };
}

/** What a channel is called in a payload: private ones and direct messages do not tell their name. */
export function channelName(channel: SlackChannel): string {
  if (channel.imUserId) return 'directmessage';
  return channel.isPrivate ? 'privategroup' : channel.name;
}

/** A slash command's form fields; all strings. */
export function commandPayload(
  state: SlackState,
  said: {
    installation: Installation;
    user: SlackUser;
    channel: SlackChannel;
    command: string;
    text: string;
    responseUrl: string;
    triggerId: string;
  },
): Json {
  const workspace = getWorkspace(state, said.installation.teamId);
  return {
    token: state.verificationToken,
    api_app_id: state.appId,
    team_id: workspace.id,
    team_domain: workspace.domain,
    channel_id: said.channel.id,
    channel_name: channelName(said.channel),
    user_id: said.user.id,
    user_name: said.user.name,
    command: said.command,
    text: said.text,
    is_enterprise_install: 'false',
    response_url: said.responseUrl,
    trigger_id: said.triggerId,
    ...(workspace.enterpriseId && {
      enterprise_id: workspace.enterpriseId,
      enterprise_name: workspace.enterpriseId,
    }),
  };
}

/** `block_actions` from a button or menu in a message. An ephemeral one carries no `message`. */
export function messageActionPayload(
  state: SlackState,
  done: {
    installation: Installation;
    user: SlackUser;
    channel: SlackChannel;
    container: Json;
    message: Json | undefined;
    values: Json;
    responseUrl: string;
    triggerId: string;
    action: Json;
  },
): Json {
  return {
    type: 'block_actions',
    ...interactionBase(state, done.user, done.installation.teamId),
    container: done.container,
    trigger_id: done.triggerId,
    channel: { id: done.channel.id, name: channelName(done.channel) },
    ...(done.message && { message: done.message }),
    state: { values: done.values },
    response_url: done.responseUrl,
    actions: [done.action],
  };
}

/** `block_actions` from a Home tab or modal: a view, no channel, no response URL. */
export function viewActionPayload(
  state: SlackState,
  done: { installation: Installation; user: SlackUser; view: Json; triggerId: string; action: Json },
): Json {
  return {
    type: 'block_actions',
    ...interactionBase(state, done.user, done.installation.teamId),
    container: { type: 'view', view_id: done.view['id'] },
    trigger_id: done.triggerId,
    view: done.view,
    ...(done.view['type'] === 'modal' && { state: done.view['state'] }),
    actions: [done.action],
  };
}

/** `view_submission`: here `team` is the submitter's own workspace; the install is `view.app_installed_team_id`. */
export function submissionPayload(
  state: SlackState,
  done: { user: SlackUser; view: Json; triggerId: string },
): Json {
  return {
    type: 'view_submission',
    ...interactionBase(state, done.user, done.user.teamId),
    trigger_id: done.triggerId,
    view: done.view,
    response_urls: [],
  };
}

/** `view_closed`, sent when the view asked for it. */
export function closedPayload(
  state: SlackState,
  done: { user: SlackUser; view: Json; isCleared: boolean },
): Json {
  return {
    type: 'view_closed',
    ...interactionBase(state, done.user, done.user.teamId),
    view: done.view,
    is_cleared: done.isCleared,
  };
}

/** A global shortcut: no channel, no response URL. */
export function shortcutPayload(
  state: SlackState,
  done: { installation: Installation; user: SlackUser; callbackId: string; triggerId: string },
): Json {
  const base = interactionBase(state, done.user, done.installation.teamId);
  return {
    type: 'shortcut',
    ...base,
    action_ts: state.nextTs(),
    user: { id: done.user.id, username: done.user.name, team_id: done.user.teamId },
    callback_id: done.callbackId,
    trigger_id: done.triggerId,
  };
}

/** The Events API envelope around an event. The outer ids are the installation's, whoever acted. */
export function eventPayload(
  state: SlackState,
  happened: { teamId: string; event: Json; isExtShared: boolean },
): Json {
  const installation = getInstallation(state, happened.teamId);
  const enterpriseId = getWorkspace(state, happened.teamId).enterpriseId ?? null;
  return {
    token: state.verificationToken,
    team_id: happened.teamId,
    context_team_id: happened.teamId,
    context_enterprise_id: enterpriseId,
    api_app_id: state.appId,
    event: happened.event,
    type: 'event_callback',
    event_id: state.nextId('Ev'),
    event_time: Math.floor(state.clock.now() / 1000),
    authorizations: [
      {
        enterprise_id: enterpriseId,
        team_id: happened.teamId,
        user_id: installation.botUserId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: happened.isExtShared,
    event_context: `4-${randomUUID()}`,
  };
}

/**
 * `app_mention`. An outsider's home is in `user_team`; `team` stays the installation's.
 */
export function mentionEvent(said: {
  installation: Installation;
  user: SlackUser;
  channel: SlackChannel;
  text: string;
  ts: string;
  isHome: boolean;
}): Json {
  const { teamId } = said.user;
  return {
    user: said.user.id,
    type: 'app_mention',
    ts: said.ts,
    ...(said.isHome && { client_msg_id: randomUUID() }),
    text: said.text,
    team: said.installation.teamId,
    ...(!said.isHome && { user_team: teamId, source_team: teamId, user_profile: { team: teamId } }),
    channel: said.channel.id,
    event_ts: said.ts,
  };
}

/** Whether people of other companies are in the channel. */
export function isExternal(channel: SlackChannel): boolean {
  return channel.isExtShared && teamsOf(channel).length > 1;
}
