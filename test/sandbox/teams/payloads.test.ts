import { readFileSync } from 'node:fs';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { TeamsSandbox } from '../../../sandbox/teams/teams.ts';
import { BOT_TOKEN, cardMessage, ids, requestCard, startNorthwind } from './northwind.ts';
import { startRecordingBot } from './recording-bot.ts';
import type { RecordingBot } from './recording-bot.ts';

function sample(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`samples/${name}.json`, import.meta.url), 'utf8'));
}

/** The key paths of a JSON value with the types at their ends; elements of a list share one path. */
function shapeOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((each) => shapeOf(each, `${path}[]`)))];
  if (typeof value !== 'object' || value === null) return [`${path}: ${typeof value}`];
  return Object.entries(value)
    .flatMap(([key, child]) => shapeOf(child, `${path}.${key}`))
    .sort();
}

/** Shapes without the parts a bot or a person made up: card data, inputs, and the mention's HTML copy. */
function expectShape(actual: unknown, name: string): void {
  const own = (shape: string[]): string[] =>
    shape.filter((line) => !/^\.value\.(action\.)?data\.|^\.value\.[a-z]+:|^\.attachments/.test(line));
  expect(own(shapeOf(actual))).toEqual(own(shapeOf(sample(name))));
}

describe('the activities of people', () => {
  let teams: TeamsSandbox;
  let bot: RecordingBot;
  const heard = (): Record<string, unknown> => bot.heard.at(-1) ?? {};

  beforeEach(async () => {
    teams = await startNorthwind();
    bot = await startRecordingBot(teams);
  });
  afterEach(async () => {
    await bot.stop();
    await teams.stop();
  });

  async function cardInLeads(): Promise<string> {
    await teams.install({ team: ids.team, channel: ids.leads });
    const response = await fetch(
      `${teams.url}/v3/conversations/${encodeURIComponent(ids.leads)}/activities`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${BOT_TOKEN}` },
        body: JSON.stringify(cardMessage(requestCard('pending'))),
      },
    );
    return ((await response.json()) as { id: string }).id;
  }

  it('look like an install in a team', async () => {
    await teams.install({ team: ids.team, channel: ids.leads });
    expectShape(bot.heard[0], 'conversationUpdate-install-team');
    expectShape(bot.heard[1], 'installationUpdate-add');
  });

  it('look like an install in a 1:1 chat', async () => {
    await teams.installPersonal(ids.dana);
    expectShape(bot.heard[0], 'conversationUpdate-install-personal');
  });

  it('look like an uninstall', async () => {
    await teams.install({ team: ids.team, channel: ids.leads });
    await teams.uninstall({ team: ids.team });
    expectShape(bot.heard[2], 'conversationUpdate-uninstall-team');
    expectShape(bot.heard[3], 'installationUpdate-remove');
  });

  it('look like a person joining and a channel made', async () => {
    await teams.install({ team: ids.team, channel: ids.leads });
    await teams.join({ team: ids.team, user: ids.lee });
    expectShape(heard(), 'conversationUpdate-user-added');
    await teams.createChannel({ team: ids.team, id: '19:new@thread.tacv2', name: 'new' });
    expectShape(heard(), 'conversationUpdate-channelCreated');
  });

  it('look like messages in a channel, a thread, a group chat and a 1:1 chat', async () => {
    await teams.install({ team: ids.team, channel: ids.leads });
    const say = (place: string) => teams.say({ user: ids.dana, place, text: 'access', mention: true });
    const said = await say(ids.leads);
    expectShape(heard(), 'message-channel-mention');
    expect(shapeOf(heard()).filter((line) => line.startsWith('.attachments'))).toEqual(
      shapeOf(sample('message-channel-mention')).filter((line) => line.startsWith('.attachments')),
    );
    await say(said.conversationId);
    expectShape(heard(), 'message-channel-thread-reply');
    await say(ids.group);
    expectShape(heard(), 'message-groupchat-mention');
    await teams.say({ user: ids.dana, place: 'personal', text: 'access' });
    expectShape(heard(), 'message-personal');
    await teams.say({ user: ids.dana, place: ids.leads, text: 'access', slash: true });
    expectShape(heard(), 'message-channel-slash-targeted');
    await teams.edit({ user: ids.dana, activityId: said.activityId, text: 'other' });
    expectShape(heard(), 'messageUpdate-edit');
  });

  it('look like clicks on a card', async () => {
    const activityId = await cardInLeads();
    await teams.click({ user: ids.lee, activityId, verb: 'approve', inputs: { comment: 'ok' } });
    expectShape(heard(), 'invoke-adaptivecard-action-approve');
    expect(heard()['value']).toEqual({
      action: {
        type: 'Action.Execute',
        id: 'approve',
        title: 'Approve',
        verb: 'approve',
        data: { rid: 'AR-1', comment: 'ok' },
      },
      trigger: 'manual',
    });
    await teams.click({ user: ids.sam, activityId, title: 'Approve' });
    expectShape(heard(), 'invoke-adaptivecard-action-approve-external-tenant');
    expect(heard()).toMatchObject({
      channelData: { tenant: { id: ids.foreign } },
      conversation: { tenantId: ids.host },
    });
    await teams.submit({ user: ids.lee, activityId, verb: 'deny', inputs: { comment: 'no' } });
    expectShape(heard(), 'message-action-submit');
    expect(heard()['value']).toEqual({ rid: 'AR-1', verb: 'deny', comment: 'no' });
  });

  it('look like a card that refreshes itself', async () => {
    const activityId = await cardInLeads();
    await teams.refresh({ user: ids.lee, activityId });
    const shape = shapeOf(sample('invoke-adaptivecard-action-refresh')).filter(
      (line) => !/action\.(id|data)/.test(line),
    );
    expect(shapeOf(heard()).filter((line) => !/action\.(id|data)/.test(line))).toEqual(shape);
    expect(heard()).toMatchObject({ value: { trigger: 'automatic' } });
  });

  it('look like a dialog opened and sent', async () => {
    const activityId = await cardInLeads();
    bot.answerWith(sample('invoke-response-task-continue'));
    const opened = await teams.openDialog({ user: ids.dana, activityId, title: 'Details' });
    expectShape(heard(), 'invoke-task-fetch');
    bot.answerWith(sample('invoke-response-task-message'));
    const sent = { user: ids.dana, dialogId: opened.dialog?.id ?? '', inputs: { reason: 'incident 42' } };
    expect(await teams.submitDialog(sent)).toMatchObject({
      shown: 'message',
      text: 'Request sent for approval.',
    });
    expectShape(heard(), 'invoke-task-submit');
    expect(heard()['value']).toMatchObject({ data: { verb: 'submitRequestForm', reason: 'incident 42' } });
  });

  it('come with a token like the ones of the Bot Connector', async () => {
    const token = await teams.signToken();
    const { header, payload } = sample('jwt-inbound-claims') as { header: object; payload: object };
    expect(Object.keys(decodeProtectedHeader(token)).sort()).toEqual(Object.keys(header).sort());
    expect(Object.keys(decodeJwt(token)).sort()).toEqual(Object.keys(payload).sort());
  });
});
