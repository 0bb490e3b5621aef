import { jest } from '@jest/globals';
import { MessageFactory, TurnContext } from 'botbuilder';
import type { ConversationReference } from 'botbuilder';
import type { TeamsSandbox } from '../../../sandbox/teams/teams.ts';
import { cardMessage, ids, requestCard, startNorthwind } from './northwind.ts';
import { startRealBot } from './real-bot.ts';
import type { RealBot } from './real-bot.ts';

const ADAPTIVE_CARD = 'application/vnd.microsoft.card.adaptive';

async function act(context: TurnContext): Promise<void> {
  if (context.activity.type === 'invoke') {
    const value = requestCard('approved by Lee');
    const body = { statusCode: 200, type: ADAPTIVE_CARD, value };
    await context.sendActivity({ type: 'invokeResponse', value: { status: 200, body } });
    await context.updateActivity({ ...cardMessage(value), id: context.activity.replyToId ?? '' });
  } else if (context.activity.type === 'message') {
    const text = TurnContext.removeRecipientMention(context.activity).trim();
    await context.sendActivity(MessageFactory.text(`heard ${text}`));
  }
}

describe('createTeams with the botbuilder CloudAdapter', () => {
  let teams: TeamsSandbox;
  let bot: RealBot;
  let references: Array<Partial<ConversationReference>>;

  beforeEach(async () => {
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    references = [];
    teams = await startNorthwind();
    bot = await startRealBot(teams, async (context) => {
      references.push(TurnContext.getConversationReference(context.activity));
      await act(context);
    });
    teams.connect(bot);
    await teams.install({ team: ids.team, channel: ids.leads, by: ids.lee });
  });
  afterEach(async () => {
    await bot.stop();
    await teams.stop();
    jest.restoreAllMocks();
  });

  it('carries a mention to the bot and its reply into the thread', async () => {
    const said = await teams.say({
      user: ids.dana,
      place: ids.leads,
      text: '/access contoso',
      mention: true,
    });
    expect(said.delivery?.status).toBe(200);
    const [root] = teams.messages(ids.leads);
    expect(root?.id).toBe(said.activityId);
    expect(root?.replies.map((reply) => reply.activity['text'])).toEqual(['heard /access contoso']);
  });

  it('carries a 1:1 message both ways', async () => {
    await teams.say({ user: ids.dana, place: 'personal', text: 'help' });
    expect(teams.chat(ids.dana).map((message) => message.activity['text'])).toEqual(['help', 'heard help']);
  });

  it('shows the card of an invoke answer to the clicking person and the update to everybody', async () => {
    const reference = references[0];
    await bot.adapter.continueConversationAsync(ids.app, reference ?? {}, async (context) => {
      await context.sendActivity(cardMessage(requestCard('pending')));
    });
    const [root] = teams.messages(ids.leads);
    const clicked = await teams.click({ user: ids.lee, activityId: root?.id ?? '', verb: 'approve' });
    expect(clicked).toMatchObject({ shown: 'card', answer: { statusCode: 200, type: ADAPTIVE_CARD } });
    const activityId = root?.id ?? '';
    const updated = await teams.waitFor(() => teams.messages(ids.leads)[0]?.history.length === 2);
    expect(updated).toBe(true);
    expect(JSON.stringify(teams.seenCard({ user: ids.dana, activityId }))).toContain('approved by Lee');
  });

  it('lets the bot begin a thread and a 1:1 chat on its own', async () => {
    const serviceUrl = teams.serviceUrlOf(ids.host);
    const channel = {
      channelData: { channel: { id: ids.leads } },
      activity: cardMessage(requestCard('pending')),
    };
    const person = {
      members: [{ id: '29:1dana' }],
      tenantId: ids.host,
      channelData: { tenant: { id: ids.host } },
    };
    for (const parameters of [
      { isGroup: true, ...channel },
      { isGroup: false, ...person },
    ]) {
      const scope = 'https://api.botframework.com';
      await bot.adapter.createConversationAsync(
        ids.app,
        'msteams',
        serviceUrl,
        scope,
        parameters as unknown as Parameters<typeof bot.adapter.createConversationAsync>[4],
        async (context) => {
          if (!parameters.isGroup) await context.sendActivity('hello');
        },
      );
    }
    expect(teams.messages(ids.leads)).toHaveLength(1);
    expect(teams.chat(ids.dana).map((message) => message.activity['text'])).toEqual(['hello']);
  });

  it.each([
    ['no token', { token: 'none' }],
    ['a foreign audience', { token: { aud: 'someone-else' } }],
    ['no audience', { token: { aud: null } }],
    ['a foreign issuer', { token: { iss: 'https://evil.example' } }],
    ['an unknown key', { token: { kid: 'nobody' } }],
    ['a past life', { token: { expiresInMs: -400_000 } }],
    ['a life to come', { token: { validInMs: 900_000 } }],
    ['a forged signature', { token: { forged: 'forged' } }],
    ['another service URL', { token: { serviceurl: 'https://smba.trafficmanager.net/emea/' } }],
    ['no service URL', { token: { serviceurl: null } }],
    ['the channel directline', { channelId: 'directline' }],
    ['the channel webchat', { channelId: 'webchat' }],
  ] as const)('is refused by the bot with %s', async (_name, options) => {
    const heardBefore = references.length;
    const said = await teams.say({ user: ids.dana, place: ids.leads, text: 'x', mention: true, ...options });
    expect(said.delivery?.status).toBe(401);
    expect(references).toHaveLength(heardBefore);
  });

  it('is accepted a little after the end of the token, as the SDK allows', async () => {
    const token = { expiresInMs: -200_000 };
    const said = await teams.say({ user: ids.dana, place: ids.leads, text: 'x', mention: true, token });
    expect(said.delivery?.status).toBe(200);
  });
});

describe('createTeams with the stock authentication', () => {
  it('signs other channels validly, so that the stock SDK lets them in', async () => {
    const teams = await startNorthwind();
    const channels: string[] = [];
    const bot = await startRealBot(
      teams,
      (context) => Promise.resolve(void channels.push(context.activity.channelId)),
      'stock',
    );
    teams.connect(bot);
    const said = await teams.say({ user: ids.dana, place: 'personal', text: 'x', channelId: 'directline' });
    expect(said.delivery?.status).toBe(200);
    expect(channels).toEqual(['directline']);
    await bot.stop();
    await teams.stop();
  });
});
