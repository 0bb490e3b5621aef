import { jest } from '@jest/globals';
import { Misconfigured } from '../../src/access/errors.ts';
import { createTeamsApp } from '../../src/teams/app.ts';
import { TeamsOnlyAuthentication } from '../../src/teams/authentication.ts';
import { createRefusalLog } from '../../src/teams/gate.ts';
import { isServiceUrl } from '../../src/teams/service-url.ts';
import { ids } from '../sandbox/teams/northwind.ts';
import type { Bench } from './support.ts';
import { startBench } from './support.ts';

const dana = { user: ids.dana, place: ids.leads, text: 'mine', mention: true } as const;

describe('the gate of createTeamsApp', () => {
  let bench: Bench;
  beforeEach(async () => {
    // The SDK writes to the console what it does not like about a token.
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    bench = await startBench();
  });
  afterEach(async () => {
    await bench.stop();
    jest.restoreAllMocks();
  });

  /** Nothing was heard, stored, sent or said. */
  async function expectNothing(act: () => Promise<{ status: number; body: unknown }>, status = 401) {
    const stored = new Map(bench.stored);
    const outbound = (): number => bench.teams.requests.filter(({ path }) => !path.startsWith('/v1/')).length;
    const sentBefore = outbound();
    const { status: got, body } = await act();
    expect({ got, body: body ?? '' }).toEqual({ got: status, body: '' });
    expect(bench.heard).toEqual([]);
    expect(bench.stored).toEqual(stored);
    expect(outbound()).toBe(sentBefore);
    expect(bench.tokensAsked()).toBe(0);
  }

  it('lets in what Teams signed for us', async () => {
    const { delivery } = await bench.teams.say(dana);
    expect(delivery?.status).toBe(200);
    expect(bench.heard).toHaveLength(1);
  });

  it.each([
    ['no token', { token: 'none' }],
    ['a foreign audience', { token: { aud: 'someone-else' } }],
    ['no audience', { token: { aud: null } }],
    ['a foreign issuer', { token: { iss: 'https://evil.example' } }],
    [
      'our own outbound token',
      { token: { iss: `https://sts.windows.net/${ids.host}/`, extra: { appid: ids.app } } },
    ],
    ['an unknown key', { token: { kid: 'nobody' } }],
    ['a past life', { token: { expiresInMs: -400_000 } }],
    ['a life to come', { token: { validInMs: 900_000 } }],
    ['a forged signature', { token: { forged: 'forged' } }],
    ['another service URL in the token', { token: { serviceurl: 'https://smba.trafficmanager.net/emea/' } }],
    ['no service URL in the token', { token: { serviceurl: null } }],
    ['the channel directline', { channelId: 'directline' }],
    ['the channel webchat', { channelId: 'webchat' }],
    ['the channel emulator', { channelId: 'emulator' }],
  ] as const)('answers 401 without a word to %s', async (_name, options) => {
    await expectNothing(async () => (await bench.teams.say({ ...dana, ...options })).delivery!);
  });

  it.each([
    ['no service URL', { serviceUrl: undefined }],
    ['an empty service URL', { serviceUrl: '' }],
    ['a service URL that is no string', { serviceUrl: ['https://smba.trafficmanager.net/'] }],
    ['an attacker-chosen service URL', { serviceUrl: 'https://evil.trafficmanager.net/' }],
    ['the channel AseChannel', { channelId: 'AseChannel' }],
    ['no channel', { channelId: undefined }],
    ['another bot as recipient', { recipient: { id: '28:00000000-0000-4000-8000-000000000bad' } }],
    ['no recipient', { recipient: undefined }],
    ['no tenant at all', { channelData: {}, conversation: { id: 'a:1', conversationType: 'personal' } }],
  ])('answers 401 without a word to an activity with %s', async (_name, changed) => {
    const change = (activity: { type: string }) => ({ ...activity, ...changed });
    await expectNothing(async () => (await bench.teams.say({ ...dana, change })).delivery!);
  });

  it('sends nothing to a validly signed service URL that is not on the list', async () => {
    const serviceUrl = 'https://evil.trafficmanager.net/emea/';
    const change = (activity: { type: string }) => ({ ...activity, serviceUrl });
    const token = { serviceurl: serviceUrl };
    await expectNothing(async () => (await bench.teams.say({ ...dana, change, token })).delivery!);
  });

  const unknown = '11111111-2222-4333-8444-555555555555';
  it.each([
    [
      'the host of the conversation',
      { conversation: { id: ids.leads, conversationType: 'channel', tenantId: unknown } },
    ],
    ['the home of the person', { channelData: { tenant: { id: unknown }, channel: { id: ids.leads } } }],
    [
      'the host of the team',
      { channelData: { tenant: { id: ids.host }, team: { id: ids.team, tenantId: unknown } } },
    ],
    ['the sender', { from: { id: '29:x', aadObjectId: ids.dana, tenantId: unknown } }],
  ])('answers 401 when %s is a tenant nobody knows', async (_name, changed) => {
    const change = (activity: { type: string }) => ({ ...activity, ...changed });
    await expectNothing(async () => (await bench.teams.say({ ...dana, change })).delivery!);
    expect(bench.lines.map(({ facts }) => facts?.['reason'])).toContainEqual(
      expect.stringContaining(unknown),
    );
  });

  it('reads the list of tenants anew for every activity', async () => {
    bench.allowed.delete(ids.foreign);
    const sam = { ...dana, user: ids.sam };
    await expectNothing(async () => (await bench.teams.say(sam)).delivery!);
    bench.allowed.add(ids.foreign);
    expect((await bench.teams.say(sam)).delivery?.status).toBe(200);
    expect(bench.heard).toMatchObject([{ actor: { tenantId: ids.foreign, objectId: ids.sam } }]);
  });

  it.each([
    ['no type', { type: undefined }],
    ['no id', { id: undefined }],
    ['no sender', { from: undefined }],
    ['no conversation id', { conversation: { tenantId: ids.host } }],
    ['entities that are null', { entities: null }],
    ['an entity without type', { entities: [{}] }],
    ['a text that is no text', { text: { toString: 'x' } }],
    ['a wish for buffered replies', { deliveryMode: 'expectReplies' }],
  ])('answers 400 without a word to an activity with %s', async (_name, changed) => {
    const change = (activity: { type: string }) => ({ ...activity, ...changed }) as { type: string };
    await expectNothing(async () => (await bench.teams.say({ ...dana, change })).delivery!, 400);
  });

  async function post(init: RequestInit): Promise<{ status: number; body: unknown }> {
    const serviceurl = bench.teams.serviceUrlOf(ids.host);
    const authorization = `Bearer ${await bench.teams.signToken({ serviceurl })}`;
    const headers = { authorization, 'content-type': 'application/json', ...init.headers };
    const response = await fetch(bench.messagingUrl, { method: 'POST', ...init, headers });
    return { status: response.status, body: await response.text() };
  }

  it.each([
    ['a body that is no JSON', 400, { body: 'type=message' }],
    ['a list', 400, { body: '[]' }],
    ['an empty body', 400, { body: '' }],
    ['prototype keys', 400, { body: '{"channelData":{"__proto__":{"tenant":{"id":"x"}}}}' }],
    ['a body nested a hundred thousand deep', 400, { body: `{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}` }],
    ['bytes that are not UTF-8', 400, { body: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) }],
    ['another type', 415, { body: '{}', headers: { 'content-type': 'text/plain' } }],
    ['a packed body', 415, { body: '{}', headers: { 'content-encoding': 'gzip' } }],
    ['more than 256 KiB', 413, { body: `{"a":"${'x'.repeat(256 * 1024)}"}` }],
    ['far more than 256 KiB', 413, { body: 'x'.repeat(20 * 1024 * 1024) }],
    ['a token that is none', 401, { body: '{}', headers: { authorization: 'Bearer x' } }],
    ['basic credentials', 401, { body: '{}', headers: { authorization: 'Basic eDp5' } }],
  ] as const)('refuses %s with %i', async (_name, status, init) => {
    await expectNothing(() => post(init as RequestInit), status);
  });

  it('takes nothing but POST', async () => {
    const response = await fetch(bench.messagingUrl);
    expect({ status: response.status, body: await response.text() }).toEqual({ status: 405, body: '' });
  });

  it('takes no more work once it stops', async () => {
    await bench.app.stop(1_000);
    await expectNothing(async () => (await bench.teams.say(dana)).delivery!, 503);
  });
});

