import {
  actingPerson,
  channelOfMember,
  homeInstallation,
  tellTrouble,
  troubleWords,
  withResponse,
  type ActingDeps,
  type Actor,
} from './actor.ts';
import { failed, type Ack } from './deliver.ts';
import { commandPayload, shortcutPayload } from './payloads.ts';
import { issueResponseUrl, postResponse } from './response-url.ts';
import type { Installation, SlackChannel, SlackState, SlackUser } from './state.ts';
import { issueTrigger } from './views.ts';

/** A slash command as typed. */
export interface TypedCommand extends Actor {
  channel: string;
  /** With or without the command itself: `/access contoso reader 1h` or `contoso reader 1h`. */
  text: string;
}

/** Types a slash command. Outsiders are told that it is none: they cannot run another company's commands. */
export async function typeCommand(deps: ActingDeps, typed: TypedCommand): Promise<Ack> {
  const { state } = deps;
  const user = actingPerson(state, typed);
  const channel = channelOfMember(state, user, typed.channel);
  const { command, text } = split(typed.text, deps.commands[0] ?? '');
  const installation = homeInstallation(state, user);
  const ack =
    installation?.scopes.includes('commands') && deps.commands.includes(command)
      ? await deliverCommand(deps, { user, channel, command, text, installation })
      : failed('invalid_command');
  if (ack.problem) {
    tellTrouble(state, { user, channelId: channel.id, words: troubleWords(command, ack.problem) });
  }
  return ack;
}

async function deliverCommand(
  deps: ActingDeps,
  said: { user: SlackUser; channel: SlackChannel; command: string; text: string; installation: Installation },
): Promise<Ack> {
  const { state } = deps;
  const { user, channel, installation } = said;
  const who = { teamId: installation.teamId, userId: user.id, channelId: channel.id };
  const payload = commandPayload(state, {
    ...said,
    text: escapeMentions(state, said.text),
    responseUrl: issueResponseUrl(state, { kind: 'commands', baseUrl: deps.url(), ...who }),
    triggerId: issueTrigger(state, user.id, installation.teamId),
  });
  const ack = await deps.deliverer.deliver('command', payload);
  return withResponse(ack, () => {
    const body = ack.json ?? { text: ack.body };
    if (body['text'] || body['blocks']) postResponse(state, installation, { ...who, body });
  });
}

/** Runs a global shortcut. @throws when the app is not installed where the person is at home. */
export async function runShortcut(deps: ActingDeps, run: Actor & { callbackId: string }): Promise<Ack> {
  const user = actingPerson(deps.state, run);
  const installation = homeInstallation(deps.state, user);
  if (!installation) throw new Error(`sandbox slack: the app is not installed where ${user.id} is at home`);
  const triggerId = issueTrigger(deps.state, user.id, installation.teamId);
  const payload = shortcutPayload(deps.state, { installation, user, callbackId: run.callbackId, triggerId });
  return deps.deliverer.deliver('interaction', payload);
}

function split(typed: string, usual: string): { command: string; text: string } {
  if (!typed.startsWith('/')) return { command: usual, text: typed.trim() };
  const [command = usual, ...rest] = typed.split(' ');
  return { command, text: rest.join(' ').trim() };
}

/** With `should_escape`, `@name` becomes `<@U…|name>` and `#channel` becomes `<#C…|channel>`. */
function escapeMentions(state: SlackState, text: string): string {
  return text
    .replace(/(^|\s)@([\w.-]+)/g, (whole, before: string, name: string) => {
      const user = [...state.users.values()].find((one) => one.name === name);
      return user ? `${before}<@${user.id}|${name}>` : whole;
    })
    .replace(/(^|\s)#([\w-]+)/g, (whole, before: string, name: string) => {
      const channel = [...state.channels.values()].find((one) => one.name === name && !one.imUserId);
      return channel ? `${before}<#${channel.id}|${name}>` : whole;
    });
}
