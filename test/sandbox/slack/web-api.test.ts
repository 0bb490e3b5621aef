import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LogLevel, WebClient, type Logger, type WebClientOptions } from '@slack/web-api';
import type { SlackSandbox } from '../../../sandbox/slack/slack.ts';
import { APP_TOKEN, CARD, CHANNEL, MODAL, OURS, seededSlack, TOKEN } from './support.ts';

/** The SDK logs what a refused block breaks; the tests read it from the error. */
const QUIET: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};

let slack: SlackSandbox;
let client: WebClient;

const connect = (token: string, options: WebClientOptions = {}) =>
  new WebClient(token, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: QUIET,
    ...options,
  });

/** The error envelope of a call that must fail. */
async function refusal(call: Promise<unknown>): Promise<Record<string, unknown>> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return (error as { data: Record<string, unknown> }).data;
}

const raw = (method: string, init: RequestInit) =>
  fetch(`${slack.apiUrl}${method}`, { method: 'POST', ...init }).then((answer) => answer.json());

beforeEach(async () => {
  slack = await seededSlack();
  client = connect(TOKEN);
});

afterEach(() => slack.stop());

describe('auth.test', () => {
  it('tells who the token is and which scopes it has, as the SDK reads them', async () => {
    const answer = await client.auth.test();
    expect(answer).toMatchObject({ ok: true, team_id: OURS, user_id: 'U0BOT000001', bot_id: 'B0OURS00001' });
    expect(answer.response_metadata?.scopes).toEqual([
      'commands',
      'chat:write',
      'app_mentions:read',
      'users:read',
      'channels:read',
      'groups:read',
      'im:write',
    ]);
  });

  it('refuses unknown, empty and missing tokens', async () => {
    expect(await refusal(connect('xoxb-other').auth.test())).toMatchObject({ error: 'invalid_auth' });
    const empty = { headers: { authorization: 'Bearer ' } };
    expect(await raw('auth.test', empty)).toEqual({ ok: false, error: 'invalid_auth' });
    expect(await raw('auth.test', {})).toEqual({ ok: false, error: 'not_authed' });
    expect(await refusal(connect(APP_TOKEN).auth.test())).toMatchObject({ error: 'not_allowed_token_type' });
  });

  it('refuses a revoked token and an uninstalled app', async () => {
    await slack.revokeTokens({ teamId: OURS });
    expect(await refusal(client.auth.test())).toMatchObject({ error: 'token_revoked' });
    await slack.uninstall({ teamId: OURS });
    expect(await refusal(client.auth.test())).toMatchObject({ error: 'account_inactive' });
  });
});

describe('the envelope', () => {
  it('takes JSON as well as forms, and refuses broken JSON and unknown methods', async () => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json; charset=utf-8' };
    const body = JSON.stringify({ channel: CHANNEL, text: 'as JSON', blocks: CARD });
    expect(await raw('chat.postMessage', { headers, body })).toMatchObject({ ok: true, channel: CHANNEL });
    expect(await raw('chat.postMessage', { headers, body: '{' })).toEqual({
      ok: false,
      error: 'invalid_json',
    });
    expect(await raw('chat.nothing', { headers, body: '{}' })).toMatchObject({ error: 'unknown_method' });
  });

  it('names the scope that is missing', async () => {
    expect(await refusal(client.users.lookupByEmail({ email: 'alice@ours.example' }))).toMatchObject({
      error: 'missing_scope',
      needed: 'users:read.email',
      provided: expect.stringContaining('chat:write'),
    });
  });

  it('obeys the fault plan: a lost answer has done the work', async () => {
    slack.faults.add({ path: /chat\.postMessage/, effect: { kind: 'loseAnswer' } });
    await expect(client.chat.postMessage({ channel: CHANNEL, text: 'once' })).rejects.toThrow(
      'request error',
    );
    expect(slack.messages(CHANNEL).map(({ text }) => text)).toEqual(['once']);
  });
});

