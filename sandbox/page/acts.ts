import type { Ack } from '../slack/deliver.ts';
import type { World } from '../world/world.ts';

/** What the page can do on behalf of the reader, as JSON over HTTP. */
export type Act = Readonly<Record<string, unknown>>;

/** What became of it: nothing to say, or one sentence for the reader. */
export type Outcome = { say?: string };

/** Somebody asked for something the world does not have. The message is for the reader. */
export class BadAct extends Error {}

/** Does what the reader pressed or typed. @throws {BadAct} when the act is not understood. */
export async function perform(world: World, act: Act): Promise<Outcome> {
  const kind = string(act, 'kind');
  const does = Object.hasOwn(ACTS, kind) ? ACTS[kind] : undefined;
  if (!does) throw new BadAct(`There is nothing called "${kind}" to do.`);
  return does(world, act);
}

type Doer = (world: World, act: Act) => Promise<Outcome>;

const ACTS: Readonly<Record<string, Doer>> = {
  slackCommand: async ({ slack }, act) =>
    afterAck(
      await slack.command({
        user: string(act, 'user'),
        channel: string(act, 'channel'),
        text: string(act, 'text'),
      }),
    ),
  slackMention: async ({ slack }, act) =>
    afterAck(
      await slack.mention({
        user: string(act, 'user'),
        channel: string(act, 'channel'),
        text: string(act, 'text'),
      }),
    ),
  slackHome: async ({ slack }, act) => {
    // An app without a Home tab does not answer the event; the direct message is open all the same.
    await slack.openHome({ user: string(act, 'user') });
    return {};
  },
  slackClick: async ({ slack }, act) => {
    const value = act['value'];
    const where =
      typeof act['viewId'] === 'string'
        ? { viewId: act['viewId'] }
        : { channel: string(act, 'channel'), ts: string(act, 'ts') };
    return afterAck(
      await slack.click({
        user: string(act, 'user'),
        ...where,
        actionId: string(act, 'actionId'),
        ...(typeof value === 'string' && { value }),
        ...(isStrings(value) && { value }),
      }),
    );
  },
  slackSubmit: async ({ slack }, act) => {
    const values = record(act, 'values') as Record<string, string | string[]>;
    const ack = await slack.submitView({ user: string(act, 'user'), viewId: string(act, 'viewId'), values });
    // What is wrong stands at the inputs.
    return ack.problem === 'invalid_input' ? {} : afterAck(ack);
  },
  slackClose: async ({ slack }, act) => {
    await slack.closeView({ user: string(act, 'user'), viewId: string(act, 'viewId') });
    return {};
  },
  teamsSay: async ({ teams }, act) => {
    const how = string(act, 'how');
    const said = await teams.say({
      user: string(act, 'user'),
      place: string(act, 'place'),
      text: string(act, 'text'),
      ...(how === 'mention' && { mention: true as const }),
      ...(how === 'slash' && { slash: true as const }),
    });
    return afterDelivery(said.delivery?.status);
  },
  teamsExecute: async ({ teams }, act) => afterDelivery((await teams.click(teamsClick(act))).delivery.status),
  teamsSubmit: async ({ teams }, act) => afterDelivery((await teams.submit(teamsClick(act))).status),
  teamsDialog: async ({ teams }, act) => ({ ...said((await teams.openDialog(teamsClick(act))).text) }),
  teamsDialogSubmit: async ({ teams }, act) => {
    const { text } = await teams.submitDialog({
      user: string(act, 'user'),
      dialogId: string(act, 'dialogId'),
      inputs: strings(act, 'inputs'),
      ...(typeof act['title'] === 'string' && { title: act['title'] }),
    });
    return said(text);
  },
  teamsRefresh: async ({ teams }, act) => {
    await teams.refresh({ user: string(act, 'user'), activityId: string(act, 'activityId') });
    return {};
  },
  redeem: async ({ azure }, act) => {
    const target = new URLSearchParams(
      new URL(string(act, 'url')).searchParams.get('rd')?.split('?')[1] ?? '',
    );
    azure.acceptInvitation(target.get('tenant') ?? '', target.get('user') ?? '');
    return { say: 'Invitation accepted. The guest can sign in to the customer’s tenant now.' };
  },
};

function teamsClick(act: Act) {
  const optional = (key: 'verb' | 'title' | 'id') => {
    const value = act[key];
    return typeof value === 'string' && { [key]: value };
  };
  return {
    user: string(act, 'user'),
    activityId: string(act, 'activityId'),
    ...optional('verb'),
    ...optional('title'),
    ...optional('id'),
    inputs: strings(act, 'inputs'),
  };
}

const SLACK_TROUBLE: Readonly<Record<NonNullable<Ack['problem']>, string>> = {
  invalid_command: 'Slack does not know this command. Try /access help.',
  invalid_input: 'Something in the form is missing.',
  operation_timeout: 'Latchkey did not answer Slack within three seconds.',
  dispatch_failed: 'Slack could not reach Latchkey.',
  http_service_error: 'Latchkey refused what Slack sent.',
  invalid_response: 'Slack could not show what Latchkey answered.',
};

function afterAck(ack: Ack): Outcome {
  return ack.problem === undefined ? {} : { say: SLACK_TROUBLE[ack.problem] };
}

function afterDelivery(status: number | undefined): Outcome {
  if (status === undefined)
    return { say: 'Latchkey hears this only when you mention it: begin with @Latchkey.' };
  return status >= 200 && status < 300 ? {} : { say: 'Teams could not reach Latchkey. Try again.' };
}

function said(text: string | undefined): Outcome {
  return text === undefined ? {} : { say: text };
}

function string(act: Act, key: string): string {
  const value = act[key];
  if (typeof value !== 'string') throw new BadAct(`"${key}" is missing.`);
  return value;
}

function record(act: Act, key: string): Record<string, unknown> {
  const value = act[key] ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new BadAct(`"${key}" is no object.`);
  return value as Record<string, unknown>;
}

function strings(act: Act, key: string): Record<string, string> {
  const entries = Object.entries(record(act, key));
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
