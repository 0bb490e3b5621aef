import { NotFound, Unavailable } from '../../src/access/errors.ts';
import { cardMail, noticeMail } from '../../src/access/mail.ts';
import { createDeliver } from '../../src/chat/deliver.ts';
import { createChat, createTestSeal, danaInSlack, inTeams, words } from '../support/chat-fakes.ts';
import { contosoPlace, danasChat, HOUR, leadsPlace, olga, operatorsPlace } from '../support/house.ts';

async function asked() {
  const chat = createChat();
  const request = await chat.house.ask();
  return { chat, request, now: chat.house.clock.at };
}

describe('createDeliver', () => {
  it('posts a card once and updates it afterwards, with the newest state', async () => {
    const { chat, request } = await asked();
    await chat.post();
    expect(chat.slack.at(leadsPlace)).toHaveLength(1);
    await chat.house.access.cancel({ requestId: request.id, person: request.requester });
    await chat.post();
    await chat.deliver(cardMail(request.id, leadsPlace, 0));
    expect(chat.slack.at(leadsPlace)).toHaveLength(1);
    expect(chat.slack.messages[0]?.updates).toBe(2);
    expect(words(chat.slack.at(leadsPlace)[0]?.status ?? [])).toContain('Taken back by Dana Example');
  });

  it('shows the same state in every place, on both platforms', async () => {
    const { chat, request } = await asked();
    await chat.post();
    await chat.house.access.decide({
      requestId: request.id,
      version: 1,
      person: olga,
      verdict: 'approve',
      at: contosoPlace,
    });
    await chat.house.settle();
    await chat.post();
    const [slack] = chat.slack.at(leadsPlace);
    const [teams] = chat.teams.at(contosoPlace);
    expect(slack).toEqual(teams);
    expect(words(slack?.status ?? [])).toContain('Active until');
  });

  it('posts anew where the message is gone, and updates that one from then on', async () => {
    const { chat, request } = await asked();
    await chat.post();
    chat.slack.failNext(new NotFound('message_not_found'));
    await chat.deliver(cardMail(request.id, leadsPlace, 0));
    expect(chat.slack.at(leadsPlace)).toHaveLength(2);
    await chat.deliver(cardMail(request.id, leadsPlace, 0));
    expect(chat.slack.messages.map(({ updates }) => updates)).toEqual([0, 1]);
  });

  it('lets the outbox try again when the platform says later, and posts nothing twice by that', async () => {
    const { chat, request } = await asked();
    chat.slack.failNext(new Unavailable('ratelimited', 2000));
    const item = cardMail(request.id, leadsPlace, 0);
    await expect(chat.deliver(item)).rejects.toBeInstanceOf(Unavailable);
    await chat.deliver(item);
    expect(chat.slack.at(leadsPlace)).toHaveLength(1);
  });

  it('gives up on a place that is gone, loudly', async () => {
    const { chat, request } = await asked();
    chat.slack.failNext(new NotFound('channel_not_found'));
    await chat.deliver(cardMail(request.id, leadsPlace, 0));
    expect(chat.logged).toContainEqual(expect.objectContaining({ level: 'error', event: 'chat.placeGone' }));
  });

  it('drops a notice that no longer holds', async () => {
    const { chat, request, now } = await asked();
    await chat.deliver(noticeMail('warning', { subjectId: request.id, place: danasChat, at: now }));
    await chat.deliver(noticeMail('accessReady', { subjectId: 'AR-00000000', place: danasChat, at: now }));
    await chat.deliver(cardMail('AR-00000000', leadsPlace, now));
    expect(chat.slack.messages).toEqual([]);
    expect(chat.logged.map(({ event }) => event)).toEqual(Array(3).fill('chat.mailDropped'));
  });

  it('tells the engineer: ready, warned, ended; each of it once, and nothing is left to press', async () => {
    const { chat, request } = await asked();
    await chat.post();
    const press = { place: contosoPlace, card: chat.teams.at(contosoPlace)[0], verb: 'approve' as const };
    if (!press.card) throw new Error('no card');
    await chat.press(inTeams(olga), { ...press, card: press.card });
    const passUntil = async (minutes: number): Promise<string[]> => {
      for (let passed = 0; passed < minutes; passed += 5) {
        await chat.house.pass(5 * 60_000);
        await chat.post();
      }
      return chat.slack.at(danasChat).map(({ title }) => title);
    };
    expect(await passUntil(115)).toEqual([
      'You are in: contributor at Contoso Ltd',
      'Ending soon: contributor at Contoso Ltd',
    ]);
    expect(await passUntil(15)).toEqual([
      'Over: contributor at Contoso Ltd',
      'Over: contributor at Contoso Ltd',
      'Ended: contributor at Contoso Ltd',
    ]);
    expect(chat.slack.at(danasChat).flatMap(({ buttons }) => buttons)).toEqual([]);
    expect(chat.house.store.grants.get(request.id)?.state).toBe('ended');
  });

  it('draws a request for more time with the grant it extends', async () => {
    const { chat, request } = await asked();
    await chat.house.access.decide({
      requestId: request.id,
      version: 1,
      person: olga,
      verdict: 'approve',
      at: contosoPlace,
    });
    await chat.house.settle();
    await chat.post();
    await chat.type(danaInSlack, `extend ${request.id} 1h`);
    await chat.post();
    const [, more] = chat.teams.at(contosoPlace);
    expect(more?.facts.map(({ value }) => words(value)).join('\n')).toContain(
      '1 hour more: ends 2026-11-20T12:00 instead of 2026-11-20T11:00',
    );
  });

  it('tells operators what is stuck', async () => {
    const { chat, request, now } = await asked();
    await chat.house.access.decide({
      requestId: request.id,
      version: 1,
      person: olga,
      verdict: 'approve',
      at: contosoPlace,
    });
    await chat.house.settle();
    const grant = chat.house.store.grants.get(request.id);
    if (!grant) throw new Error('no grant');
    chat.house.store.grants.set(grant.id, {
      ...grant,
      state: 'stuck',
      stuckAt: now + 2 * HOUR,
      lastError: 'A lock.',
    });
    await chat.deliver(noticeMail('stuck', { subjectId: grant.id, place: operatorsPlace, at: now }));
    expect(chat.slack.at(operatorsPlace)[0]?.title).toBe('STUCK: contributor at Contoso Ltd is not gone');
  });

  it('drops mail for a platform that is switched off, and says so', async () => {
    const { chat, request } = await asked();
    const deliver = createDeliver({
      store: chat.house.store,
      policySource: { current: () => chat.house.policy.now },
      messengers: { teams: chat.teams },
      messages: { findMessage: async () => undefined, saveMessage: async () => undefined },
      seal: createTestSeal(),
      clock: { now: () => chat.house.clock.at, inDoubt: () => false },
      log: { info: () => undefined, warn: (event) => void warned.push(event), error: () => undefined },
    });
    const warned: string[] = [];
    await deliver(cardMail(request.id, leadsPlace, 0));
    expect(warned).toEqual(['chat.mailDropped']);
    expect(chat.slack.messages).toEqual([]);
  });
});
