import type { Actor, Incoming } from '../chat/card.ts';
import { isVerb } from '../chat/card.ts';
import type { Place } from '../access/place.ts';
import { isObject, listAt, objectAt, stringAt } from './json.ts';
import type { JsonObject } from './json.ts';
import { fieldOfInput } from './render-form.ts';
import { homeTenantOf, hostTenantOf } from './tenants.ts';

const MAX_INPUTS = 20;
const MAX_INPUT = 4_000;
const MAX_REF = 300;
// Nobody mentions us more often in one message, and each one is looked for in the whole text.
const MAX_MENTIONS = 20;

/** The person who acted: Entra object id and home tenant, both vouched for by the token. Names count for nothing. */
export function actorOf(activity: JsonObject): Extract<Actor, { platform: 'teams' }> | undefined {
  const objectId = stringAt(activity['from'], 'aadObjectId')?.toLowerCase();
  const tenantId = homeTenantOf(activity);
  return objectId && tenantId ? { platform: 'teams', tenantId, objectId } : undefined;
}

/** The channel (without the thread) in its host's tenant, or the person's private chat for everywhere else. */
export function placeOf(
  activity: JsonObject,
  actor: Extract<Actor, { platform: 'teams' }>,
): Extract<Place, { platform: 'teams' }> {
  const channel = channelOf(activity);
  if (!channel) return { platform: 'teams', tenantId: actor.tenantId, userId: actor.objectId };
  return { platform: 'teams', tenantId: hostTenantOf(activity), ...channel };
}

/** Team and channel of an activity in a channel; the id of a channel is `19:…` without `;messageid=`. */
export function channelOf(activity: JsonObject): { teamId: string; channelId: string } | undefined {
  if (conversationType(activity) !== 'channel') return undefined;
  const data = objectAt(activity, 'channelData');
  const channelId =
    stringAt(data['channel'], 'id') ??
    stringAt(data, 'teamsChannelId') ??
    stringAt(activity['conversation'], 'id')?.split(';')[0];
  const teamId = stringAt(data['team'], 'id') ?? stringAt(data, 'teamsTeamId');
  return teamId && channelId ? { teamId, channelId } : undefined;
}

/** `personal`, `channel`, `groupChat`. */
export function conversationType(activity: JsonObject): string | undefined {
  return stringAt(activity['conversation'], 'conversationType');
}

/** Something typed or, on old clients, pressed; undefined when it is not meant for us or from nobody we can know. */
export function fromMessage(activity: JsonObject): Incoming | undefined {
  const actor = actorOf(activity);
  if (!actor) return undefined;
  const place = placeOf(activity, actor);
  if (isObject(activity['value'])) {
    const { value } = activity;
    return pressOf({ actor, place, verb: stringAt(value, 'verb'), data: value });
  }
  if (conversationType(activity) !== 'personal' && !isAddressed(activity)) return undefined;
  return { kind: 'command', actor, place, text: commandText(activity) };
}

/** A pressed `Action.Execute`, or undefined when it is none of ours. */
export function fromCardAction(activity: JsonObject): Incoming | undefined {
  const actor = actorOf(activity);
  if (!actor) return undefined;
  const action = objectAt(activity['value'], 'action');
  const verb = stringAt(action, 'verb');
  return pressOf({ actor, place: placeOf(activity, actor), verb, data: objectAt(action, 'data') });
}

/** True when we are mentioned, or the message is for our eyes alone (a slash command). */
function isAddressed(activity: JsonObject): boolean {
  return objectAt(activity, 'recipient')['isTargeted'] === true || mentionsOfUs(activity).length > 0;
}

function mentionsOfUs(activity: JsonObject): string[] {
  const ourId = stringAt(activity['recipient'], 'id');
  return listAt(activity, 'entities')
    .filter((entity) => stringAt(entity, 'type') === 'mention')
    .filter((entity) => stringAt(objectAt(entity, 'mentioned'), 'id') === ourId)
    .flatMap((entity) => stringAt(entity, 'text') ?? []);
}

/** What follows the mention and an optional `/access`, on one line. */
function commandText(activity: JsonObject): string {
  let text = stringAt(activity, 'text') ?? '';
  for (const mention of new Set(mentionsOfUs(activity).slice(0, MAX_MENTIONS)))
    text = text.replaceAll(mention, ' ');
  const oneLine = text.replace(/&nbsp;|[\u00a0\r\n\t]/gi, ' ').trim();
  return oneLine.replace(/^\/?access(?=\s|$)/i, '').trim();
}

function pressOf(pressed: {
  actor: Actor;
  place: Place;
  verb: string | undefined;
  data: JsonObject;
}): Incoming | undefined {
  const { actor, place, verb, data } = pressed;
  const ref = stringAt(data, 'ref');
  if (!isVerb(verb) || ref === undefined || ref.length > MAX_REF) return undefined;
  const inputs = inputsOf(data);
  const isFilledIn = Object.keys(inputs).length > 0;
  return verb === 'ask' && isFilledIn
    ? { kind: 'ask', actor, place, inputs }
    : { kind: 'press', actor, place, verb, ref, inputs };
}

/** Clients put what was typed beside our own data. Only short strings under our field ids are taken. */
function inputsOf(data: JsonObject): Readonly<Record<string, string>> {
  const inputs: Record<string, string> = {};
  for (const [key, value] of Object.entries(data).slice(0, MAX_INPUTS)) {
    const field = fieldOfInput(key);
    if (field !== undefined && typeof value === 'string') inputs[field] ??= value.slice(0, MAX_INPUT);
  }
  return inputs;
}
