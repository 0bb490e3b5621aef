import { actingPerson, channelOfMember, homeInstallation, type ActingDeps, type Actor } from './actor.ts';
import { installationFor, isHome, openDirectMessage } from './conversations.ts';
import { failed, type Ack } from './deliver.ts';
import { addHumanMessage } from './messages.ts';
import { eventPayload, isExternal, mentionEvent } from './payloads.ts';
import { getChannel, getInstallation, getUser, type Json } from './state.ts';
import { homeOf, viewObject } from './views.ts';

/**
 * Writes a message that mentions the bot; the app hears `app_mention` when its bot is in the channel.
 *
 * Bots can mention too. Without the bot in the channel nothing is delivered (`dispatch_failed`).
 */
export async function mentionBot(
  deps: ActingDeps,
  said: Actor & { channel: string; text: string },
): Promise<Ack> {
  const { state } = deps;
  const author = getUser(state, said.user);
  const user = author.isBot ? author : actingPerson(state, said);
  const channel = channelOfMember(state, user, said.channel);
  const installation = installationFor(state, channel);
  const mention = `<@${installation.botUserId}>`;
  const text = said.text.includes(mention) ? said.text : `${mention} ${said.text}`;
  const { ts } = addHumanMessage(
    state,
    { userId: user.id, teamId: user.teamId },
    { channelId: channel.id, content: { text, blocks: [] } },
  );
  const mayHear =
    installation.scopes.includes('app_mentions:read') && channel.members.has(installation.botUserId);
  if (!mayHear) return failed('dispatch_failed');
  const event = mentionEvent({
    installation,
    user,
    channel,
    text,
    ts,
    isHome: isHome(state, user.teamId, installation.teamId),
  });
  return deliverEvent(deps, { teamId: installation.teamId, event, isExtShared: isExternal(channel) });
}

/** Opens the app's Home tab. @throws when the app is not installed where the person is at home. */
export async function openHomeTab(deps: ActingDeps, actor: Actor): Promise<Ack> {
  const { state } = deps;
  const user = actingPerson(state, actor);
  const installation = homeInstallation(state, user);
  if (!installation) throw new Error(`sandbox slack: ${user.id} has no Home tab of the app`);
  const { channel } = openDirectMessage(state, user.id, installation);
  const view = homeOf(state, user.id, installation.teamId);
  const event: Json = {
    type: 'app_home_opened',
    user: user.id,
    channel: channel.id,
    tab: 'home',
    ...(view && { view: viewObject(state, view, 'payload') }),
    event_ts: state.nextTs(),
  };
  return deliverEvent(deps, { teamId: installation.teamId, event, isExtShared: false });
}

/** Another company's workspace joins a channel: `channel_shared`. */
export async function shareChannel(
  deps: ActingDeps,
  shared: { channel: string; teamId: string },
): Promise<Ack> {
  const { state } = deps;
  const channel = getChannel(state, shared.channel);
  if (!channel.connectedTeamIds.includes(shared.teamId)) channel.connectedTeamIds.push(shared.teamId);
  channel.isExtShared = true;
  channel.isPendingExtShared = false;
  return deliverEvent(deps, sharing(deps, { type: 'channel_shared', ...shared }));
}

/** Another company leaves a channel with its people: `channel_unshared`. */
export async function unshareChannel(
  deps: ActingDeps,
  shared: { channel: string; teamId: string },
): Promise<Ack> {
  const { state } = deps;
  const channel = getChannel(state, shared.channel);
  channel.connectedTeamIds = channel.connectedTeamIds.filter((teamId) => teamId !== shared.teamId);
  channel.isExtShared = channel.connectedTeamIds.length > 0;
  for (const userId of [...channel.members]) {
    if (state.users.get(userId)?.teamId === shared.teamId) channel.members.delete(userId);
  }
  return deliverEvent(deps, sharing(deps, { type: 'channel_unshared', ...shared }));
}

function sharing(deps: ActingDeps, what: { type: string; channel: string; teamId: string }) {
  const channel = getChannel(deps.state, what.channel);
  const event: Json = {
    type: what.type,
    ...(what.type === 'channel_shared'
      ? { connected_team_id: what.teamId }
      : { previously_connected_team_id: what.teamId, is_ext_shared: channel.isExtShared }),
    channel: channel.id,
    event_ts: deps.state.nextTs(),
  };
  deps.state.changed({ kind: 'seed', channelId: channel.id });
  return { teamId: installationFor(deps.state, channel).teamId, event, isExtShared: isExternal(channel) };
}

/** Revokes the bot token; from now on the Web API says `token_revoked`. */
export async function revokeTokens(deps: ActingDeps, revoked: { teamId: string }): Promise<Ack> {
  const installation = getInstallation(deps.state, revoked.teamId);
  installation.tokenState = 'revoked';
  const tokens = { oauth: [], bot: [installation.botUserId] };
  const event: Json = { type: 'tokens_revoked', tokens, event_ts: deps.state.nextTs() };
  return deliverEvent(deps, { teamId: revoked.teamId, event, isExtShared: false });
}

/** Uninstalls the app; from now on the Web API says `account_inactive`. */
export async function uninstall(deps: ActingDeps, from: { teamId: string }): Promise<Ack> {
  getInstallation(deps.state, from.teamId).tokenState = 'uninstalled';
  const event: Json = { type: 'app_uninstalled', event_ts: deps.state.nextTs() };
  return deliverEvent(deps, { teamId: from.teamId, event, isExtShared: false });
}

function deliverEvent(
  deps: ActingDeps,
  happened: { teamId: string; event: Json; isExtShared: boolean },
): Promise<Ack> {
  return deps.deliverer.deliver('event', eventPayload(deps.state, happened));
}
