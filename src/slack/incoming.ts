import type { Actor, Incoming } from '../chat/card.ts';
import { isVerb } from '../chat/card.ts';
import type { Place } from '../access/place.ts';
import { FORM_CALLBACK } from './render-form.ts';
import type { FormMemory } from './render-form.ts';

// Ends at the next `<`: looking on to the end of the text from each one would take seconds for a long text.
const MENTION = /<@[A-Z0-9]{1,40}(\|[^<>]*)?>/g;

/** A channel, or the person's private chat with us where Slack says it is a direct message. */
export function placeOf(teamId: string, channelId: string | undefined, userId: string): Place {
  const isPrivate = channelId === undefined || channelId.startsWith('D');
  return isPrivate ? { platform: 'slack', teamId, userId } : { platform: 'slack', teamId, channelId };
}

/** A slash command. Only people of the installed workspace can run it, so `team_id` is theirs. */
export function fromCommand(command: {
  team_id: string;
  user_id: string;
  channel_id: string;
  text?: string;
}): Incoming {
  return {
    kind: 'command',
    actor: { platform: 'slack', teamId: command.team_id, userId: command.user_id },
    place: placeOf(command.team_id, command.channel_id, command.user_id),
    text: decodeText(command.text ?? ''),
  };
}

/** Slack sends `&`, `<` and `>` as entities; everything else comes as typed. */
function decodeText(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** A mention in a channel: the words after the mention of us. */
export function fromMention(
  event: { user?: string; text: string; channel: string },
  teams: {
    installed: string;
    actor: string;
  },
): Incoming | undefined {
  if (!event.user) return undefined;
  const text = decodeText(event.text.replace(MENTION, ' ')).trim();
  return {
    kind: 'command',
    actor: { platform: 'slack', teamId: teams.actor, userId: event.user },
    place: placeOf(teams.installed, event.channel, event.user),
    text: text.replace(/^\/?access\b/, '').trim(),
  };
}

/** The parts of a button press that count. The actor's home is `user.team_id`, which may not be ours. */
export interface SlackPress {
  user: { id: string; team_id?: string };
  team: { id: string } | null;
  channel?: { id?: string };
  actions: ReadonlyArray<{ action_id: string; value?: string }>;
}

/** A pressed button, or undefined when it is none of ours. */
export function fromPress(body: SlackPress): (Incoming & { kind: 'press' }) | undefined {
  const [action] = body.actions;
  const verb = action?.action_id.split(':')[1];
  const actor = actorOf(body);
  if (!actor || !body.team || !isVerb(verb) || action?.value === undefined) return undefined;
  return {
    kind: 'press',
    actor,
    place: placeOf(body.team.id, body.channel?.id, body.user.id),
    verb,
    ref: action.value,
    inputs: {},
  };
}

function actorOf(body: { user: { id: string; team_id?: string } }): Actor | undefined {
  const teamId = body.user.team_id;
  return teamId ? { platform: 'slack', teamId, userId: body.user.id } : undefined;
}

/** The parts of a submitted modal that count. */
export interface SlackSubmission {
  user: { id: string; team_id?: string };
  view: {
    callback_id: string;
    private_metadata: string;
    state: { values: Record<string, Record<string, SubmittedValue>> };
  };
}

/** One element's value: text typed, or option chosen. */
export interface SubmittedValue {
  value?: string | null;
  selected_option?: { value: string } | null;
}

/** A submitted form, or undefined when it is none of ours. */
export function fromSubmission(body: SlackSubmission): Exclude<Incoming, { kind: 'command' }> | undefined {
  const actor = actorOf(body);
  if (!actor || body.view.callback_id !== FORM_CALLBACK) return undefined;
  const { verb, ref, place } = JSON.parse(body.view.private_metadata) as FormMemory;
  const inputs = Object.fromEntries(
    Object.entries(body.view.state.values).flatMap(([field, elements]) =>
      Object.values(elements).map((element) => [
        field,
        element.selected_option?.value ?? element.value ?? '',
      ]),
    ),
  );
  return verb === 'ask'
    ? { kind: 'ask', actor, place, inputs }
    : { kind: 'press', actor, place, verb, ref, inputs };
}
