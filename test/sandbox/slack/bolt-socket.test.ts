import { App, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SlackSandbox } from '../../../sandbox/slack/slack.ts';
import { APP_TOKEN, CHANNEL, OURS, seededSlack, TOKEN } from './support.ts';

let slack: SlackSandbox;
let receiver: SocketModeReceiver;
let app: App;
const heard: string[] = [];
let answering = true;

beforeEach(async () => {
  heard.length = 0;
  answering = true;
  slack = await seededSlack({ ackTimeoutMs: 300 });
  receiver = new SocketModeReceiver({
    appToken: APP_TOKEN,
    clientPingTimeout: 200,
    logLevel: LogLevel.ERROR,
    customPropertiesExtractor: (envelope) => ({ envelopeId: envelope['envelope_id'] }),
    installerOptions: { clientOptions: { slackApiUrl: slack.apiUrl } },
  });
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
  app.command('/access', async ({ command, ack }) => {
    heard.push(`command ${command.text}`);
    if (answering) await ack({ response_type: 'ephemeral', text: `asked: ${command.text}` });
  });
  receiver.client.on('slack_event', ({ type, retry_num: attempt, envelope_id: id, body }) => {
    if (type === 'events_api') heard.push(`event ${body.event.type} ${attempt} ${id}`);
  });
  await app.start();
});

afterEach(async () => {
  await receiver.client.disconnect();
  await slack.stop();
});

describe('Socket Mode', () => {
  it('carries a command and its answer', async () => {
    expect(slack.sockets.connections()).toBe(1);
    const ack = await slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'contoso reader 1h' });
    expect(ack).toMatchObject({ status: 200, json: { text: 'asked: contoso reader 1h' } });
    expect(slack.ephemerals('U0ALICE0001')[0]?.text).toBe('asked: contoso reader 1h');
  });

  it('shows the person that nobody answered', async () => {
    answering = false;
    const ack = await slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'x' });
    expect(ack.problem).toBe('operation_timeout');
  });

  it('repeats an event under the same envelope until it is acknowledged', async () => {
    await receiver.client.disconnect();
    await slack.waitFor(() => slack.sockets.connections() === 0);
    const open = await fetch(`${slack.apiUrl}apps.connections.open`, {
      method: 'POST',
      headers: { authorization: `Bearer ${APP_TOKEN}` },
    });
    const { url } = (await open.json()) as { url: string };
    const socket = new WebSocket(url);
    const envelopes: Array<{ envelope_id: string; retry_attempt: number; retry_reason: string }> = [];
    socket.onmessage = ({ data }) => {
      const envelope = JSON.parse(String(data));
      if (envelope.type !== 'events_api') return;
      envelopes.push(envelope);
      if (envelope.retry_attempt === 1) socket.send(JSON.stringify({ envelope_id: envelope.envelope_id }));
    };
    await slack.waitFor(() => slack.sockets.connections() === 1);
    const first = await slack.mention({ user: 'U0ALICE0001', channel: CHANNEL, text: 'status' });
    expect(first.problem).toBe('operation_timeout');
    await slack.waitFor(() => slack.deliveries[1]?.ack, { what: 'the second try' });
    const id = slack.deliveries[0]?.envelopeId;
    expect(envelopes).toMatchObject([
      { envelope_id: id, retry_attempt: 0, retry_reason: '' },
      { envelope_id: id, retry_attempt: 1, retry_reason: 'http_timeout' },
    ]);
    expect(slack.dump().pendingEventRetries).toBe(0);
    socket.close();
  });

  it('is taken up again after a disconnect and after a cut', async () => {
    slack.sockets.disconnect('refresh_requested');
    await slack.waitFor(() => slack.sockets.connections() === 1, { what: 'the new connection' });
    slack.sockets.cut();
    await slack.waitFor(() => slack.sockets.connections() === 0);
    await slack.waitFor(() => slack.sockets.connections() === 1, { what: 'the third connection' });
    const ack = await slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'again' });
    expect(ack.status).toBe(200);
  });

  it('replays the same envelope on request', async () => {
    await slack.mention({ user: 'U0ALICE0001', channel: CHANNEL, text: 'status' });
    await slack.redeliver('event');
    expect(heard[1]).toBe(heard[0]);
    await expect(slack.tamper('event', { how: 'badSignature' })).rejects.toThrow(
      'nothing is signed in Socket Mode',
    );
  });
});

describe('apps.connections.open', () => {
  it('wants an app token, and its ticket works once', async () => {
    const open = (token: string) =>
      fetch(`${slack.apiUrl}apps.connections.open`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      }).then((answer) => answer.json() as Promise<{ ok: boolean; url: string; error: string }>);
    expect(await open(TOKEN)).toEqual({ ok: false, error: 'not_allowed_token_type' });
    expect(await open('xapp-other')).toEqual({ ok: false, error: 'invalid_auth' });
    const { url } = await open(APP_TOKEN);
    const knock = (address: string) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(address);
        socket.onmessage = ({ data }) => {
          socket.close();
          resolve(String(JSON.parse(String(data)).type));
        };
        socket.onerror = () => resolve('refused');
      });
    expect([await knock(url), await knock(url)]).toEqual(['hello', 'refused']);
  });
});