describe('createTeamsApp', () => {
  it.each(['', ' '])('refuses to start with the app id "%s"', (appId) => {
    const config = {
      appId,
      tenantId: ids.host,
      serviceHosts: [],
      openIdMetadataUrl: 'https://login.botframework.com/v1/.well-known/openidconfiguration',
      botToken: () => Promise.resolve('x'),
      allowedTenants: () => new Set<string>(),
    };
    const nothing = {} as Parameters<typeof createTeamsApp>[1];
    expect(() => createTeamsApp(config, nothing)).toThrow(Misconfigured);
  });
});

describe('TeamsOnlyAuthentication', () => {
  it('lets in neither skills nor streaming connections', async () => {
    const authentication = new TeamsOnlyAuthentication({
      appId: ids.app,
      tenantId: ids.host,
      serviceHosts: [],
      openIdMetadataUrl: 'https://login.botframework.com/v1/.well-known/openidconfiguration',
      allowedTenants: () => new Set(),
    });
    await expect(authentication.authenticateChannelRequest()).rejects.toMatchObject({ statusCode: 401 });
    await expect(authentication.authenticateStreamingRequest()).rejects.toMatchObject({ statusCode: 401 });
  });
});

describe('createRefusalLog', () => {
  it('writes one line a second for each kind of reason, and how many were left out', () => {
    let now = 1_000;
    const lines: unknown[] = [];
    const quiet = (): void => undefined;
    const warn = (_event: string, facts?: unknown): void => void lines.push(facts);
    const onRefused = createRefusalLog({ log: { info: quiet, error: quiet, warn }, now: () => now });
    for (let count = 0; count < 500; count += 1) onRefused('issuer');
    onRefused('tenant 1');
    onRefused('tenant 2');
    now += 1_000;
    onRefused('issuer');
    expect(lines).toEqual([
      { reason: 'issuer', unsaid: 0 },
      { reason: 'tenant 1', unsaid: 0 },
      { reason: 'issuer', unsaid: 499 },
    ]);
  });
});

describe('isServiceUrl', () => {
  const hosts = ['smba.trafficmanager.net', '127.0.0.1:4001'];
  it.each(['https://smba.trafficmanager.net/emea/x/', 'http://127.0.0.1:4001/emea/'])('takes %s', (url) => {
    expect(isServiceUrl(url, hosts)).toBe(true);
  });
  it.each([
    'http://smba.trafficmanager.net/emea/',
    'https://smba.trafficmanager.net:8443/',
    'https://smba.trafficmanager.net.evil.example/',
    'https://evil.trafficmanager.net/',
    'https://smba.trafficmanager.net@evil.example/',
    'https://user:word@smba.trafficmanager.net/',
    'https://smba.trafficmanager.net/?x=',
    'https://smba.trafficmanager.net/#x',
    'http://127.0.0.1:4002/',
    'ftp://127.0.0.1:4001/',
    'file:///etc/passwd',
    'smba.trafficmanager.net',
    '',
  ])('does not take %s', (url) => {
    expect(isServiceUrl(url, hosts)).toBe(false);
  });
});