describe('chat.postMessage', () => {
  it('stores the message with ids and defaults filled in', async () => {
    const answer = await client.chat.postMessage({
      channel: CHANNEL,
      text: 'a request',
      blocks: CARD as never,
    });
    const [message] = slack.messages(CHANNEL);
    expect(answer).toMatchObject({ ok: true, channel: CHANNEL, ts: message?.ts });
    expect(message?.blocks[0]?.['text']).toEqual({
      type: 'mrkdwn',
      text: '*alice* asks for *Contributor*',
      verbatim: false,
    });
  });

  it('refuses what Slack refuses', async () => {
    slack.addChannel({ id: 'C0OTHER0001', teamId: OURS, name: 'other', members: [], withoutBot: true });
    slack.addChannel({
      id: 'C0HIDDEN001',
      teamId: OURS,
      name: 'hidden',
      members: [],
      isPrivate: true,
      withoutBot: true,
    });
    slack.addChannel({ id: 'C0OLD000001', teamId: OURS, name: 'old', members: [], isArchived: true });
    const post = (channel: string, text = 'x') => refusal(client.chat.postMessage({ channel, text }));
    expect(await post('C0NOWHERE01')).toMatchObject({ error: 'channel_not_found' });
    expect(await post('C0HIDDEN001')).toMatchObject({ error: 'channel_not_found' });
    expect(await post('C0OTHER0001')).toMatchObject({ error: 'not_in_channel' });
    expect(await post('C0OLD000001')).toMatchObject({ error: 'is_archived' });
    expect(await post(CHANNEL, '')).toMatchObject({ error: 'no_text' });
  });

  it('says where a block breaks a limit and stores nothing', async () => {
    const button = {
      type: 'button',
      action_id: 'a',
      text: { type: 'plain_text', text: 'Go' },
      value: 'v'.repeat(2001),
    };
    const blocks = [{ type: 'divider' }, { type: 'actions', elements: [button] }];
    const words = 'must be less than 2001 characters [json-pointer:/blocks/1/elements/0/value]';
    expect(
      await refusal(client.chat.postMessage({ channel: CHANNEL, text: 'x', blocks: blocks as never })),
    ).toEqual({
      ok: false,
      error: 'invalid_blocks',
      errors: [words],
      response_metadata: expect.objectContaining({ messages: [`[ERROR] ${words}`] }),
    });
    expect(slack.messages(CHANNEL)).toEqual([]);
  });

  it('opens the direct message when the channel is a person', async () => {
    const answer = await client.chat.postMessage({ channel: 'U0ALICE0001', text: 'your access ends soon' });
    expect(answer.channel).toMatch(/^D/);
    expect(slack.dms('U0ALICE0001').map(({ text }) => text)).toEqual(['your access ends soon']);
    expect(slack.dms('U0CAROL0001')).toEqual([]);
  });
});

describe('chat.update and chat.delete', () => {
  it("change the app's own messages only", async () => {
    const { ts } = await client.chat.postMessage({ channel: CHANNEL, text: 'one' });
    await client.chat.update({ channel: CHANNEL, ts: ts ?? '', text: 'two' });
    await slack.mention({ user: 'U0ALICE0001', channel: CHANNEL, text: 'hi' });
    const human = slack.messages(CHANNEL)[1];
    const update = (other: string) => refusal(client.chat.update({ channel: CHANNEL, ts: other, text: 'x' }));
    expect(await update(human?.ts ?? '')).toMatchObject({ error: 'cant_update_message' });
    expect(await update('1.000001')).toMatchObject({ error: 'message_not_found' });
    expect(slack.messages(CHANNEL)[0]?.history.map(({ text }) => text)).toEqual(['one', 'two']);
    await client.chat.delete({ channel: CHANNEL, ts: ts ?? '' });
    expect(slack.messages(CHANNEL).map(({ ts: left }) => left)).toEqual([human?.ts]);
  });
});

