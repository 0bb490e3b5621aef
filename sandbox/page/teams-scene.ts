import { cardOf } from '../teams/cards.ts';
import type { Dialog, JsonObject, Message, Notice } from '../teams/model.ts';
import type { TeamsSandbox } from '../teams/teams.ts';
import { TEAMS_CAST, TEAMS_CHANNELS, type Role } from './cast.ts';

/** What the middle pane draws: everything every person of the cast can see. */
export interface TeamsScene {
  bot: string;
  cast: Array<Role & { tenantId: string; tenant: string; mri: string; chatId: string; fullName: string }>;
  channels: Array<{ id: string; name: string; team: string; members: string[]; hasSlash: boolean }>;
  messages: TeamsSceneMessage[];
  dialogs: Dialog[];
}

/** A message; `at` is epoch ms. `views` are the cards single people see instead of `card`, by object id. */
export interface TeamsSceneMessage {
  id: string;
  conversationId: string;
  channelId: string | undefined;
  rootId: string | undefined;
  fromName: string;
  isBot: boolean;
  at: number;
  text: string;
  card: JsonObject | undefined;
  views: Record<string, JsonObject>;
  notices: Notice[];
  targetedTo: string | undefined;
  isEdited: boolean;
}

/** The scene of this moment. */
export function teamsScene(teams: TeamsSandbox): TeamsScene {
  const dump = teams.dump();
  return {
    bot: dump.bot.name,
    cast: TEAMS_CAST.flatMap((role) => {
      const user = dump.users.find(({ objectId }) => objectId === role.id);
      if (!user) return [];
      const { tenantId, mri, name } = user;
      const tenant = dump.tenants.find(({ id }) => id === tenantId)?.name ?? '';
      return [{ ...role, tenantId, tenant, mri, chatId: teams.chatIdOf(role.id), fullName: name }];
    }),
    channels: dump.teams.flatMap((team) => {
      const tenant = dump.tenants.find(({ id }) => id === team.tenantId);
      const { name, members } = team;
      return team.channels
        .filter(({ id }) => TEAMS_CHANNELS.includes(id))
        .map((channel) => ({
          ...channel,
          team: name,
          members,
          hasSlash: tenant?.targetedMessages === true,
        }));
    }),
    messages: dump.messages
      .filter(({ deletedAt }) => deletedAt === undefined)
      .map((message) => sceneMessage(message, dump.bot.id)),
    dialogs: dump.dialogs,
  };
}

function sceneMessage(message: Message, botId: string): TeamsSceneMessage {
  const { id, conversationId, channelId, rootId, fromName, at, views, notices, targetedTo } = message;
  const text = message.activity['text'];
  return {
    id,
    conversationId,
    channelId,
    rootId,
    fromName,
    isBot: message.fromId === botId,
    at,
    text: typeof text === 'string' ? text : '',
    card: cardOf(message.activity),
    views,
    notices,
    targetedTo,
    isEdited: message.history.length > 1,
  };
}
