import { ApiError } from './api-error.ts';
import { isHome } from './conversations.ts';
import type { Ack, AckProblem, Deliverer } from './deliver.ts';
import { addHumanMessage } from './messages.ts';
import {
  getChannel,
  getUser,
  type Installation,
  type SlackChannel,
  type SlackState,
  type SlackUser,
} from './state.ts';

/** What every acting person's function needs. */
export interface ActingDeps {
  state: SlackState;
  deliverer: Deliverer;
  /** The sandbox's own address. */
  url(): string;
  /** Slash commands the app has registered, with the slash. */
  commands: readonly string[];
}

/** Who acts. A deactivated person's last act may still be on its way. */
export interface Actor {
  /** `U…` or `W…` */
  user: string;
  /** The act left the client before the account was deactivated. Default false. */
  sentBeforeDeactivation?: boolean;
}

/** @throws when this person cannot act: unknown, deactivated or a bot. */
export function actingPerson(state: SlackState, actor: Actor): SlackUser {
  const user = getUser(state, actor.user);
  if (user.isBot) throw new Error(`sandbox slack: ${user.id} is a bot and cannot press anything`);
  if (user.deleted && actor.sentBeforeDeactivation !== true) {
    throw new Error(`sandbox slack: ${user.id} is deactivated`);
  }
  return user;
}

/** @throws when the person is not in the channel. */
export function channelOfMember(state: SlackState, user: SlackUser, channelId: string): SlackChannel {
  const channel = getChannel(state, channelId);
  if (!channel.members.has(user.id)) throw new Error(`sandbox slack: ${user.id} is not in ${channelId}`);
  return channel;
}

/** The app's installation in the person's own workspace or organisation. */
export function homeInstallation(state: SlackState, user: SlackUser): Installation | undefined {
  return [...state.workspaces.values()].find(
    (workspace) => workspace.installation && isHome(state, user.teamId, workspace.id),
  )?.installation;
}

/** What the client tells the person when something went wrong, as an ephemeral line of Slackbot. */
export function tellTrouble(
  state: SlackState,
  told: { user: SlackUser; channelId: string; words: string },
): void {
  addHumanMessage(
    state,
    { userId: 'USLACKBOT', teamId: told.user.teamId },
    {
      channelId: told.channelId,
      content: { text: told.words, blocks: [] },
      ephemeralTo: told.user.id,
    },
  );
}

/** Runs what Slack does with an acknowledgement; a message or view it cannot take becomes `invalid_response`. */
export function withResponse(ack: Ack, use: () => void): Ack {
  if (ack.problem) return ack;
  try {
    use();
    return ack;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { ...ack, problem: 'invalid_response', errors: { response: describe(error) } };
  }
}

function describe(error: ApiError): string {
  return Object.keys(error.extra).length > 0 ? `${error.code} ${JSON.stringify(error.extra)}` : error.code;
}

/** Slack's sentence for a problem with a slash command. */
export function troubleWords(command: string, problem: AckProblem): string {
  if (problem === 'invalid_command') return `${command} is not a valid command.`;
  return `${command} failed with the error "${problem}"`;
}
