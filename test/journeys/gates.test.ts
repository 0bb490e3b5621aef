import { jest } from '@jest/globals';
import { signBody } from '../../sandbox/slack/signature.ts';
import type { Tampering } from '../../sandbox/slack/redeliver.ts';
import { IDS, SECRETS, SLACK, TEAMS } from '../../sandbox/world/ids.ts';
import type { Journey } from '../support/journey.ts';
import { startJourney } from '../support/journey.ts';

/** Waits for Lee's approval in Slack. */
let atLee: string;
/** Waits for Olga's approval in Teams. */
let atOlga: string;
let journey: Journey;

beforeAll(async () => {
  // The SDK writes to the console what it does not like about a token.
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  journey = await startJourney();
  atOlga = await journey.ask('contoso reader 1h');
  atLee = await journey.ask('fabrikam reader 1h', SLACK.kim);
  await journey.until('both cards', () => journey.slackText(SLACK.leads).length === 2);
  // A genuine press that is refused: what is forged below says that somebody else pressed.
  expect(await journey.slackPress('approve', { id: atLee, user: SLACK.dana })).not.toMatch(/^Approved/);
}, 60_000);
afterAll(async () => {
  jest.restoreAllMocks();
  await journey.stop();
});

const url = (path: string) => `http://127.0.0.1:${journey.app.port}${path}`;

/** What is stored of requests, grants, guests, installations and what happened. */
async function stored(): Promise<Record<string, string>> {
  const { client } = journey.redis;
  const keys = await client.keys('*');
  const kept = keys.filter((key) => /:(request|grant|stay|ledger|open|pending|installation)/.test(key));
  const dumps = await Promise.all(kept.toSorted().map((key) => client.dumpBuffer(key)));
  return Object.fromEntries(kept.toSorted().map((key, at) => [key, String(dumps[at]?.toString('hex'))]));
}

/** Calls to the vendors; keys and metadata for checking tokens do not count. */
function calls(): number {
  const { azure, slack, teams } = journey.world;
  const asked = teams.requests.filter(({ path }) => !path.startsWith('/v1/'));
  return azure.requests.length + slack.requests.length + asked.length;
}

/** A genuine question whose answer is one call: what came before it has been dealt with by then. */
async function sentinel(): Promise<number> {
  const before = calls();
  await journey.slackCommand('/access help');
  return calls() - before;
}

async function changesNothing<T>(act: () => Promise<T>): Promise<T> {
  const usual = await sentinel();
  const [before, from] = [await stored(), calls()];
  const shown = journey.slackText(SLACK.leads).concat(journey.teamsText(TEAMS.contosoApprovals));
  const result = await act();
  expect(await sentinel()).toBe(usual);
  expect(calls() - from).toBe(usual);
  expect(await stored()).toEqual(before);
  expect(journey.slackText(SLACK.leads).concat(journey.teamsText(TEAMS.contosoApprovals))).toEqual(shown);
  expect(journey.made()).toEqual([]);
  return result;
}

