import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import type { SlackSandbox } from '../../../sandbox/slack/slack.ts';
import { CARD, MODAL, OURS, SECRET, TOKEN } from './support.ts';

/** The real Bolt in HTTP mode, behind its own server, with an app that notes what it hears. */
export interface BoltApp {
  requestUrl: string;
  heard: string[];
  stop(): Promise<void>;
}

/** Starts the app and connects it. */
export async function startBolt(slack: SlackSandbox): Promise<BoltApp> {
  const heard: string[] = [];
  let working = 0;
  const receiver = new HTTPReceiver({ signingSecret: SECRET, logLevel: LogLevel.ERROR });
  const app = new App({
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
  const server = createServer((request, response) => {
    try {
      receiver.requestListener(request, response);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  listen(app, heard);
  const requestUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`;
  slack.connect({ requestUrl });
  return {
    requestUrl,
    heard,
    stop: async () => {
      await slack.waitFor(() => working === 0, { what: 'listeners to end' });
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

function listen(app: App, heard: string[]): void {
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
