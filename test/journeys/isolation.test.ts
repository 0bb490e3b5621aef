import { createHash } from 'node:crypto';
import type { AccessRequest } from '../../src/access/access-request.ts';
import type { Grant } from '../../src/access/grant.ts';
import type { LedgerEntry } from '../../src/access/ports.ts';
import { canonicalRequest } from '../../src/access/digest.ts';
import { createKeys } from '../../src/redis/keys.ts';
import { IDS, SECRETS, SLACK, TEAMS } from '../../sandbox/world/ids.ts';
import type { Egress } from '../support/egress.ts';
import { recordEgress } from '../support/egress.ts';
import type { Journey } from '../support/journey.ts';
import { startJourney } from '../support/journey.ts';

const CANARY = { contoso: 'goldfinch-7731', fabrikam: 'kingfisher-4408' };
/** What nobody at the other customer may ever read. */
const WORDS = {
  contoso: ['Contoso', 'Olga', 'Omar', 'Dana Example', CANARY.contoso, IDS.contoso, IDS.contosoSubscription],
  fabrikam: ['Fabrikam', 'Frida', 'Kim Example', CANARY.fabrikam, IDS.fabrikam, IDS.fabrikamSubscription],
};

let journey: Journey;
let egress: Egress;
let ids: { contoso: string; fabrikam: string };
const madeAt = new Map<string, string>();

beforeAll(async () => {
  egress = recordEgress();
  journey = await startJourney();
  const { azure } = journey.world;
  azure.onChange(() => journey.made().forEach(({ id, tenantId }) => madeAt.set(id, tenantId)));
  ids = await tellTheStory();
}, 90_000);
afterAll(async () => {
  egress.stop();
  await journey.stop();
});

/** Both customers at the same time, curious people included, from the question to the end. */
async function tellTheStory(): Promise<typeof ids> {
  const contoso = await journey.ask(`contoso contributor 1h scope=web ticket=C-1 ${CANARY.contoso}`);
  const fabrikam = await journey.ask(`fabrikam reader 1h ${CANARY.fabrikam}`, SLACK.kim);
  await beCurious({ contoso, fabrikam });
  await journey.teamsPress('approve', { id: contoso });
  await journey.slackPress('approve', { id: fabrikam });
  await stealButton({ from: contoso, own: fabrikam });
  await journey.teamsPress('approve', {
    id: fabrikam,
    channel: TEAMS.fabrikamApprovals,
    user: IDS.frida,
  });
  await journey.until('both accesses', () => journey.made().length === 4);
  await beCurious({ contoso, fabrikam });
  await journey.slackCommand('/access fabrikam contributor 30m then denied', SLACK.kim);
  journey.world.clock.advance(62 * 60_000);
  await journey.until('everything gone', () => journey.made().length === 0);
  await journey.until('both told', () =>
    [SLACK.dana, SLACK.kim].every((user) => journey.slackDms(user).some((text) => text.includes('Ended'))),
  );
  return { contoso, fabrikam };
}

/** Each customer's owner asks about the other's requests, in every way there is. */
async function beCurious(at: { contoso: string; fabrikam: string }): Promise<void> {
  const about = (id: string, slug: string) =>
    [
      `show ${id}`,
      `revoke ${id} mine`,
      `cancel ${id}`,
      `who ${slug}`,
      `roles ${slug}`,
      'roles',
      'mine',
      'help',
    ].map((text) => `access ${text}`);
  for (const text of about(at.contoso, 'contoso')) await journey.teamsSay(text, IDS.frida);
  for (const text of about(at.fabrikam, 'fabrikam')) await journey.teamsSay(text, IDS.olga);
}