describe('what claims to come from Slack', () => {
  const asLee = (payload: Record<string, unknown>) => ({
    ...payload,
    user: { ...(payload['user'] as object), id: SLACK.lee },
  });
  it.each<[string, Tampering, number]>([
    ['a wrong signature', { how: 'badSignature' }, 401],
    ['no signature', { how: 'noSignature' }, 401],
    ['another secret', { how: 'wrongSecret' }, 401],
    ['another body than the one signed', { how: 'alteredBody', edit: asLee }, 401],
    ['a signature from ten minutes ago', { how: 'timestamp', offsetSeconds: -600 }, 401],
    ['a signature from the future', { how: 'timestamp', offsetSeconds: 600 }, 401],
  ])('is refused without a word with %s', async (_name, tampering, status) => {
    const ack = await changesNothing(() => journey.world.slack.tamper('interaction', tampering));
    expect({ status: ack.status, body: ack.body }).toEqual({ status, body: '' });
    await changesNothing(() => journey.world.slack.tamper('command', tampering));
  });

  it('is not heard from a workspace that is not ours, however well signed', async () => {
    await changesNothing(() => journey.world.slack.tamper('interaction', { how: 'foreignTeam' }));
    await changesNothing(() => journey.world.slack.tamper('command', { how: 'foreignTeam' }));
  });

  it('is not heard twice', async () => {
    const ack = await changesNothing(() => journey.world.slack.redeliver('interaction', { how: 'replay' }));
    expect(ack.body).toBe('');
    await changesNothing(() => journey.world.slack.redeliver('interaction', { how: 'resign' }));
  });

  const post = (init: RequestInit) => fetch(url('/slack/events'), { method: 'POST', ...init });
  const signed = (body: string, type = 'application/json') => {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = signBody(SECRETS.slackSigning, timestamp, body);
    const headers = {
      'content-type': type,
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature,
    };
    return { headers, body };
  };
  it.each<[string, () => RequestInit, number]>([
    ['another method', () => ({ method: 'GET' }), 405],
    ['another method that carries something', () => ({ method: 'PUT', ...signed('{}') }), 405],
    ['another type', () => signed('{}', 'text/plain'), 415],
    ['more than 64 KiB, well signed', () => signed(`{"a":"${'x'.repeat(64 * 1024)}"}`), 413],
    [
      '20 MiB',
      () => ({ headers: { 'content-type': 'application/json' }, body: 'x'.repeat(20 * 1024 * 1024) }),
      413,
    ],
  ])('is refused with %s', async (_name, init, status) => {
    // A body that is cut off may cut the connection before the answer is read.
    const response = await changesNothing(() => post(init()).catch(() => undefined));
    expect(response?.status ?? 413).toBe(status);
  });

  it.each(['', '{', 'payload=%7B', `{"a":${'['.repeat(50)}`])(
    'is survived when it is well signed nonsense: %j',
    async (body) => {
      const type = body.startsWith('payload') ? 'application/x-www-form-urlencoded' : 'application/json';
      const response = await changesNothing(() => post(signed(body, type)));
      expect(await response.text()).not.toMatch(/at .*\.[jt]s|Error:/);
    },
  );
});

describe('what claims to come from Teams', () => {
  const press = async (options: object) => {
    const { teams } = journey.world;
    const card = teams
      .messages(TEAMS.contosoApprovals)
      .find(({ activity }) => JSON.stringify(activity).includes(atOlga));
    const click = { user: IDS.olga, activityId: card!.id, verb: 'approve', ...options };
    const { delivery } = await teams.click(click);
    return { status: delivery.status, body: delivery.body ?? '' };
  };
  const refused = { status: 401, body: '' };
  const changed = (change: object) => ({ change: (activity: object) => ({ ...activity, ...change }) });

  it.each<[string, object]>([
    ['no token', { token: 'none' }],
    ['a foreign audience', { token: { aud: IDS.app } }],
    ['no audience', { token: { aud: null } }],
    ['a foreign issuer', { token: { iss: 'https://evil.example' } }],
    ['our own kind of token', { token: { iss: `https://sts.windows.net/${IDS.northwind}/` } }],
    ['an unknown key', { token: { kid: 'nobody' } }],
    ['a past life', { token: { expiresInMs: -400_000 } }],
    ['a life to come', { token: { validInMs: 900_000 } }],
    ['a forged signature', { token: { forged: 'forged' } }],
    ['another service URL in the token', { token: { serviceurl: 'https://smba.trafficmanager.net/emea/' } }],
    ['no service URL in the token', { token: { serviceurl: null } }],
    ['the channel directline', { channelId: 'directline' }],
    ['the channel webchat', { channelId: 'webchat' }],
    ['the channel emulator', { channelId: 'emulator' }],
    ['a service URL of its own', changed({ serviceUrl: 'https://evil.example/' })],
    ['another bot as recipient', changed({ recipient: { id: `28:${IDS.app}` } })],
    ['a sender from a tenant nobody knows', changed({ from: { id: '29:x', tenantId: IDS.stranger } })],
    ['a home in a tenant nobody knows', changed({ channelData: { tenant: { id: IDS.stranger } } })],
  ])('is refused without a word with %s', async (_name, options) => {
    expect(await changesNothing(() => press(options))).toEqual(refused);
  });

  it('is refused from a stranger’s tenant, even in the customer’s own channel', async () => {
    expect(await changesNothing(() => press({ user: IDS.mallory }))).toEqual(refused);
  });

  it('is refused when it wears a Latchkey token of another service', async () => {
    const token = journey.world.azure.requests.findLast(({ token: holder }) => holder)?.headers.authorization;
    const post = () =>
      fetch(url('/api/messages'), {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: token ?? '' },
        body: JSON.stringify(journey.world.teams.deliveries.at(-1)?.activity),
      });
    expect((await changesNothing(post)).status).toBe(401);
  });

  it.each<[string, RequestInit, number]>([
    ['another method', { method: 'GET' }, 405],
    ['no token', { method: 'POST', body: '{}' }, 401],
    ['a token that is none', { method: 'POST', body: '{}', headers: { authorization: 'Bearer x' } }, 401],
  ])('is refused with %s', async (_name, init, status) => {
    const response = await changesNothing(() => fetch(url('/api/messages'), init));
    expect({ status: response.status, body: await response.text() }).toEqual({ status, body: '' });
  });

  it('is refused when it is longer than 256 KiB', async () => {
    const authorization = `Bearer ${await journey.world.teams.signToken()}`;
    const headers = { 'content-type': 'application/json', authorization };
    const body = `{"a":"${'x'.repeat(256 * 1024)}"}`;
    const post = () => fetch(url('/api/messages'), { method: 'POST', headers, body }).catch(() => undefined);
    expect((await changesNothing(post))?.status ?? 413).toBe(413);
  });
});

