import type { SeenMessage } from '../slack/look.ts';
import type { SlackSandbox } from '../slack/slack.ts';
import { SLACK } from '../world/ids.ts';
import { SLACK_CAST, SLACK_HOME, type Role } from './cast.ts';

/** What the left pane draws: everything every person of the cast can see. */
export interface SlackScene {
  workspace: string;
  cast: readonly Role[];
  home: Readonly<Record<string, string>>;
  people: Array<{ id: string; name: string; handle: string; isBot: boolean; isOutsider: boolean }>;
  channels: Array<{
    id: string;
    name: string;
    members: string[];
    imUserId: string | undefined;
    isExternal: boolean;
  }>;
  messages: SlackSceneMessage[];
  /** Open modals by person, bottom first. */
  modals: Record<string, unknown[]>;
}

/** A message; `postedAt` is epoch ms. */
export interface SlackSceneMessage extends Pick<
  SeenMessage,
  'channelId' | 'ts' | 'userId' | 'text' | 'blocks' | 'threadTs' | 'ephemeralTo' | 'postedAt'
> {
  isApp: boolean;
  isEdited: boolean;
}

/** The scene of this moment. */
export function slackScene(slack: SlackSandbox): SlackScene {
  const dump = slack.dump();
  return {
    workspace: dump.workspaces.find(({ id }) => id === SLACK.team)?.name ?? '',
    cast: SLACK_CAST,
    home: SLACK_HOME,
    people: dump.users.map(({ id, name, realName, isBot, teamId }) => ({
      id,
      name: isBot ? capitalised(realName) : realName,
      handle: name,
      isBot,
      isOutsider: teamId !== SLACK.team,
    })),
    channels: dump.channels.map(({ id, name, members, imUserId, isExtShared }) => ({
      id,
      name,
      members,
      imUserId,
      isExternal: isExtShared,
    })),
    messages: dump.messages.filter(({ deletedAt }) => deletedAt === undefined).map(sceneMessage),
    modals: Object.fromEntries(SLACK_CAST.map(({ id }) => [id, slack.views(id).stack])),
  };
}

function sceneMessage(message: SeenMessage): SlackSceneMessage {
  const { channelId, ts, userId, text, blocks, threadTs, ephemeralTo, postedAt } = message;
  return {
    channelId,
    ts,
    userId,
    text,
    blocks,
    threadTs,
    ephemeralTo,
    postedAt,
    isApp: message.botId !== undefined,
    isEdited: message.history.length > 1,
  };
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
