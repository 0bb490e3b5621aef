import { actingPerson, channelOfMember, type ActingDeps, type Actor } from './actor.ts';
import { elementsOf } from './blocks.ts';
import { installationFor } from './conversations.ts';
import type { Ack } from './deliver.ts';
import { isObject } from './limits.ts';
import { findMessage, messageObject } from './messages.ts';
import { messageActionPayload, viewActionPayload } from './payloads.ts';
import { issueResponseUrl } from './response-url.ts';
import {
  getInstallation,
  versionOf,
  type Json,
  type SlackState,
  type SlackUser,
  type StoredMessage,
} from './state.ts';
import {
  enteredValue,
  findOption,
  stateValues,
  wordsOf,
  type EnteredValue,
  type StateValues,
} from './view-values.ts';
import { issueTrigger, viewObject } from './views.ts';

/** A press of a button, or a choice in a menu, in a message (`channel` and `ts`) or in a view (`viewId`). */
export interface Click extends Actor {
  channel?: string;
  ts?: string;
  viewId?: string;
  /** The element's action id … */
  actionId?: string;
  /** … or a button's words; with both, both must agree. */
  text?: string;
  /** For menus: the option, by value or words. For a button: its value, when several share words or action id. */
  value?: EnteredValue;
  /** Press the message as it was at an earlier version (0 = as first posted): a click that crossed an update. */
  version?: number;
}

/** What a person has chosen in the menus of messages: `user channel ts` → values. */
export type MessageChoices = Map<string, StateValues>;

/** Presses something. @throws when the person cannot see it; the error lists what there is to press. */
export async function pressElement(deps: ActingDeps, choices: MessageChoices, click: Click): Promise<Ack> {
  const user = actingPerson(deps.state, click);
  return click.viewId === undefined
    ? pressInMessage(deps, choices, { click, user })
    : pressInView(deps, { click, user, viewId: click.viewId });
}

async function pressInMessage(
  deps: ActingDeps,
  choices: MessageChoices,
  { click, user }: { click: Click; user: SlackUser },
): Promise<Ack> {
  const { state } = deps;
  const channel = channelOfMember(state, user, click.channel ?? '');
  const message = visibleMessage(state, {
    channelId: channel.id,
    ts: click.ts ?? '',
    user,
    version: click.version,
  });
  const { blocks } = versionOf(message, click.version);
  const { block, element } = findElement(blocks, click);
  const key = `${user.id} ${channel.id} ${message.ts}`;
  const action = actionOf(state, { block, element, value: click.value });
  const entered = remember(choices.get(key) ?? {}, { block, element, value: click.value });
  choices.set(key, entered);
  const installation = state.workspaces.get(message.teamId)?.installation ?? installationFor(state, channel);
  const { teamId } = installation;
  const payload = messageActionPayload(state, {
    installation,
    user,
    channel,
    container: containerOf(message),
    message: message.ephemeralTo ? undefined : messageObject(state, message, click.version),
    values: stateValues(blocks, entered),
    responseUrl: issueResponseUrl(state, {
      kind: 'actions',
      baseUrl: deps.url(),
      teamId,
      userId: user.id,
      channelId: channel.id,
      originalTs: message.ts,
    }),
    triggerId: issueTrigger(state, user.id, teamId),
    action,
  });
  return deps.deliverer.deliver('interaction', payload);
}

async function pressInView(
  deps: ActingDeps,
  { click, user, viewId }: { click: Click; user: SlackUser; viewId: string },
): Promise<Ack> {
  const { state } = deps;
  const view = state.views.get(viewId);
  if (!view || view.userId !== user.id)
    throw new Error(`sandbox slack: ${user.id} does not see a view ${viewId}`);
  const { block, element } = findElement(blocksOf(view.content), click);
  const action = actionOf(state, { block, element, value: click.value });
  view.values = remember(view.values, { block, element, value: click.value });
  state.changed({ kind: 'view', userId: user.id, viewId });
  const payload = viewActionPayload(state, {
    installation: getInstallation(state, view.teamId),
    user,
    view: viewObject(state, view, 'payload'),
    triggerId: issueTrigger(state, user.id, view.teamId),
    action,
  });
  return deps.deliverer.deliver('interaction', payload);
}