/** Frida sends the sealed reference of Contoso's button, as somebody who has seen it on a screen share would. */
async function stealButton({ from, own }: { from: string; own: string }): Promise<void> {
  const { teams } = journey.world;
  const cardIn = (channel: string, id: string) => () =>
    teams.messages(channel).find(({ activity }) => JSON.stringify(activity).includes(id));
  const theirs = await journey.until('Contoso’s card', cardIn(TEAMS.contosoApprovals, from));
  const card = await journey.until('Fabrikam’s card', cardIn(TEAMS.fabrikamApprovals, own));
  const [data] = JSON.stringify(theirs.history[0]).match(/"ref":"[^"]*"/) ?? [];
  expect(data).toContain(from);
  const change = (activity: { type: string }) =>
    JSON.parse(JSON.stringify(activity).replace(/"ref":"[^"]*"/, () => data!)) as { type: string };
  const { delivery } = await teams.click({ user: IDS.frida, activityId: card.id, verb: 'approve', change });
  expect(JSON.stringify(delivery.activity)).toContain(from);
  expect(delivery.status).toBe(200);
  await journey.until('the answers to Frida', () => teams.chat(IDS.frida).length >= 8);
}

/** All that has ever been shown to the people of one customer: messages with their history, answers, notices. */
function shownAt(tenantId: string): string {
  const { messages, deliveries } = journey.world.teams.dump();
  const isTheirs = (activity: object) => JSON.stringify(activity).includes(`"tenantId":"${tenantId}"`);
  const { requests } = journey.world.teams;
  const channels: Record<string, string> = {
    [IDS.contoso]: TEAMS.contosoApprovals,
    [IDS.fabrikam]: TEAMS.fabrikamApprovals,
  };
  const people = tenantId === IDS.contoso ? [IDS.olga, IDS.omar] : [IDS.frida];
  const chats = people.map((user) => journey.world.teams.chatIdOf(user));
  const bot = messages.filter(({ fromId }) => fromId.startsWith('28:'));
  return JSON.stringify([
    bot.filter(
      ({ channelId, conversationId }) => channelId === channels[tenantId] || chats.includes(conversationId),
    ),
    deliveries.filter(({ activity }) => isTheirs(activity)).map(({ body }) => body ?? null),
    requests.filter(({ path }) => path.includes(tenantId)).map(({ body }) => body),
  ]);
}

const found = (text: string, words: readonly string[]) => words.filter((word) => text.includes(word));

describe('between two customers', () => {
  it('no word of one reaches a place, message, error or answer of the other', () => {
    expect(shownAt(IDS.contoso)).toContain(CANARY.contoso);
    expect(shownAt(IDS.fabrikam)).toContain(CANARY.fabrikam);
    expect(found(shownAt(IDS.fabrikam), WORDS.contoso)).toEqual([]);
    expect(found(shownAt(IDS.contoso), WORDS.fabrikam)).toEqual([]);
  });

  it('an engineer who works for one reads nothing of the other', () => {
    expect(found(journey.slackDms(SLACK.dana).join(), [CANARY.fabrikam, 'Frida', IDS.fabrikam])).toEqual([]);
    expect(found(journey.slackDms(SLACK.kim).join(), [CANARY.contoso, 'Olga', IDS.contoso])).toEqual([]);
  });

  it('every call goes with a token of the tenant it is about, to the service the token is for', () => {
    const tenantOf = new Map<string, string>([
      [IDS.contosoSubscription, IDS.contoso],
      [IDS.fabrikamSubscription, IDS.fabrikam],
    ]);
    for (const { id, users } of journey.world.azure.dump().tenants) {
      for (const user of users) tenantOf.set(user.id, id);
    }
    for (const [id, tenantId] of madeAt) tenantOf.set(id, tenantId);
    const calls = journey.world.azure.requests.filter(({ api }) => api !== 'login');
    expect(calls.filter(({ api }) => api === 'arm').length).toBeGreaterThan(20);
    const wrong = calls.filter(({ api, path, token }) => {
      const audience = api === 'arm' ? 'https://management.azure.com' : 'https://graph.microsoft.com';
      const named = path.toLowerCase().match(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g) ?? [];
      const tenants = named.flatMap((id) => tenantOf.get(id) ?? []);
      return (
        token?.audience !== audience ||
        token.clientId !== IDS.app ||
        tenants.some((tenantId) => tenantId !== token.tenantId)
      );
    });
    expect(wrong.map(({ method, path, token }) => ({ method, path, token }))).toEqual([]);
    const invited = calls.filter(({ method, path }) => method === 'POST' && path.endsWith('/invitations'));
    const guests = invited.map(({ body, token }) => `${token?.tenantId} ${/\w+@/.exec(body)?.[0]}`);
    expect(guests.toSorted()).toEqual([`${IDS.contoso} dana@`, `${IDS.fabrikam} kim@`].toSorted());
    const [contoso] = invited.filter(({ token }) => token?.tenantId === IDS.contoso);
    expect(found(contoso!.body, WORDS.fabrikam)).toEqual([]);
  });

  it('what the customers see in Azure names nothing of the other', () => {
    const puts = journey.world.azure.requests.filter(({ method }) => method === 'PUT');
    expect(puts).toHaveLength(2);
    for (const { path, body } of puts) {
      const other = path.includes(IDS.contosoSubscription) ? WORDS.fabrikam : WORDS.contoso;
      expect(found(`${path}${body}`, other)).toEqual([]);
    }
  });
});

describe('what leaves the process', () => {
  it('goes to the vendors, Redis and nobody else', () => {
    const { azure, slack, teams } = journey.world;
    const known = [azure.url, slack.url, teams.url, `http://127.0.0.1:${journey.app.port}`];
    const ports = new Set(known.map((url) => new URL(url).port));
    const strange = [...egress.places].filter((place) => {
      const [host = '', port = ''] = place.split(/:(?=\d+$)/);
      const isVendor = ['127.0.0.1', 'localhost', '::1'].includes(host) && ports.has(port);
      return place !== journey.redis.path && !isVendor;
    });
    expect(egress.places.size).toBeGreaterThanOrEqual(4);
    expect(strange).toEqual([]);
  });

  it('carries tokens and secrets only to whom they are for', () => {
    const { azure, slack, teams } = journey.world;
    const text = (
      requests: ReadonlyArray<{ path: string; rawQuery: string; headers: object; body: string }>,
    ) =>
      requests.map(
        ({ path, rawQuery, headers, body }) => `${path}?${rawQuery} ${JSON.stringify(headers)} ${body}`,
      );
    const slackHears = text(slack.requests).join('\n');
    const teamsHears = text(teams.requests).join('\n');
    const azureHears = text(azure.requests.filter(({ api }) => api !== 'login')).join('\n');
    const loginHears = text(azure.requests.filter(({ api }) => api === 'login')).join('\n');
    expect(slackHears).toContain(SECRETS.slackBot);
    expect(loginHears).toContain(SECRETS.app);
    const { slackBot, slackApp, app, bot, link, slackSigning } = SECRETS;
    expect(found(slackHears, [app, bot, link, slackSigning, 'eyJ'])).toEqual([]);
    expect(found(azureHears, [app, bot, link, slackBot, slackApp, slackSigning])).toEqual([]);
    expect(found(teamsHears, [app, bot, link, slackBot, slackApp, slackSigning])).toEqual([]);
    expect(found(loginHears, [link, slackBot, slackApp, slackSigning, 'Bearer'])).toEqual([]);
    const bearers = teams.requests.flatMap(
      ({ headers }) => headers.authorization?.replace('Bearer ', '') ?? [],
    );
    expect(bearers.length).toBeGreaterThan(2);
    const audiences = new Set(bearers.map((token) => azure.verifyToken(token)?.audience));
    expect([...audiences]).toEqual(['https://api.botframework.com']);
  });
});

describe('the log', () => {
  it('is one JSON object per line, and neither it nor any message holds a secret, a token or what people wrote', () => {
    const { azure, slack, teams } = journey.world;
    expect(journey.log.length).toBeGreaterThan(20);
    for (const entry of journey.log) {
      expect(entry.endsWith('\n')).toBe(true);
      expect(entry.slice(0, -1)).not.toMatch(/[\n\r\u2028\u2029]/);
      expect(JSON.parse(entry)).toMatchObject({ event: expect.any(String), time: expect.any(String) });
    }
    const lines = journey.log.join('');
    const tokens = azure.requests.flatMap(
      ({ headers }) => headers.authorization?.replace('Bearer ', '') ?? [],
    );
    const bot = teams.requests.flatMap(({ headers }) => headers.authorization?.replace('Bearer ', '') ?? []);
    const secrets = [...Object.values(SECRETS), journey.redis.password, ...new Set([...tokens, ...bot])];
    expect(secrets.length).toBeGreaterThan(10);
    const said = JSON.stringify([
      slack.dump(),
      teams.dump().messages,
      teams.dump().deliveries.map(({ body }) => body),
    ]);
    expect(found(lines, secrets)).toEqual([]);
    expect(lines).not.toMatch(/eyJ[\w-]{20}|xox[abp]-|ticket=|hooks\//);
    expect(found(lines, [CANARY.contoso, CANARY.fabrikam])).toEqual([]);
    const unsaid = secrets.filter((secret) => secret !== SECRETS.slackBot && secret !== SECRETS.slackApp);
    expect(found(said, unsaid)).toEqual([]);
  });
});

describe('every object that was made', () => {
  it('has decisions with the digest of what was shown, before it, by enough people who may', async () => {
    const keys = createKeys();
    const { client } = journey.redis;
    const rows = await client.xrange(keys.ledger(0), '-', '+');
    const ledger = rows.map(([, fields]) => JSON.parse(fields.at(-1) ?? '') as LedgerEntry);
    const record = async <T>(key: string) => JSON.parse((await client.get(key)) ?? '') as T;
    const owners: Record<string, string[]> = {
      [ids.contoso]: [`${IDS.contoso}/${IDS.olga}`],
      [ids.fabrikam]: [`${IDS.northwind}/${IDS.lee}`, `${IDS.fabrikam}/${IDS.frida}`],
    };
    expect(madeAt.size).toBe(4);
    for (const objectId of madeAt.keys()) {
      const born = ledger.findIndex(
        ({ event, facts }) =>
          ['assignment.intended', 'guest.invited'].includes(event) &&
          [facts?.['assignmentId'], facts?.['objectId']].includes(objectId),
      );
      const id = ledger[born]?.subjectId ?? '';
      const request = await record<AccessRequest>(keys.request(id));
      const grant = await record<Grant>(keys.grant(id));
      const digest = createHash('sha256').update(canonicalRequest(request)).digest('hex');
      expect([request.digest, grant.digest]).toEqual([digest, digest]);
      const decisions = ledger
        .slice(0, born)
        .filter(
          ({ event, subjectId, facts }) =>
            event === 'request.approval' && subjectId === id && facts?.['digest'] === digest,
        );
      expect(decisions.map(({ actor }) => actor)).toEqual(owners[id]);
      expect(request.decisions.map((decision) => decision.digest)).toEqual(decisions.map(() => digest));
    }
  });

  it('is what the card said, whose digest it shows', async () => {
    const { messages } = journey.world.teams.dump();
    const card = messages.find(({ history }) => JSON.stringify(history[0]).includes(ids.contoso));
    const shown = JSON.stringify(card?.history[0]);
    const stored = (await journey.redis.client.get(createKeys().request(ids.contoso))) ?? '';
    const { digest } = JSON.parse(stored) as AccessRequest;
    const words = [
      'contributor',
      'web',
      'Dana Example',
      '1 hour',
      CANARY.contoso,
      'C-1',
      digest.slice(0, 12),
    ];
    expect(words.filter((word) => !shown.includes(word))).toEqual([]);
    const put = journey.world.azure.requests.find(
      ({ method, path }) => method === 'PUT' && path.includes(IDS.contosoSubscription),
    );
    expect(put?.path).toMatch(/resourceGroups\/web\/providers/);
    expect(put?.body).toContain(IDS.contributor);
    expect(put?.body).toContain(ids.contoso);
  });
});
