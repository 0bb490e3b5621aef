import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SlackSandbox } from '../../../sandbox/slack/slack.ts';
import { CARD, CHANNEL, MODAL, OURS, seededSlack, SECRET, TOKEN } from './support.ts';

let slack: SlackSandbox;
let app: App;
let server: Server;
const heard: string[] = [];
let working = 0;

/** The real Bolt, in HTTP mode, behind our own server. */
async function startBolt(): Promise<void> {
  const receiver = new HTTPReceiver({ signingSecret: SECRET, logLevel: LogLevel.ERROR });
  app = new App({
    receiver,
    authorize: async () => ({
      botToken: TOKEN,
      botId: 'B0OURS00001',
      botUserId: 'U0BOT000001',
      teamId: OURS,
    }),
    clientOptions: { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } },
    convoStore: false,
    logLevel: LogLevel.ERROR,
  });
  app.use(async ({ next }) => {
    working += 1;
    try {
      await next();
    } finally {
      working -= 1;
    }
  });
  server = createServer((request, response) => {
    try {
      receiver.requestListener(request, response);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  slack.connect({ requestUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events` });
}

function listen(): void {
  app.command('/access', async ({ command, ack, client, respond }) => {
    heard.push(`command ${command.user_id} ${command.team_id} ${command.text}`);
    if (command.text === 'form') {
      await client.views.open({ trigger_id: command.trigger_id, view: MODAL as never });
      return ack();
    }
    await ack({ response_type: 'ephemeral', text: `asked: ${command.text}` });
    await client.chat.postMessage({ channel: command.channel_id, text: 'a request', blocks: CARD as never });
    await respond({ text: 'and thanks', response_type: 'ephemeral' });
  });
  app.action(/.*/, async ({ body, action, ack, client, respond, payload }) => {
    const from = body.user as { id: string; team_id?: string };
    heard.push(`action ${from.id} ${from.team_id} ${'action_id' in action ? action.action_id : ''}`);
    await ack();
    if (!('channel' in body) || !body.channel || !('message' in body) || !body.message) return;
    if (payload.type === 'static_select') return;
    if (payload.type === 'overflow') return void (await respond({ delete_original: true }));
    const done = `decided by ${body.user.id}`;
    await client.chat.update({ channel: body.channel.id, ts: body.message.ts, text: done, blocks: [] });
  });
  app.view('access_request', async ({ ack, view, body }) => {
    const why = view.state.values['why']?.['v']?.value ?? '';
    heard.push(`view ${body.user.id} ${view.state.values['role']?.['pick']?.selected_option?.value} ${why}`);
    if (why.length < 10) {
      return ack({ response_action: 'errors', errors: { why: 'At least 10 characters, please' } });
    }
    if (why.startsWith('change'))
      return ack({
        response_action: 'update',
        view: { ...MODAL, submit: MODAL.submit, title: { type: 'plain_text', text: 'Changed' } } as never,
      });
    await ack();
  });
  app.view({ callback_id: 'access_request', type: 'view_closed' }, async ({ ack, body }) => {
    heard.push(`closed ${body.user.id}`);
    await ack();
  });
  app.event('app_mention', async ({ event, context }) => {
    heard.push(`mention ${event.user} ${event.text} ${String(context.retryNum ?? '')}`.trim());
  });
  app.event('app_home_opened', async ({ event, client }) => {
    heard.push(`home ${event.user}`);
    const blocks = [
      {
        type: 'actions',
        block_id: 'grant_01',
        elements: [
          {
            type: 'button',
            action_id: 'revoke',
            text: { type: 'plain_text', text: 'End now' },
            value: 'grant_01',
          },
        ],
      },
    ];
    await client.views.publish({ user_id: event.user, view: { type: 'home', blocks } as never });
  });
}

beforeEach(async () => {
  heard.length = 0;
  slack = await seededSlack();
  await startBolt();
  listen();
});

afterEach(async () => {
  await slack.waitFor(() => working === 0, { what: 'listeners to end' });
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  await slack.stop();
});

const posted = () => slack.waitFor(() => slack.messages(CHANNEL)[0], { what: 'the card' });
const ask = async () => {
  const ack = await slack.command({
    user: 'U0ALICE0001',
    channel: CHANNEL,
    text: '/access contoso contributor 2h',
  });
  return { ack, card: await posted() };
};

describe('command', () => {
  it('is accepted by Bolt, its answer shown to the sender only, and the card posted', async () => {
    const { ack, card } = await ask();
    expect(ack).toMatchObject({ status: 200, json: { text: 'asked: contoso contributor 2h' } });
    expect(heard).toEqual(['command U0ALICE0001 T0OURS00001 contoso contributor 2h']);
    expect(card.blocks).toHaveLength(3);
    await slack.waitFor(() => slack.ephemerals('U0ALICE0001').length === 2);
    expect(slack.ephemerals('U0ALICE0001', CHANNEL).map(({ text }) => text)).toEqual([
      'asked: contoso contributor 2h',
      'and thanks',
    ]);
    expect(slack.ephemerals('U0CAROL0001')).toEqual([]);
  });

  it('is no command for an outsider, and nothing reaches the app', async () => {
    const ack = await slack.command({
      user: 'U0LEADCUST1',
      channel: CHANNEL,
      text: '/access contoso reader 1h',
    });
    expect(ack).toMatchObject({ status: 0, problem: 'invalid_command' });
    expect(slack.deliveries).toEqual([]);
    expect(slack.ephemerals('U0LEADCUST1')[0]?.text).toBe('/access is not a valid command.');
  });

  it('turns names into references as should_escape does', async () => {
    await slack.command({
      user: 'U0ALICE0001',
      channel: CHANNEL,
      text: 'for @carol in #contoso-access not @nobody',
    });
    expect(heard[0]).toContain('for <@U0CAROL0001|carol> in <#C0CONTOSO01|contoso-access> not @nobody');
  });

  it('shows the person that nobody answered', async () => {
    slack.connect({ requestUrl: 'http://127.0.0.1:1/' });
    const ack = await slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'x' });
    expect(ack.problem).toBe('dispatch_failed');
    expect(slack.ephemerals('U0ALICE0001')[0]?.text).toContain('dispatch_failed');
  });
});

describe('click', () => {
  it('reaches the app, and the update keeps the history', async () => {
    const { card } = await ask();
    const ack = await slack.click({ user: 'U0CAROL0001', channel: CHANNEL, ts: card.ts, text: 'Approve' });
    expect(ack.status).toBe(200);
    const after = await slack.waitFor(() =>
      slack.messages(CHANNEL).find(({ text }) => text.startsWith('decided')),
    );
    expect(after.history.map(({ text }) => text)).toEqual(['a request', 'decided by U0CAROL0001']);
    expect(after.ts).toBe(card.ts);
  });

  it('of a Slack Connect outsider carries the home team', async () => {
    const { card } = await ask();
    await slack.click({ user: 'U0LEADCUST1', channel: CHANNEL, ts: card.ts, actionId: 'deny' });
    expect(heard).toContain('action U0LEADCUST1 T0CUST00001 deny');
  });

  it('works on a select and on an overflow menu, and the response URL deletes the message', async () => {
    const { card } = await ask();
    const at = { user: 'U0CAROL0001', channel: CHANNEL, ts: card.ts };
    await slack.click({ ...at, actionId: 'more', value: 'End early' });
    await slack.waitFor(() => slack.messages(CHANNEL).length === 0);
    await slack.click({ ...at, actionId: 'role', value: 'reader', version: 0 });
    expect(heard.slice(-2)).toEqual([
      'action U0CAROL0001 T0OURS00001 more',
      'action U0CAROL0001 T0OURS00001 role',
    ]);
  });

  it('can cross an update: the old version is still pressed', async () => {
    const { card } = await ask();
    const at = { user: 'U0CAROL0001', channel: CHANNEL, ts: card.ts, actionId: 'approve' };
    await slack.click(at);
    await slack.waitFor(() => slack.messages(CHANNEL)[0]?.text.startsWith('decided'));
    await expect(slack.click(at)).rejects.toThrow('nothing called "approve" to press; there is: nothing');
    expect((await slack.click({ ...at, version: 0 })).status).toBe(200);
  });

  it('is refused to people who do not see the message, to bots and to deactivated people', async () => {
    const { card } = await ask();
    const at = { channel: CHANNEL, ts: card.ts, actionId: 'approve' };
    await expect(slack.click({ ...at, user: 'U0GONE00001' })).rejects.toThrow('is deactivated');
    await expect(slack.click({ ...at, user: 'U0BOT000001' })).rejects.toThrow('is a bot');
    slack.changeChannel(CHANNEL, { leave: ['U0CAROL0001'] });
    await expect(slack.click({ ...at, user: 'U0CAROL0001' })).rejects.toThrow('is not in C0CONTOSO01');
    slack.changeUser('U0ALICE0001', { deleted: true });
    const late = await slack.click({ ...at, user: 'U0ALICE0001', sentBeforeDeactivation: true });
    expect(late.status).toBe(200);
  });
});

describe('submitView', () => {
  const openForm = async () => {
    await slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'form' });
    return slack.waitFor(() => slack.views('U0ALICE0001').modal, { what: 'the modal' });
  };
  const values = { why: 'INC-42 database failover', role: 'contributor', who: 'U0ALICE0001' };

  it('closes the modal on an empty answer', async () => {
    const modal = await openForm();
    const ack = await slack.submitView({ user: 'U0ALICE0001', viewId: modal.id, values });
    expect(ack.problem).toBeUndefined();
    expect(heard).toContain('view U0ALICE0001 contributor INC-42 database failover');
    expect(slack.views('U0ALICE0001').modal).toBeUndefined();
  });

  it('shows errors under the inputs and keeps what was entered', async () => {
    const modal = await openForm();
    const ack = await slack.submitView({
      user: 'U0ALICE0001',
      viewId: modal.id,
      values: { ...values, why: 'no' },
    });
    expect(ack.errors).toEqual({ why: 'At least 10 characters, please' });
    expect(slack.views('U0ALICE0001').modal).toMatchObject({
      errors: { why: 'At least 10 characters, please' },
      values: { why: { v: { value: 'no' } } },
    });
  });

  it('replaces the modal on update', async () => {
    const modal = await openForm();
    await slack.submitView({
      user: 'U0ALICE0001',
      viewId: modal.id,
      values: { ...values, why: 'change it please' },
    });
    expect(slack.views('U0ALICE0001').modal).toMatchObject({ id: modal.id, title: 'Changed' });
  });

  it('is stopped by the client when a required input is empty', async () => {
    const modal = await openForm();
    const ack = await slack.submitView({ user: 'U0ALICE0001', viewId: modal.id, values: { role: 'reader' } });
    expect(ack).toMatchObject({ problem: 'invalid_input', errors: { why: expect.any(String) } });
    expect(heard.filter((line) => line.startsWith('view'))).toEqual([]);
  });

  it('tells the app of a closed modal that asked for it', async () => {
    const modal = await openForm();
    await slack.closeView({ user: 'U0ALICE0001', viewId: modal.id });
    expect(heard).toContain('closed U0ALICE0001');
    expect(slack.views('U0ALICE0001').stack).toEqual([]);
  });
});

describe('openHome', () => {
  it('lets the app publish a Home tab whose buttons work', async () => {
    await slack.openHome({ user: 'U0ALICE0001' });
    const home = await slack.waitFor(() => slack.views('U0ALICE0001').home);
    await slack.click({ user: 'U0ALICE0001', viewId: home.id, text: 'End now' });
    expect(heard).toEqual(['home U0ALICE0001', 'action U0ALICE0001 T0OURS00001 revoke']);
  });
});

describe('mention', () => {
  it('is heard, from outsiders too', async () => {
    await slack.mention({ user: 'U0ALICE0001', channel: CHANNEL, text: 'status' });
    await slack.mention({ user: 'U0LEADCUST1', channel: CHANNEL, text: 'status' });
    expect(heard).toEqual([
      'mention U0ALICE0001 <@U0BOT000001> status',
      'mention U0LEADCUST1 <@U0BOT000001> status',
    ]);
    const event = slack.deliveries[1]?.payload['event'];
    expect(event).toMatchObject({ team: OURS, user_team: 'T0CUST00001' });
  });

  it('comes again with a retry number when the app does not answer, and stops when it does', async () => {
    const { requestUrl } = {
      requestUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`,
    };
    slack.connect({ requestUrl: 'http://127.0.0.1:1/' });
    expect((await slack.mention({ user: 'U0ALICE0001', channel: CHANNEL, text: 'hi' })).problem).toBe(
      'dispatch_failed',
    );
    await slack.waitFor(() => slack.deliveries.length === 2 && slack.dump().pendingEventRetries === 1);
    slack.connect({ requestUrl });
    slack.clock.advance(61_000);
    await slack.waitFor(() => slack.deliveries.length === 3 && slack.deliveries[2]?.ack);
    expect(slack.deliveries.map(({ retry }) => retry?.attempt)).toEqual([undefined, 1, 2]);
    // Bolt checks the timestamp against the host's clock, which was not moved.
    expect(slack.deliveries[2]?.ack?.status).toBe(200);
    expect(heard).toEqual(['mention U0ALICE0001 <@U0BOT000001> hi 2']);
  });
});