function visibleMessage(
  state: SlackState,
  wanted: { channelId: string; ts: string; user: SlackUser; version: number | undefined },
): StoredMessage {
  const current = findMessage(state, wanted.channelId, wanted.ts);
  const deleted = state.messages.find((one) => one.channelId === wanted.channelId && one.ts === wanted.ts);
  const message = current ?? (wanted.version === undefined ? undefined : deleted);
  if (!message || (message.ephemeralTo && message.ephemeralTo !== wanted.user.id)) {
    throw new Error(`sandbox slack: ${wanted.user.id} sees no message ${wanted.ts} in ${wanted.channelId}`);
  }
  return message;
}

function findElement(blocks: readonly Json[], click: Click): { block: Json; element: Json } {
  const all = blocks.flatMap((block) => elementsOf(block).map((element) => ({ block, element })));
  const matches = all.filter(
    ({ element }) =>
      (click.actionId === undefined || element['action_id'] === click.actionId) &&
      (click.text === undefined || wordsOf(element['text']) === click.text),
  );
  const byValue = matches.find(
    ({ element }) => element['type'] === 'button' && element['value'] === click.value,
  );
  const found = byValue ?? matches[0];
  if (found) return found;
  const known = all
    .map(({ element }) => `${String(element['action_id'])} "${wordsOf(element['text'])}"`)
    .join(', ');
  const wanted = click.actionId ?? click.text ?? '';
  throw new Error(`sandbox slack: nothing called "${wanted}" to press; there is: ${known || 'nothing'}`);
}

/** The `actions[0]` of what was pressed. */
function actionOf(
  state: SlackState,
  pressed: { block: Json; element: Json; value: EnteredValue | undefined },
): Json {
  const { block, element, value } = pressed;
  const ids = { action_id: element['action_id'], block_id: block['block_id'] };
  const actionTs = state.nextTs();
  if (element['type'] === 'button') {
    const { text, value: own, style, url } = element;
    return {
      ...ids,
      text,
      ...(own !== undefined && { value: own }),
      ...(style !== undefined && { style }),
      ...(url !== undefined && { url }),
      type: 'button',
      action_ts: actionTs,
    };
  }
  if (value === undefined)
    throw new Error(`sandbox slack: choose a value for ${String(element['action_id'])}`);
  if (element['type'] === 'overflow') {
    const selected = findOption(element, String(value));
    return { type: 'overflow', ...ids, selected_option: selected, action_ts: actionTs };
  }
  const { placeholder } = element;
  return {
    ...enteredValue(element, value),
    ...ids,
    ...(placeholder !== undefined && { placeholder }),
    action_ts: actionTs,
  };
}

/** Menus keep what was chosen; buttons and overflow menus do not. */
function remember(
  before: StateValues,
  pressed: { block: Json; element: Json; value: EnteredValue | undefined },
): StateValues {
  const { block, element, value } = pressed;
  if (value === undefined || element['type'] === 'button' || element['type'] === 'overflow') return before;
  const blockId = String(block['block_id']);
  const own = { ...before[blockId], [String(element['action_id'])]: enteredValue(element, value) };
  return { ...before, [blockId]: own };
}

function containerOf(message: StoredMessage): Json {
  return {
    type: 'message',
    message_ts: message.ts,
    channel_id: message.channelId,
    is_ephemeral: message.ephemeralTo !== undefined,
    ...(message.threadTs && { thread_ts: message.threadTs }),
  };
}

function blocksOf(content: Json): Json[] {
  const { blocks } = content;
  return Array.isArray(blocks) ? blocks.filter(isObject) : [];
}
