import type { TeamsSandbox } from '../../../sandbox/teams/teams.ts';
import { BOT_TOKEN, cardMessage, ids, requestCard, startNorthwind } from './northwind.ts';
import { startRecordingBot } from './recording-bot.ts';
import type { RecordingBot } from './recording-bot.ts';

const ADAPTIVE_CARD = 'application/vnd.microsoft.card.adaptive';

describe('the clients of people', () => {
  let teams: TeamsSandbox;
  let bot: RecordingBot;
  let activityId: string;

  async function call(method: string, path: string, body: object): Promise<{ id: string }> {
    const response = await fetch(`${teams.url}/v3/conversations/${encodeURIComponent(ids.leads)}/${path}`, {
      method,
      headers: { authorization: `Bearer ${BOT_TOKEN}` },
      body: JSON.stringify(body),
    });
    return (await response.json()) as { id: string };
  }
  const seen = (user: string): string => JSON.stringify(teams.seenCard({ user, activityId }));

  beforeEach(async () => {
    teams = await startNorthwind();
    bot = await startRecordingBot(teams);
    await teams.install({ team: ids.team, channel: ids.leads });
    activityId = (await call('POST', 'activities', cardMessage(requestCard('pending')))).id;
  });
  afterEach(async () => {
    await bot.stop();
    await teams.stop();
  });

  it('show a returned card to the clicking person alone, and an update to everybody', async () => {
    bot.answerWith({ statusCode: 200, type: ADAPTIVE_CARD, value: requestCard('yours') });
    expect(await teams.click({ user: ids.lee, activityId, verb: 'approve' })).toMatchObject({
      shown: 'card',
    });
    expect(seen(ids.lee)).toContain('yours');
    expect(seen(ids.dana)).toContain('pending');
    await call('PUT', `activities/${activityId}`, cardMessage(requestCard('approved')));
    expect(seen(ids.lee)).toContain('approved');
    expect(seen(ids.dana)).toContain('approved');
  });

  it.each([
    [
      'a message',
      { statusCode: 200, type: 'application/vnd.microsoft.activity.message', value: 'done' },
      'message',
    ],
    [
      'an error',
      { statusCode: 400, type: 'application/vnd.microsoft.error', value: { message: 'done' } },
      'error',
    ],
  ])('show %s below the card to the clicking person', async (_name, answer, kind) => {
    bot.answerWith(answer);
    const clicked = await teams.click({ user: ids.lee, activityId, verb: 'approve' });
    expect(clicked).toMatchObject({ shown: kind, text: 'done' });
    const [message] = teams.messages(ids.leads);
    expect(message?.notices).toMatchObject([{ userObjectId: ids.lee, kind, text: 'done' }]);
    expect(seen(ids.lee)).toContain('pending');
  });

  it('show an error for a card Teams cannot show, an unusable answer, and none', async () => {
    bot.answerWith({ statusCode: 200, type: ADAPTIVE_CARD, value: { type: 'AdaptiveCard', version: '1.9' } });
    expect(await teams.click({ user: ids.lee, activityId, verb: 'approve' })).toMatchObject({
      shown: 'error',
    });
    bot.answerWith('hello');
    expect(await teams.click({ user: ids.lee, activityId, verb: 'approve' })).toMatchObject({
      shown: 'error',
    });
    await bot.stop();
    const clicked = await teams.click({ user: ids.lee, activityId, verb: 'approve' });
    expect(clicked).toMatchObject({ shown: 'error', delivery: { status: 0 } });
  });

  it('press only what is there, with what the inputs take', async () => {
    const click = (more: object): Promise<unknown> => teams.click({ user: ids.lee, activityId, ...more });
    const heardBefore = bot.heard.length;
    await expect(click({ verb: 'revoke' })).rejects.toThrow('"Approve"');
    await expect(click({ verb: 'approve', inputs: { rid: 'x' } })).rejects.toThrow('no input "rid"');
    await expect(click({ verb: 'approve', inputs: { comment: 'x'.repeat(21) } })).rejects.toThrow(
      '20 characters',
    );
    expect(bot.heard).toHaveLength(heardBefore);
  });

  it('let nobody press a card they cannot see', async () => {
    await teams.leave({ team: ids.team, user: ids.gus });
    await expect(teams.click({ user: ids.gus, activityId, verb: 'approve' })).rejects.toThrow('not a member');
    const targeted = { ...cardMessage(requestCard('psst')), recipient: { id: ids.dana } };
    const { id } = await call('POST', 'activities?isTargetedActivity=true', targeted);
    await expect(teams.click({ user: ids.lee, activityId: id, verb: 'approve' })).rejects.toThrow(
      'does not see',
    );
    await call('DELETE', `activities/${activityId}`, {});
    await expect(teams.click({ user: ids.lee, activityId, verb: 'approve' })).rejects.toThrow('no message');
  });

  it('deliver a click again with the same id, or with a new one and a new time', async () => {
    const { delivery } = await teams.click({ user: ids.lee, activityId, verb: 'approve' });
    teams.clock.advance(30_000);
    await teams.redeliver({ deliveryId: delivery.id, as: 'sameId' });
    await teams.redeliver({ deliveryId: delivery.id, as: 'newId' });
    const [first, same, renewed] = bot.heard.slice(-3);
    expect(same).toEqual(first);
    expect(renewed).toEqual({
      ...first,
      id: renewed?.['id'],
      timestamp: renewed?.['timestamp'],
      localTimestamp: renewed?.['localTimestamp'],
    });
    expect(renewed?.['id']).not.toBe(first?.['id']);
    expect(renewed?.['timestamp']).not.toBe(first?.['timestamp']);
  });

  it('can be made to lie', async () => {
    const change = (activity: object): { type: string; from: object } => ({
      ...activity,
      type: 'message',
      from: { id: 'evil' },
    });
    await teams.say({ user: ids.dana, place: ids.leads, text: 'x', mention: true, change });
    expect(bot.heard.at(-1)).toMatchObject({ from: { id: 'evil' } });
  });

  it('tell the bot of channel messages only with a mention', async () => {
    const heardBefore = bot.heard.length;
    const said = await teams.say({ user: ids.dana, place: ids.leads, text: 'lunch?' });
    expect(said.delivery).toBeUndefined();
    expect(bot.heard).toHaveLength(heardBefore);
    expect(teams.messages(ids.leads).at(-1)?.id).toBe(said.activityId);
  });

  it('keep a slash command between the person and the bot', async () => {
    await teams.say({ user: ids.dana, place: ids.leads, text: 'access', slash: true });
    expect(bot.heard.at(-1)).toMatchObject({ text: 'access', recipient: { isTargeted: true } });
    expect(teams.targeted(ids.dana)).toHaveLength(1);
    expect(teams.messages(ids.leads)).toHaveLength(1);
  });

  it('show a public answer to a slash command as the head of a thread', async () => {
    const said = await teams.say({ user: ids.dana, place: ids.leads, text: 'access', slash: true });
    await call('POST', `activities/${said.activityId}`, { type: 'message', text: 'for all' });
    await call('POST', `activities/${said.activityId}`, { type: 'message', text: 'more' });
    const head = teams.messages(ids.leads).at(-1);
    expect(head).toMatchObject({ conversationId: said.conversationId, activity: { text: 'for all' } });
    expect(head?.replies.map((reply) => reply.activity['text'])).toEqual(['more']);
    await call('DELETE', `activities/${head?.id}`, {});
    expect(teams.messages(said.conversationId).map((each) => each.activity['text'])).toEqual(['more']);
  });

  it('let people of any tenant talk 1:1, in their own tenant', async () => {
    await teams.installPersonal(ids.sam);
    await teams.say({ user: ids.sam, place: 'personal', text: 'hi' });
    expect(bot.heard.at(-1)).toMatchObject({
      serviceUrl: teams.serviceUrlOf(ids.foreign),
      conversation: { tenantId: ids.foreign },
      from: { aadObjectId: ids.sam },
    });
  });

  it('are waited for, told of, and dumped', async () => {
    let changes = 0;
    const stop = teams.onChange(() => (changes += 1));
    const waiting = teams.waitFor(({ messages }) =>
      messages(ids.leads).find((each) => each.activity['text'] === 'x'),
    );
    const posted = await call('POST', 'activities', { type: 'message', text: 'x' });
    expect((await waiting).id).toBe(posted.id);
    expect(changes).toBe(1);
    stop();
    await call('POST', 'activities', { type: 'message', text: 'y' });
    expect(changes).toBe(1);
    await expect(teams.waitFor(() => undefined, { timeoutMs: 10 })).rejects.toThrow('in vain');
    const dump = JSON.parse(JSON.stringify(teams.dump())) as ReturnType<typeof teams.dump>;
    expect(dump.messages).toHaveLength(3);
    expect(dump.teams[0]?.members).toContain(ids.sam);
  });
});