describe('verifyRequestUrl', () => {
  it('is answered by Bolt', async () => {
    expect(await slack.verifyRequestUrl()).toBe(true);
  });
});

describe('redeliver', () => {
  it('replays byte for byte, which Bolt does not notice', async () => {
    await slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'contoso reader 1h' });
    const first = slack.deliveries[0];
    expect((await slack.redeliver('command')).status).toBe(200);
    const second = slack.deliveries[1];
    expect([second?.raw, second?.signature, second?.timestamp]).toEqual([
      first?.raw,
      first?.signature,
      first?.timestamp,
    ]);
    expect(heard).toHaveLength(2);
  });

  it('repeats an event with a retry number and the same event id', async () => {
    await slack.mention({ user: 'U0ALICE0001', channel: CHANNEL, text: 'status' });
    expect((await slack.redeliver('event', { how: 'retry', attempt: 1 })).status).toBe(200);
    expect(heard[1]).toBe('mention U0ALICE0001 <@U0BOT000001> status 1');
    expect(slack.deliveries[1]?.payload['event_id']).toBe(slack.deliveries[0]?.payload['event_id']);
  });
});

describe('tamper', () => {
  it('is refused by Bolt wherever the signature is wrong or old', async () => {
    await slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'contoso reader 1h' });
    const edit = (payload: Record<string, unknown>) => ({ ...payload, text: 'contoso owner 8h' });
    const answers = [
      await slack.tamper('command', { how: 'badSignature' }),
      await slack.tamper('command', { how: 'noSignature' }),
      await slack.tamper('command', { how: 'wrongSecret' }),
      await slack.tamper('command', { how: 'alteredBody', edit }),
      await slack.tamper('command', { how: 'timestamp', offsetSeconds: -301 }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    expect(heard).toHaveLength(1);
  });

  it('is let through by Bolt where the app has to look itself: the future, a foreign team, other facts', async () => {
    await slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'contoso reader 1h' });
    const edit = (payload: Record<string, unknown>) => ({ ...payload, user_id: 'U0NOBODY001' });
    await slack.tamper('command', { how: 'timestamp', offsetSeconds: 864_000 });
    await slack.tamper('command', { how: 'foreignTeam' });
    await slack.tamper('command', { how: 'edited', edit });
    expect(heard.slice(1)).toEqual([
      'command U0ALICE0001 T0OURS00001 contoso reader 1h',
      'command U0ALICE0001 T0FOREIGN01 contoso reader 1h',
      'command U0NOBODY001 T0OURS00001 contoso reader 1h',
    ]);
  });
});
