import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LogLevel, WebClient, type Logger, type WebClientOptions } from '@slack/web-api';
import type { SlackSandbox } from '../../../sandbox/slack/slack.ts';
import { CHANNEL, seededSlack, TOKEN } from './support.ts';

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

beforeEach(async () => {
  slack = await seededSlack();
  client = connect(TOKEN);
});

afterEach(() => slack.stop());

describe('users and conversations', () => {
  it('show guests, outsiders and deactivated people as they are', async () => {
    const user = async (id: string) => (await client.users.info({ user: id })).user;
    expect(await user('U0GUEST0001')).toMatchObject({ is_restricted: true, is_ultra_restricted: false });
    expect(await user('U0LEADCUST1')).toMatchObject({ team_id: 'T0CUST00001', is_stranger: false });
    expect(await user('U0GONE00001')).toMatchObject({ deleted: true });
    expect(await user('U0BOT000001')).toMatchObject({ is_bot: true, profile: { bot_id: 'B0OURS00001' } });
    expect(await refusal(client.users.info({ user: 'U0NOBODY001' }))).toMatchObject({
      error: 'user_not_found',
    });
    slack.changeChannel(CHANNEL, { leave: ['U0LEADCUST1'] });
    expect(await user('U0LEADCUST1')).toMatchObject({ is_stranger: true });
  });

  it('tell e-mail addresses only with the scope, and find members only', async () => {
    expect((await client.users.info({ user: 'U0ALICE0001' })).user?.profile).not.toHaveProperty('email');
    slack.addWorkspace({
      id: 'T0MAIL00001',
      name: 'Mail',
      domain: 'mail',
      botToken: 'xoxb-mail',
      scopes: ['users:read', 'users:read.email'],
    });
    slack.addUser({
      id: 'U0MAIL00001',
      teamId: 'T0MAIL00001',
      name: 'm',
      realName: 'M',
      email: 'm@mail.example',
    });
    const mail = connect('xoxb-mail');
    expect((await mail.users.lookupByEmail({ email: 'M@mail.example' })).user?.id).toBe('U0MAIL00001');
    const other = mail.users.lookupByEmail({ email: 'alice@ours.example' });
    expect(await refusal(other)).toMatchObject({ error: 'users_not_found' });
    expect(await refusal(mail.users.info({ user: 'U0ALICE0001' }))).toMatchObject({
      error: 'user_not_found',
    });
  });

  it('describe a shared channel and page its members', async () => {
    const { channel } = await client.conversations.info({ channel: CHANNEL, include_num_members: true });
    expect(channel).toMatchObject({
      is_ext_shared: true,
      connected_team_ids: ['T0CUST00001'],
      num_members: 5,
    });
    const first = await client.conversations.members({ channel: CHANNEL, limit: 3 });
    const cursor = first.response_metadata?.next_cursor ?? '';
    const second = await client.conversations.members({ channel: CHANNEL, limit: 3, cursor });
    expect([...(first.members ?? []), ...(second.members ?? [])]).toHaveLength(5);
    expect(second.response_metadata?.next_cursor).toBe('');
    const wrong = client.conversations.members({ channel: CHANNEL, cursor: 'nonsense' });
    expect(await refusal(wrong)).toMatchObject({ error: 'invalid_cursor' });
  });

  it('open direct messages, not with deactivated people', async () => {
    const first = await client.conversations.open({ users: 'U0ALICE0001' });
    const second = await client.conversations.open({ users: 'U0ALICE0001', return_im: true });
    expect(second).toMatchObject({
      already_open: true,
      channel: { id: first.channel?.id, user: 'U0ALICE0001' },
    });
    const open = (users: string) => refusal(client.conversations.open({ users }));
    expect(await open('U0GONE00001')).toMatchObject({ error: 'user_disabled' });
    expect(await open('U0NOBODY001')).toMatchObject({ error: 'user_not_found' });
  });
});

describe('rate limits', () => {
  it('are off unless switched on, then one message per second and channel after a burst', async () => {
    const post = () => client.chat.postMessage({ channel: CHANNEL, text: 'x' });
    for (let count = 0; count < 6; count += 1) await post();
    slack.rateLimits.enabled = true;
    for (let count = 0; count < 3; count += 1) await post();
    await expect(post()).rejects.toMatchObject({ code: 'slack_webapi_rate_limited_error', retryAfter: 1 });
    slack.clock.advance(1000);
    expect((await post()).ok).toBe(true);
    expect(slack.requests.at(-2)?.status).toBe(429);
  });

  it('count per method and minute', async () => {
    slack.rateLimits.enabled = true;
    const { ts } = await client.chat.postMessage({ channel: CHANNEL, text: 'x' });
    const update = () => client.chat.update({ channel: CHANNEL, ts: ts ?? '', text: 'y' });
    for (let count = 0; count < 50; count += 1) await update();
    await expect(update()).rejects.toMatchObject({ retryAfter: expect.any(Number) });
    expect((await client.users.info({ user: 'U0ALICE0001' })).ok).toBe(true);
  });
});
