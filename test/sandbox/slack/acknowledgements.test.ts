import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebClient } from '@slack/web-api';
import type { SlackSandbox } from '../../../sandbox/slack/slack.ts';
import type { SlackChange } from '../../../sandbox/slack/state.ts';
import { CARD, CHANNEL, MODAL, seededSlack, TOKEN } from './support.ts';

let slack: SlackSandbox;
let app: Server;
let client: WebClient;
/** What the app answers next. */
let answer: { status: number; body: string; headers?: Record<string, string> } | 'never';

beforeEach(async () => {
  answer = { status: 200, body: '' };
  slack = await seededSlack({ ackTimeoutMs: 200 });
  app = createServer((_request, response) => {
    if (answer !== 'never') response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  slack.connect({ requestUrl: `http://127.0.0.1:${(app.address() as AddressInfo).port}/` });
  client = new WebClient(TOKEN, { slackApiUrl: slack.apiUrl });
});

afterEach(async () => {
  await slack.stop();
  await new Promise((resolve) => {
    app.close(resolve);
    app.closeAllConnections();
  });
});

const command = (body: string | object) => {
  answer = { status: 200, body: typeof body === 'string' ? body : JSON.stringify(body) };
  return slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'x' });
};
const texts = (messages: Array<{ text: string }>) => messages.map(({ text }) => text);

describe('the answer to a command', () => {
  it('is ephemeral unless it says in_channel; plain text will do', async () => {
    await command('plain words');
    await command({ text: 'an object' });
    await command({ response_type: 'in_channel', text: 'for all' });
    expect(texts(slack.ephemerals('U0ALICE0001'))).toEqual(['plain words', 'an object']);
    expect(texts(slack.messages(CHANNEL))).toEqual(['for all']);
  });

  it('that breaks a limit is an error to the person', async () => {
    const ack = await command({ text: 'x', blocks: [{ type: 'section' }] });
    expect(ack).toMatchObject({ status: 200, problem: 'invalid_response' });
    expect(texts(slack.ephemerals('U0ALICE0001'))).toEqual([
      '/access failed with the error "invalid_response"',
    ]);
  });

  it('that does not come in time, or is no success, is an error to the person', async () => {
    answer = 'never';
    const late = await slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'x' });
    expect(late).toMatchObject({ status: 0, problem: 'operation_timeout' });
    answer = { status: 500, body: 'oops' };
    const broken = await slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'x' });
    expect(broken).toMatchObject({ status: 500, problem: 'http_service_error' });
  });
});

describe('the answer to a submitted modal', () => {
  const open = async () => {
    answer = { status: 200, body: '' };
    await slack.shortcut({ user: 'U0ALICE0001', callbackId: 'access_request' });
    const triggerId = String(slack.deliveries.at(-1)?.payload['trigger_id']);
    const { view } = await client.views.open({ trigger_id: triggerId, view: MODAL as never });
    return view?.id ?? '';
  };
  const submit = async (body: string | object, status = 200) => {
    const viewId = await open();
    answer = { status, body: typeof body === 'string' ? body : JSON.stringify(body) };
    return slack.submitView({ user: 'U0ALICE0001', viewId, values: { why: 'INC-42', role: 'reader' } });
  };
  const stack = () => slack.views('U0ALICE0001').stack.map(({ title }) => title);

  it('pushes, and an empty one goes back', async () => {
    const second = { ...MODAL, title: { type: 'plain_text', text: 'Sure?' }, blocks: [] };
    await submit({ response_action: 'push', view: second });
    expect(stack()).toEqual(['Request access', 'Sure?']);
    answer = { status: 200, body: '' };
    await slack.submitView({ user: 'U0ALICE0001', viewId: slack.views('U0ALICE0001').modal?.id ?? '' });
    expect(stack()).toEqual(['Request access']);
  });

  it('clears everything', async () => {
    await submit({ response_action: 'clear' });
    expect(stack()).toEqual([]);
  });

  it.each([
    ['errors under no input', { response_action: 'errors', errors: { nowhere: 'x' } }, 200],
    [
      'a view beyond a limit',
      { response_action: 'update', view: { ...MODAL, title: { type: 'plain_text', text: 'x'.repeat(25) } } },
      200,
    ],
    ['an unknown action', { response_action: 'shut' }, 200],
    ['words', 'thanks', 200],
    ['a failure', '', 500],
  ])('that is %s leaves the modal open with trouble', async (_name, body, status) => {
    const ack = await submit(body, status);
    expect(ack.problem).toBe(status === 200 ? 'invalid_response' : 'http_service_error');
    expect(slack.views('U0ALICE0001').modal?.trouble).toContain('trouble connecting');
  });
});