describe('every other door', () => {
  it.each([
    '/',
    '/admin',
    '/metrics',
    '/slack',
    '/slack/events/',
    '/slack/install',
    '/api/messages/x',
    '/.env',
    '//health',
  ])('%s is not there', async (path) => {
    for (const method of ['GET', 'POST']) {
      const response = await changesNothing(() => fetch(url(path), { method }));
      expect({ status: response.status, body: await response.text() }).toEqual({ status: 404, body: '' });
    }
  });

  it('tells a load balancer how it is, and nothing else', async () => {
    const response = await changesNothing(() => fetch(url('/health')));
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ ready: true });
    for (const secret of [...Object.values(SECRETS), 'contoso', IDS.contoso])
      expect(text).not.toContain(secret);
    expect((await fetch(url('/health'), { method: 'POST' })).status).toBe(404);
  });
});

describe('a click that Slack delivers more than once', () => {
  it('decides once', async () => {
    expect(await journey.slackPress('approve', { id: atLee })).toMatch(/^Your approval counts/);
    await journey.until('Frida’s card', () =>
      journey.teamsText(TEAMS.fabrikamApprovals).some((text) => text.includes(atLee)),
    );
    const told = journey.world.slack.ephemerals(SLACK.lee, SLACK.leads).length;
    const before = await stored();
    for (const how of ['replay', 'resign', 'resign'] as const) {
      await journey.world.slack.redeliver('interaction', { how });
    }
    await sentinel();
    expect(await stored()).toEqual(before);
    expect(journey.world.slack.ephemerals(SLACK.lee, SLACK.leads)).toHaveLength(told);
    expect(journey.made()).toEqual([]);
  });

  it('makes one set of objects', async () => {
    await journey.teamsPress('approve', { id: atLee, channel: TEAMS.fabrikamApprovals, user: IDS.frida });
    await journey.until('the access', () => journey.made().length === 2);
    await journey.world.slack.redeliver('interaction', { how: 'resign' });
    await journey.slackCommand(`/access finish ${atLee}`, SLACK.kim);
    await journey.until('everything gone', () => journey.made().length === 0);
    const puts = journey.world.azure.requests.filter(({ method }) => method === 'PUT');
    expect(new Set(puts.map(({ path }) => path)).size).toBe(1);
  });
});
