import { IDS, SLACK, TEAMS } from '../../sandbox/world/ids.ts';
import type { Journey } from '../support/journey.ts';
import { freezeRedis, startJourney } from '../support/journey.ts';

const HOUR = 3_600_000;
let journey: Journey;
beforeAll(async () => {
  journey = await startJourney();
}, 60_000);
afterAll(() => journey.stop());

const access = () => journey.until('the access in Azure', () => journey.made().length === 2);
const gone = () => journey.until('everything gone from Azure', () => journey.made().length === 0);
/** What is told to one person comes at a distance: the clock runs ahead meanwhile. */
const told = (id: string, title: string, user: string = SLACK.dana) =>
  journey.until(`"${title}" for ${id}`, () => {
    const found = journey.slackDms(user).find((text) => text.includes(id) && text.includes(title));
    if (!found) journey.world.clock.advance(50);
    return found;
  });

describe('without Redis', () => {
  it('tells who clicks in Teams that it could not be done, grants nothing, and then goes on', async () => {
    const id = await journey.ask('contoso reader 1h');
    await journey.until('the card', () => journey.teamsText(TEAMS.contosoApprovals).length > 0);
    const thaw = freezeRedis(journey);
    const clicked = await journey.teamsPress('approve', { id }).finally(thaw);
    expect(clicked).toMatch(/does not answer.*The card shows whether your decision was counted/);
    expect(journey.made()).toEqual([]);
    expect(await journey.teamsPress('approve', { id })).toMatch(/^Approved/);
    await access();
    await journey.slackCommand(`/access finish ${id}`);
    await gone();
    await told(id, 'Ended');
  });

  it('forgets nothing when Redis is killed while access runs: it ends on time', async () => {
    const id = await journey.ask('contoso contributor 1h');
    await journey.teamsPress('approve', { id });
    await access();
    process.kill(journey.redis.server.pid()!, 'SIGKILL');
    journey.world.clock.advance(HOUR + 1_000);
    await gone();
    await told(id, 'Ended');
  });
});

describe('without the chats and the directory', () => {
  it('takes everything away on time, and says so when the chats are back', async () => {
    const { slack, teams, azure, clock } = journey.world;
    const [mine, kims] = [
      await journey.ask('contoso reader 1h'),
      await journey.ask('fabrikam reader 1h', SLACK.kim),
    ];
    await journey.teamsPress('approve', { id: mine });
    await journey.slackPress('approve', { id: kims });
    await journey.teamsPress('approve', { id: kims, channel: TEAMS.fabrikamApprovals, user: IDS.frida });
    await journey.until('both accesses', () => journey.made().length === 4);
    await told(kims, 'You are in', SLACK.kim);
    const down = { kind: 'answer', status: 503, body: 'down' } as const;
    slack.faults.add({ path: /./, times: Infinity, effect: { kind: 'reset' } });
    teams.faults.add({ path: /\/v3\//, times: Infinity, effect: down });
    azure.faults.add({
      path: new RegExp(`/v1\\.0/users/${IDS.dana}|/getMember|/checkMember`),
      times: Infinity,
      effect: down,
    });
    clock.advance(HOUR + 1_000);
    const from = Date.now();
    await gone();
    expect(Date.now() - from).toBeLessThan(5_000);
    expect(journey.slackDms(SLACK.dana).some((text) => text.includes(mine) && text.includes('Ended'))).toBe(
      false,
    );
    for (const { faults } of [slack, teams, azure]) faults.clear();
    clock.advance(60_000);
    await told(mine, 'Ended');
    await told(kims, 'Ended', SLACK.kim);
    await journey.until('the card ended', () =>
      journey.teamsText(TEAMS.fabrikamApprovals).some((text) => text.includes(kims) && /ended/i.test(text)),
    );
  });

  it('goes on by itself after Graph was down when the guest should have gone', async () => {
    const { azure, clock } = journey.world;
    const id = await journey.ask('contoso reader 1h');
    await journey.teamsPress('approve', { id });
    await access();
    const effect = { kind: 'answer', status: 503, body: 'down' } as const;
    azure.faults.add({ path: /\/v1\.0\//, times: Infinity, effect });
    clock.advance(HOUR + 1_000);
    await journey.until('the role gone', () => journey.made().length === 1);
    azure.faults.clear();
    clock.advance(60_000);
    await gone();
    await told(id, 'Ended');
  });
});

describe('two instances on one Redis', () => {
  it('share the work: each click counts once, one set of objects, and whoever is left takes it away', async () => {
    const first = journey.app;
    const second = await journey.startAnother();
    const { teams, slack, azure, clock } = journey.world;
    const from = azure.requests.length;
    const ids = [await journey.ask('contoso reader 1h'), await journey.ask('contoso contributor 1h')];
    for (const [at, id] of ids.entries()) {
      journey.talkTo(at % 2 === 0 ? first : second);
      const press = journey.teamsPress('approve', { id });
      expect(await press).toMatch(/^Approved/);
      const delivery = teams.deliveries.findLast(
        ({ activity }) => activity['name'] === 'adaptiveCard/action',
      )!;
      journey.talkTo(at % 2 === 0 ? second : first);
      await Promise.all([
        teams.redeliver({ deliveryId: delivery.id, as: 'sameId' }),
        teams.redeliver({ deliveryId: delivery.id, as: 'newId' }),
      ]);
    }
    await journey.until('both accesses', () => journey.made().length === 3);
    const kims = await journey.ask('fabrikam reader 1h', SLACK.kim);
    await journey.slackPress('approve', { id: kims });
    journey.talkTo(first);
    await slack.redeliver('interaction', { how: 'replay' });
    await slack.redeliver('interaction', { how: 'resign' });
    expect(journey.made()).toHaveLength(3);
    const calls = azure.requests.slice(from);
    const names = calls.filter(({ method }) => method === 'PUT').map(({ path }) => path);
    expect(new Set(names).size).toBe(2);
    expect(calls.filter(({ path }) => path.endsWith('/invitations'))).toHaveLength(1);
    journey.talkTo(second);
    await first.stop();
    clock.advance(HOUR + 1_000);
    await gone();
    for (const id of ids) await told(id, 'Ended');
  });

  it('lets one of two simultaneous approvals at different instances win', async () => {
    await journey.restart();
    const [first, second] = [journey.app, await journey.startAnother()];
    const { teams } = journey.world;
    const id = await journey.ask('contoso reader 1h');
    const card = await journey.until('the card', () =>
      teams.messages(TEAMS.contosoApprovals).find(({ activity }) => JSON.stringify(activity).includes(id)),
    );
    const press = (user: string) => teams.click({ user, activityId: card.id, verb: 'approve' });
    journey.talkTo(first);
    const olga = press(IDS.olga);
    journey.talkTo(second);
    const omar = press(IDS.omar);
    const answers = (await Promise.all([olga, omar])).map(({ text }) => text ?? '');
    expect(answers.filter((text) => text.startsWith('Approved'))).toHaveLength(1);
    await access();
    await journey.slackCommand(`/access finish ${id}`);
    await gone();
  });
});
