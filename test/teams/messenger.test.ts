import { Misconfigured, NotFound, Unavailable } from '../../src/access/errors.ts';
import { createConnector } from '../../src/teams/connector.ts';
import type { FaultEffect } from '../../sandbox/faults.ts';
import { ids } from '../sandbox/teams/northwind.ts';
import type { Bench } from './support.ts';
import { danaPlace, leadsPlace, sampleCard, startBench } from './support.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await startBench({ callTimeoutMs: 400 });
});
afterEach(() => bench.stop());

/** Calls to the connector that carried something. */
function calls(method: string): number {
  return bench.teams.requests.filter((each) => each.method === method && each.path.includes('/v3/')).length;
}

function refusal(status: number, code: string, headers = {}): FaultEffect {
  return { kind: 'answer', status, headers, body: { error: { code, message: 'SECRET' } } };
}

describe('createMessenger, post', () => {
  it('begins a thread in a channel and says where the card is', async () => {
    const ref = await bench.app.messenger.post(leadsPlace, sampleCard());
    const [root] = bench.teams.messages(ids.leads);
    expect(ref).toEqual({
      place: leadsPlace,
      id: root?.id,
      conversationId: `${ids.leads};messageid=${root?.id}`,
      serviceUrl: bench.teams.serviceUrlOf(ids.host),
    });
  });

  it('writes to a person it never met, and remembers the chat', async () => {
    const first = await bench.app.messenger.post(danaPlace, sampleCard());
    await bench.app.messenger.post(danaPlace, sampleCard());
    expect(first.conversationId).toBe(bench.teams.chatIdOf(ids.dana));
    expect(bench.teams.chat(ids.dana)).toHaveLength(2);
    const created = bench.teams.requests.filter(({ path }) => path.endsWith('/v3/conversations'));
    expect(created).toHaveLength(1);
  });

  it('makes the chat anew when the remembered one is gone', async () => {
    const key = `person:${ids.host}:${ids.dana}`;
    const serviceUrl = bench.teams.serviceUrlOf(ids.host);
    bench.stored.set(key, JSON.stringify({ serviceUrl, memberId: '29:1dana', conversationId: 'a:1gone' }));
    await bench.app.messenger.post(danaPlace, sampleCard());
    expect(bench.teams.chat(ids.dana)).toHaveLength(1);
    expect(JSON.parse(bench.stored.get(key)!)).toMatchObject({
      conversationId: bench.teams.chatIdOf(ids.dana),
    });
  });

  it('takes the id of the thread when Teams gives no other', async () => {
    const id = `${ids.leads};messageid=1763661601234`;
    bench.teams.faults.add({ path: /conversations$/, effect: { kind: 'answer', status: 201, body: { id } } });
    expect(await bench.app.messenger.post(leadsPlace, sampleCard())).toMatchObject({ id: '1763661601234' });
  });

  it('counts a message without an id as posted, and as one that cannot be updated', async () => {
    await bench.app.messenger.post(danaPlace, sampleCard());
    bench.teams.answerWithoutId(1);
    const ref = await bench.app.messenger.post(danaPlace, sampleCard());
    expect(ref.id).toBe('');
    expect(bench.teams.chat(ids.dana)).toHaveLength(2);
    await expect(bench.app.messenger.update(ref, sampleCard())).rejects.toThrow(NotFound);
  });

  it.each([
    ['a tenant it is not installed in', { ...leadsPlace, tenantId: ids.foreign }],
    ['Slack', { platform: 'slack', teamId: 'T1', channelId: 'C1' } as const],
  ])('finds no way to %s', async (_name, place) => {
    await expect(bench.app.messenger.post(place, sampleCard())).rejects.toThrow(NotFound);
    expect(calls('POST')).toBe(0);
  });

  it('finds no way to a person who blocked it', async () => {
    bench.teams.block(ids.dana);
    await expect(bench.app.messenger.post(danaPlace, sampleCard())).rejects.toThrow(NotFound);
  });

  it.each([
    ['429', refusal(429, 'TooManyRequests', { 'retry-after': '7' }), 7_000],
    ['412', refusal(412, 'PreconditionFailed'), 1_000],
    ['500', refusal(500, 'ServiceError'), 5_000],
    ['502', refusal(502, 'BadGateway'), 5_000],
    ['504', refusal(504, 'GatewayTimeout'), 5_000],
    ['401', refusal(401, 'Unauthorized'), 5_000],
    ['a cut connection', { kind: 'reset' }, 5_000],
    ['silence', { kind: 'hang' }, 5_000],
    ['a page of a proxy', { kind: 'html' }, 5_000],
    ['a redirect', { kind: 'answer', status: 307, headers: { location: 'http://127.0.0.1:9/' } }, 5_000],
  ] as const)('asks for patience on %s and posts no second time', async (_name, effect, retryAfterMs) => {
    bench.teams.faults.add({ method: 'POST', path: /v3/, effect: effect as FaultEffect });
    const error: unknown = await bench.app.messenger
      .post(leadsPlace, sampleCard())
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Unavailable);
    expect(error).toMatchObject({ retryAfterMs, message: expect.not.stringContaining('SECRET') });
    expect(calls('POST')).toBe(1);
  });

  it.each([
    ['403', refusal(403, 'BotNotInConversationRoster'), NotFound],
    ['404', refusal(404, 'ConversationNotFound'), NotFound],
    ['413', refusal(413, 'MessageSizeTooBig'), Error],
    ['400', refusal(400, 'BadArgument'), Error],
  ] as const)('gives up on %s', async (status, effect, kind) => {
    bench.teams.faults.add({ method: 'POST', path: /v3/, effect });
    const error: unknown = await bench.app.messenger
      .post(leadsPlace, sampleCard())
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(kind);
    expect(error).not.toBeInstanceOf(Unavailable);
    expect(error).toMatchObject({ message: expect.stringContaining(status) });
    expect(calls('POST')).toBe(1);
  });
});