describe('a response URL', () => {
  const use = (url: unknown, body: object) =>
    fetch(String(url), {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  const press = async () => {
    const { ts } = await client.chat.postMessage({ channel: CHANNEL, text: 'card', blocks: CARD as never });
    await slack.click({ user: 'U0CAROL0001', channel: CHANNEL, ts: ts ?? '', actionId: 'approve' });
    return slack.deliveries.at(-1)?.payload['response_url'];
  };

  it('replaces and deletes the original, posts to one or to all', async () => {
    const url = await press();
    await use(url, { text: 'only you' });
    await use(url, { response_type: 'in_channel', text: 'all' });
    await use(url, { replace_original: true, text: 'decided' });
    expect(texts(slack.ephemerals('U0CAROL0001'))).toEqual(['only you']);
    expect(texts(slack.messages(CHANNEL))).toEqual(['decided', 'all']);
    await use(url, { delete_original: true });
    expect(texts(slack.messages(CHANNEL))).toEqual(['all']);
  });

  it('replaces an ephemeral original', async () => {
    await client.chat.postEphemeral({
      channel: CHANNEL,
      user: 'U0CAROL0001',
      text: 'card',
      blocks: CARD as never,
    });
    const [original] = slack.ephemerals('U0CAROL0001');
    await slack.click({ user: 'U0CAROL0001', channel: CHANNEL, ts: original?.ts ?? '', actionId: 'approve' });
    await use(slack.deliveries.at(-1)?.payload['response_url'], { replace_original: true, text: 'done' });
    expect(texts(slack.ephemerals('U0CAROL0001'))).toEqual(['done']);
  });

  it('works five times', async () => {
    const url = await press();
    const answers: number[] = [];
    for (let count = 0; count < 6; count += 1) answers.push((await use(url, { text: 'x' })).status);
    expect(answers).toEqual([200, 200, 200, 200, 200, 404]);
    expect(slack.ephemerals('U0CAROL0001')).toHaveLength(5);
  });

  it('works for thirty minutes', async () => {
    const url = await press();
    slack.clock.advance(30 * 60_000 - 5000);
    expect((await use(url, { text: 'x' })).status).toBe(200);
    slack.clock.advance(5001);
    const late = await use(url, { text: 'x' });
    expect([late.status, await late.text()]).toEqual([404, 'expired_url']);
  });

  it('refuses broken blocks', async () => {
    const refused = await use(await press(), { text: 'x', blocks: [{ type: 'nothing' }] });
    expect([refused.status, await refused.text()]).toEqual([400, 'invalid_blocks']);
    expect(slack.ephemerals('U0CAROL0001')).toEqual([]);
  });
});

describe('events', () => {
  it('are tried four times, then given up', async () => {
    answer = { status: 500, body: '' };
    await slack.mention({ user: 'U0ALICE0001', channel: CHANNEL, text: 'hi' });
    for (const [tries, advanceMs] of [
      [2, 60_000],
      [3, 300_000],
      [4, 3_600_000],
    ] as const) {
      await slack.waitFor(() => slack.deliveries.length === tries && slack.deliveries.at(-1)?.ack);
      slack.clock.advance(advanceMs);
    }
    expect(slack.dump().pendingEventRetries).toBe(0);
    expect(slack.deliveries.map(({ retry }) => retry?.reason)).toEqual([
      undefined,
      'http_error',
      'http_error',
      'http_error',
    ]);
  });

  it('are not tried again after X-Slack-No-Retry', async () => {
    answer = { status: 500, body: '', headers: { 'x-slack-no-retry': '1' } };
    await slack.mention({ user: 'U0ALICE0001', channel: CHANNEL, text: 'hi' });
    expect(slack.dump().pendingEventRetries).toBe(0);
    expect(slack.deliveries).toHaveLength(1);
  });
});

describe('onChange and dump', () => {
  it('tell of every visible change, and leave the tokens out', async () => {
    const changes: SlackChange[] = [];
    const stop = slack.onChange((change) => changes.push(change));
    const { ts } = await client.chat.postMessage({ channel: CHANNEL, text: 'one' });
    await client.chat.update({ channel: CHANNEL, ts: ts ?? '', text: 'two' });
    await client.chat.postEphemeral({ channel: CHANNEL, user: 'U0ALICE0001', text: 'psst' });
    await client.views.publish({ user_id: 'U0ALICE0001', view: { type: 'home', blocks: [] } as never });
    stop();
    await client.chat.delete({ channel: CHANNEL, ts: ts ?? '' });
    expect(changes.map(({ kind }) => kind)).toEqual(['message', 'message', 'ephemeral', 'view']);
    const dump = slack.dump();
    expect(dump.messages.map(({ text, deletedAt }) => [text, deletedAt !== undefined])).toEqual([
      ['two', true],
      ['psst', false],
    ]);
    expect(JSON.stringify(dump)).not.toContain(TOKEN);
  });
});

describe('waitFor', () => {
  it('says what it waited for and how things stand', async () => {
    await client.chat.postMessage({ channel: CHANNEL, text: 'something else' });
    const waiting = slack.waitFor(() => slack.dms('U0ALICE0001'), {
      timeoutMs: 50,
      what: 'a direct message',
    });
    await expect(waiting).rejects.toThrow(/waited 50 ms for a direct message[^]*something else/);
  });
});
