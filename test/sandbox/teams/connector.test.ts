import { readFileSync } from 'node:fs';
import { createClock } from '../../../sandbox/clock.ts';
import type { TeamsSandbox } from '../../../sandbox/teams/teams.ts';
import { BOT_TOKEN, cardMessage, ids, requestCard, startNorthwind } from './northwind.ts';
import { startRecordingBot } from './recording-bot.ts';
import type { RecordingBot } from './recording-bot.ts';

function sample(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`samples/${name}.json`, import.meta.url), 'utf8'));
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
  retryAfter: string | null;
}

const text = (words: string): object => ({ type: 'message', text: words });

describe('the Bot Connector', () => {
  let teams: TeamsSandbox;
  let bot: RecordingBot;

  async function call(method: string, path: string, body?: object, token = BOT_TOKEN): Promise<Answer> {
    const response = await fetch(`${teams.serviceUrlOf(ids.host)}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body && { body: JSON.stringify(body) }),
    });
    const json = (await response.json()) as Record<string, unknown>;
    return { status: response.status, body: json, retryAfter: response.headers.get('retry-after') };
  }
  const activities = (id: string): string => `v3/conversations/${encodeURIComponent(id)}/activities`;
  const createIn = (channelId: string, activity?: object): Promise<Answer> =>
    call('POST', 'v3/conversations', {
      isGroup: true,
      channelData: { channel: { id: channelId } },
      activity,
    });
  const createWith = (memberId: string, tenantId = ids.host): Promise<Answer> =>
    call('POST', 'v3/conversations', { isGroup: false, members: [{ id: memberId }], tenantId });

  async function begin(options: Parameters<typeof startNorthwind>[0] = {}): Promise<void> {
    teams = await startNorthwind(options);
    bot = await startRecordingBot(teams);
    await teams.install({ team: ids.team, channel: ids.leads });
  }
  beforeEach(() => begin());
  afterEach(async () => {
    await bot.stop();
    await teams.stop();
  });

  it('refuses a token it was not told to accept', async () => {
    const answer = await call('POST', activities(ids.leads), text('x'), 'other');
    expect(answer.status).toBe(401);
    expect(teams.messages(ids.leads)).toEqual([]);
  });

  it('begins a thread and names it', async () => {
    const { status, body } = await createIn(ids.leads, cardMessage(requestCard('pending')));
    expect(status).toBe(201);
    expect(Object.keys(body)).toEqual(
      Object.keys(sample('connector-createConversation-channel-response') as object),
    );
    expect(body['id']).toBe(`${ids.leads};messageid=${String(body['activityId'])}`);
    expect(teams.messages(ids.leads).map((message) => message.id)).toEqual([body['activityId']]);
  });

  it('refuses a thread without a first message, and one in an unknown channel', async () => {
    expect(await createIn(ids.leads)).toMatchObject({ status: 400, body: { error: { code: 'BadSyntax' } } });
    const lost = await createIn('19:lost@thread.tacv2', text('x'));
    expect(lost).toMatchObject({ status: 404, body: { error: { code: 'ConversationNotFound' } } });
  });

  it('opens the 1:1 chat of a person of the team by either id, the same every time', async () => {
    const [first, second] = [await createWith('29:1dana'), await createWith(ids.dana)];
    expect(first).toMatchObject({ status: 201, body: { id: teams.chatIdOf(ids.dana) } });
    expect(second.body).toEqual(first.body);
    expect(Object.keys(first.body)).toEqual(
      Object.keys(sample('connector-createConversation-personal-response') as object),
    );
  });

  it('opens no 1:1 chat with an external member, nor with somebody who never met the bot', async () => {
    expect(await createWith('29:1sam')).toMatchObject({ status: 403 });
    await teams.installPersonal(ids.sam);
    expect(await createWith('29:1sam')).toMatchObject({ status: 403 });
    expect(await createWith('29:1sam', ids.foreign)).toMatchObject({ status: 201 });
    await teams.leave({ team: ids.team, user: ids.gus });
    expect(await createWith(ids.gus)).toMatchObject({
      status: 403,
      body: { error: { code: 'ForbiddenOperationException' } },
    });
  });

  it('puts replies into their thread and plain posts into new threads', async () => {
    const root = await call('POST', activities(ids.leads), text('root'));
    expect(Object.keys(root.body)).toEqual(Object.keys(sample('connector-send-response') as object));
    const rootId = String(root.body['id']);
    await call('POST', activities(`${ids.leads};messageid=${rootId}`), text('one'));
    await call('POST', `${activities(ids.leads)}/${rootId}`, text('two'));
    const [thread] = teams.messages(ids.leads);
    expect(thread?.replies.map((reply) => reply.activity['text'])).toEqual(['one', 'two']);
    const lost = await call('POST', activities(`${ids.leads};messageid=1`), text('three'));
    expect(lost.status).toBe(404);
  });

  it('updates and deletes own messages only, where they are', async () => {
    const { body } = await call('POST', activities(ids.leads), text('one'));
    const path = `${activities(`${ids.leads};messageid=${String(body['id'])}`)}/${String(body['id'])}`;
    expect(await call('PUT', path, text('two'))).toMatchObject({ status: 200, body });
    const [message] = teams.messages(ids.leads);
    expect(message?.history.map((version) => version.activity['text'])).toEqual(['one', 'two']);
    const elsewhere = `${activities(ids.group)}/${String(body['id'])}`;
    expect(await call('PUT', elsewhere, text('three'))).toMatchObject({ status: 404 });
    expect((await call('DELETE', path)).status).toBe(200);
    const gone = await call('PUT', path, text('four'));
    expect(gone).toMatchObject({
      status: 404,
      body: sample('connector-error-ActivityNotFoundInConversation'),
    });
    const said = await teams.say({ user: ids.dana, place: ids.leads, text: 'mine' });
    const own = `${activities(said.conversationId)}/${said.activityId}`;
    expect(await call('PUT', own, text('five'))).toMatchObject({ status: 404 });
  });

  it('refuses everything after an uninstall', async () => {
    const { body } = await call('POST', activities(ids.leads), text('one'));
    await teams.uninstall({ team: ids.team });
    const expected = { status: 403, body: sample('connector-error-BotNotInConversationRoster') };
    expect(await call('POST', activities(ids.leads), text('two'))).toMatchObject(expected);
    expect(await createIn(ids.leads, text('two'))).toMatchObject(expected);
    const update = `${activities(ids.leads)}/${String(body['id'])}`;
    expect(await call('PUT', update, text('two'))).toMatchObject(expected);
    expect(await call('GET', `v3/teams/${ids.team}`)).toMatchObject(expected);
  });

  it('refuses a person who took the app away or blocked it', async () => {
    await teams.uninstall({ user: ids.dana });
    expect(await call('POST', activities(teams.chatIdOf(ids.dana)), text('x'))).toMatchObject({
      status: 403,
      body: sample('connector-error-BotNotInConversationRoster'),
    });
    const directly = { members: [{ id: ids.dana }], tenantId: ids.host, activity: text('x') };
    expect((await call('POST', 'v3/conversations', directly)).status).toBe(403);
    expect(teams.chat(ids.dana)).toEqual([]);
    teams.block(ids.dana);
    expect(await call('POST', activities(teams.chatIdOf(ids.dana)), text('x'))).toMatchObject({
      status: 403,
      body: sample('connector-error-ConversationBlockedByUser'),
    });
    teams.unblock(ids.dana);
    expect((await call('POST', activities(teams.chatIdOf(ids.dana)), text('x'))).status).toBe(201);
  });

  it('takes messages up to 100 KB of UTF-16 and no more', async () => {
    expect((await call('POST', activities(ids.leads), text('x'.repeat(51_100)))).status).toBe(201);
    expect(await call('POST', activities(ids.leads), text('x'.repeat(51_200)))).toMatchObject({
      status: 413,
      body: sample('connector-error-MessageSizeTooBig'),
    });
  });

  it.each([
    ['neither text nor card', { type: 'message' }],
    ['an unknown attachment', { type: 'message', attachments: [{ contentType: 'x/y', content: {} }] }],
    ['a card Teams cannot show', cardMessage({ ...requestCard('x'), version: '1.6' })],
    ['a type that is not for sending', { type: 'conversationUpdate' }],
    ['no type', { text: 'x' }],
  ])('refuses an activity with %s', async (_name, activity) => {
    expect((await call('POST', activities(ids.leads), activity)).status).toBe(400);
    expect(teams.messages(ids.leads)).toEqual([]);
  });

  it('answers 202 without an id on request, and still posts', async () => {
    teams.answerWithoutId(1);
    expect(await call('POST', activities(ids.leads), text('x'))).toMatchObject({ status: 202, body: {} });
    expect(teams.messages(ids.leads)).toHaveLength(1);
    expect((await call('POST', activities(ids.leads), text('y'))).status).toBe(201);
  });

  it('shows a targeted message to its recipient, for a day', async () => {
    const path = `${activities(ids.leads)}?isTargetedActivity=true`;
    const message = { ...text('psst'), recipient: { id: '29:1dana' } };
    const sent = await call('POST', path, message);
    expect(sent.status).toBe(201);
    expect(teams.targeted(ids.dana).map((each) => each.activity['text'])).toEqual(['psst']);
    expect(teams.targeted(ids.lee)).toEqual([]);
    expect(teams.messages(ids.leads)).toEqual([]);
    const update = `${activities(ids.leads)}/${String(sent.body['id'])}`;
    expect((await call('PUT', update, text('new'))).status).toBe(404);
    expect((await call('PUT', `${update}?isTargetedActivity=true`, text('new'))).status).toBe(200);
    teams.clock.advance(24 * 3_600_000);
    expect(teams.targeted(ids.dana)).toEqual([]);
    expect((await call('PUT', `${update}?isTargetedActivity=true`, text('new'))).status).toBe(404);
  });

  it.each([
    ['without a recipient', ids.leads, undefined, 400],
    ['to a stranger', ids.leads, '29:1stranger', 404],
    ['in a 1:1 chat', 'personal', '29:1dana', 400],
  ])('refuses a targeted message %s', async (_name, place, id, status) => {
    const conversation = place === 'personal' ? teams.chatIdOf(ids.dana) : place;
    const body = { ...text('psst'), ...(id && { recipient: { id } }) };
    expect((await call('POST', `${activities(conversation)}?isTargetedActivity=true`, body)).status).toBe(
      status,
    );
  });

  it('refuses targeted messages where the tenant does not have them', async () => {
    teams.addTenant({ id: ids.host, name: 'Northwind' });
    const body = { ...text('psst'), recipient: { id: '29:1dana' } };
    expect((await call('POST', `${activities(ids.leads)}?isTargetedActivity=true`, body)).status).toBe(400);
  });

  it('tells members with their roles and tenants', async () => {
    const roster = `v3/conversations/${ids.leads}`;
    const one = await call('GET', `${roster}/members/${ids.lee}`);
    const expected = sample('connector-member-response') as object;
    expect(Object.keys(one.body)).toEqual(Object.keys(expected));
    expect(one.body).toMatchObject({ id: '29:1lee', aadObjectId: ids.lee, userRole: 'user' });
    expect((await call('GET', `${roster}/members/nobody`)).status).toBe(404);
    const page = await call('GET', `${roster}/pagedmembers?pageSize=50`);
    expect(page.body).toMatchObject({
      members: [{}, {}, { userRole: 'guest' }, { userRole: 'user', tenantId: ids.foreign }],
    });
    expect(page.body).not.toHaveProperty('continuationToken');
    expect((await call('GET', `${roster}/members`)).body).toEqual(page.body['members']);
  });

  it('pages through a large roster', async () => {
    for (let index = 0; index < 60; index += 1) {
      const objectId = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
      teams.addUser({ tenantId: ids.host, objectId, name: `Person ${index}` });
      await teams.join({ team: ids.team, user: objectId });
    }
    const roster = `v3/conversations/${ids.team}/pagedmembers?pageSize=50`;
    const first = await call('GET', roster);
    const second = await call(
      'GET',
      `${roster}&continuationToken=${String(first.body['continuationToken'])}`,
    );
    expect([first, second].map((page) => (page.body['members'] as unknown[]).length)).toEqual([50, 14]);
    expect(second.body).not.toHaveProperty('continuationToken');
  });

  it('tells a team and its channels', async () => {
    const team = await call('GET', `v3/teams/${ids.team}`);
    expect(team.body).toMatchObject({ id: ids.team, name: 'Ops', aadGroupId: ids.gus });
    const channels = await call('GET', `v3/teams/${ids.team}/conversations`);
    expect(channels.body).toEqual({ conversations: [{ id: ids.team }, { id: ids.leads, name: 'leads' }] });
  });

  it('plays planned faults', async () => {
    const effect = { kind: 'answer', status: 502, body: { error: { code: 'x', message: 'y' } } } as const;
    teams.faults.add({ method: 'POST', path: /\/activities$/, effect });
    expect((await call('POST', activities(ids.leads), text('x'))).status).toBe(502);
    expect(teams.messages(ids.leads)).toEqual([]);
    teams.faults.add({ method: 'POST', path: /\/activities$/, effect: { kind: 'loseAnswer' } });
    await expect(call('POST', activities(ids.leads), text('x'))).rejects.toThrow('fetch failed');
    expect(teams.messages(ids.leads)).toHaveLength(1);
  });

  it('refuses the eighth post within a second when limits are on, until the second is over', async () => {
    await bot.stop();
    await teams.stop();
    const clock = createClock();
    let now = clock.now();
    await begin({ rateLimits: true, clock: { ...clock, now: () => now } });
    for (let index = 0; index < 7; index += 1) {
      expect((await call('POST', activities(ids.leads), text('x'))).status).toBe(201);
    }
    const refused = await call('POST', activities(ids.leads), text('x'));
    expect(refused).toMatchObject({ status: 429, retryAfter: '1' });
    expect((await call('POST', activities(ids.group), text('x'))).status).toBe(201);
    now += 1_001;
    expect((await call('POST', activities(ids.leads), text('x'))).status).toBe(201);
    expect((await call('POST', activities(ids.leads), text('x'))).status).toBe(429);
  });
});