describe('createMessenger, update', () => {
  it('replaces the card for everybody', async () => {
    const ref = await bench.app.messenger.post(leadsPlace, sampleCard());
    await bench.app.messenger.update(ref, sampleCard({ title: 'Denied by Lee' }));
    const [root] = bench.teams.messages(ids.leads);
    expect(root?.history).toHaveLength(2);
    expect(JSON.stringify(root?.activity)).toContain('Denied by Lee');
  });

  it.each([
    ['429', refusal(429, 'TooManyRequests', { 'retry-after': '3' }), Unavailable],
    ['412', refusal(412, 'PreconditionFailed'), Unavailable],
    ['502', refusal(502, 'BadGateway'), Unavailable],
    ['silence', { kind: 'hang' }, Unavailable],
    ['403', refusal(403, 'BotNotInConversationRoster'), NotFound],
    ['404', refusal(404, 'ActivityNotFoundInConversation'), NotFound],
    ['413', refusal(413, 'MessageSizeTooBig'), Error],
  ] as const)('says what %s means, after one try', async (_name, effect, kind) => {
    const ref = await bench.app.messenger.post(leadsPlace, sampleCard());
    bench.teams.faults.add({ method: 'PUT', path: /v3/, effect: effect as FaultEffect });
    await expect(bench.app.messenger.update(ref, sampleCard())).rejects.toThrow(kind);
    expect(calls('PUT')).toBe(1);
  });

  it('uses the service URL known now, not the one of the day it was posted', async () => {
    const ref = await bench.app.messenger.post(leadsPlace, sampleCard());
    await bench.app.messenger.update(
      { ...ref, serviceUrl: 'https://old.example/' },
      sampleCard({ title: 'New' }),
    );
    expect(bench.teams.messages(ids.leads)[0]?.history).toHaveLength(2);
  });
});

describe('createReferences', () => {
  it('learns at the installation, and forgets the team when it is removed there', async () => {
    const key = `team:${ids.host}:${ids.team}`;
    expect(JSON.parse(bench.stored.get(key)!)).toEqual({ serviceUrl: bench.teams.serviceUrlOf(ids.host) });
    await bench.teams.uninstall({ team: ids.team, by: ids.lee });
    expect(bench.stored.has(key)).toBe(false);
    await expect(bench.app.messenger.post(leadsPlace, sampleCard())).rejects.toThrow(NotFound);
  });

  it('learns a private chat, and forgets it when the person removes the app', async () => {
    await bench.teams.installPersonal(ids.dana);
    const key = `person:${ids.host}:${ids.dana}`;
    const conversationId = bench.teams.chatIdOf(ids.dana);
    expect(JSON.parse(bench.stored.get(key)!)).toMatchObject({ memberId: '29:1dana', conversationId });
    await bench.teams.uninstall({ user: ids.dana });
    expect(bench.stored.has(key)).toBe(false);
    await expect(bench.app.messenger.post(danaPlace, sampleCard())).rejects.toThrow(NotFound);
  });

  it('keeps everything when somebody else leaves the team', async () => {
    const before = bench.stored.get(`team:${ids.host}:${ids.team}`);
    await bench.teams.leave({ team: ids.team, user: ids.gus });
    expect(bench.stored.get(`team:${ids.host}:${ids.team}`)).toBe(before);
  });

  it('takes a new service URL from the next activity', async () => {
    const key = `team:${ids.host}:${ids.team}`;
    bench.stored.set(key, JSON.stringify({ serviceUrl: 'https://old.example/' }));
    await bench.teams.say({ user: ids.dana, place: ids.leads, text: 'mine', mention: true });
    expect(JSON.parse(bench.stored.get(key)!)).toEqual({ serviceUrl: bench.teams.serviceUrlOf(ids.host) });
  });

  it('does not note people from abroad as people of the host', async () => {
    await bench.teams.say({ user: ids.sam, place: ids.leads, text: 'mine', mention: true });
    expect([...bench.stored.keys()].filter((key) => key.includes(ids.sam))).toEqual([]);
  });
});

describe('createConnector', () => {
  it('asks for no token when the host is not on the list', async () => {
    bench.stored.set(
      `team:${ids.host}:${ids.team}`,
      JSON.stringify({ serviceUrl: 'https://evil.trafficmanager.net/' }),
    );
    const before = bench.tokensAsked();
    await expect(bench.app.messenger.post(leadsPlace, sampleCard())).rejects.toThrow(Misconfigured);
    expect(bench.tokensAsked()).toBe(before);
  });

  it('asks for patience when there is no token', async () => {
    const connector = createConnector({
      botToken: () => Promise.reject(new Error('SECRET')),
      serviceHosts: [new URL(bench.teams.url).host],
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    const call = { method: 'POST', serviceUrl: bench.teams.url, path: 'v3/conversations', body: {} } as const;
    const error: unknown = await connector(call).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Unavailable);
    expect(error).toMatchObject({ message: expect.not.stringContaining('SECRET') });
    expect(bench.teams.requests.filter(({ path }) => path.startsWith('/v3'))).toEqual([]);
  });
});