describe('chat.update', () => {
  it('keeps the blocks when only text is given; an empty list removes them', async () => {
    const { ts = '' } = await client.chat.postMessage({
      channel: CHANNEL,
      text: 'one',
      blocks: CARD as never,
    });
    await client.chat.update({ channel: CHANNEL, ts, text: 'two' });
    expect(slack.messages(CHANNEL)[0]).toMatchObject({ text: 'two', blocks: [{}, {}, {}] });
    await client.chat.update({ channel: CHANNEL, ts, text: 'three', blocks: [] });
    expect(slack.messages(CHANNEL)[0]?.blocks).toEqual([]);
    const long = client.chat.update({ channel: CHANNEL, ts, text: 'x'.repeat(4001) });
    expect(await refusal(long)).toMatchObject({ error: 'msg_too_long' });
  });
});

describe('chat.postEphemeral', () => {
  it('is seen by one person, who has to be in the channel, and cannot be updated', async () => {
    const { message_ts: ts } = await client.chat.postEphemeral({
      channel: CHANNEL,
      user: 'U0ALICE0001',
      text: 'psst',
    });
    expect(slack.ephemerals('U0ALICE0001', CHANNEL).map(({ text }) => text)).toEqual(['psst']);
    expect(slack.messages(CHANNEL)).toEqual([]);
    const update = client.chat.update({ channel: CHANNEL, ts: ts ?? '', text: 'x' });
    expect(await refusal(update)).toMatchObject({ error: 'message_not_found' });
    const post = client.chat.postEphemeral({ channel: CHANNEL, user: 'U0GONE00001', text: 'psst' });
    expect(await refusal(post)).toMatchObject({ error: 'user_not_in_channel' });
  });
});

describe('views', () => {
  const trigger = async (): Promise<string> => {
    await slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'form' });
    return String(slack.deliveries.at(-1)?.payload['trigger_id']);
  };
  const open = (triggerId: string, view: unknown = MODAL) =>
    client.views.open({ trigger_id: triggerId, view: view as never });

  it('open once per trigger id and within three seconds', async () => {
    const triggerId = await trigger();
    await open(triggerId);
    expect(await refusal(open(triggerId))).toMatchObject({ error: 'exchanged_trigger_id' });
    const late = await trigger();
    slack.clock.advance(3001);
    expect(await refusal(open(late))).toMatchObject({ error: 'expired_trigger_id' });
    expect(await refusal(open('1.2.3'))).toMatchObject({ error: 'invalid_trigger_id' });
  });

  it('are checked, and a refused view does not use the trigger up', async () => {
    const triggerId = await trigger();
    const title = { type: 'plain_text', text: 't'.repeat(25) };
    expect(await refusal(open(triggerId, { ...MODAL, title }))).toMatchObject({
      error: 'invalid_arguments',
      response_metadata: {
        messages: ['[ERROR] must be less than 25 characters [json-pointer:/view/title/text]'],
      },
    });
    const padding = Array.from({ length: 100 }, () => ({
      type: 'section',
      text: { type: 'plain_text', text: 'x'.repeat(2900) },
    }));
    expect(await refusal(open(triggerId, { ...MODAL, blocks: padding }))).toMatchObject({
      error: 'view_too_large',
    });
    expect((await open(triggerId)).ok).toBe(true);
  });

  it('are updated under their hash', async () => {
    const { view } = await open(await trigger());
    const update = (hash: string) =>
      client.views.update({
        view_id: view?.id ?? '',
        hash,
        view: { ...MODAL, title: { type: 'plain_text', text: 'Two' } } as never,
      });
    await update(view?.hash ?? '');
    expect(slack.views('U0ALICE0001').modal?.title).toBe('Two');
    expect(await refusal(update(view?.hash ?? ''))).toMatchObject({ error: 'hash_conflict' });
  });

  it('are published to members, not to outsiders', async () => {
    const view = { type: 'home', blocks: [] } as never;
    await client.views.publish({ user_id: 'U0ALICE0001', view });
    expect(slack.views('U0ALICE0001').home?.blocks).toEqual([]);
    const outside = client.views.publish({ user_id: 'U0LEADCUST1', view });
    expect(await refusal(outside)).toMatchObject({ error: 'user_not_found' });
  });
});
