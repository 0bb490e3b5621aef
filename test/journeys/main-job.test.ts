import { IDS, SLACK, TEAMS } from '../../sandbox/world/ids.ts';
import type { Journey } from '../support/journey.ts';
import { idIn, startJourney } from '../support/journey.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

let journey: Journey;
beforeAll(async () => {
  journey = await startJourney();
}, 60_000);
afterAll(() => journey.stop());

const pass = (ms: number) => journey.world.clock.advance(ms);
const access = () => journey.until('the access in Azure', () => journey.made().length === 2);
const gone = () => journey.until('everything gone from Azure', () => journey.made().length === 0);

describe('asked in Slack, approved in Teams', () => {
  it('makes guest and role, tells how to get in, warns, and takes both away on time', async () => {
    const id = await journey.ask('contoso contributor 2h incident 42');
    await journey.until('the card in the leads’ channel', () =>
      journey.slackText(SLACK.leads)[0]?.includes(id),
    );
    expect(journey.made()).toEqual([]);
    await journey.teamsPress('approve', { id });
    await access();
    const told = await journey.until('how to get in', () =>
      journey.slackDms(SLACK.dana).find((text) => text.includes('az login')),
    );
    expect(told).toContain(`--tenant ${IDS.contoso}`);
    const cards = () => [journey.teamsText(TEAMS.contosoApprovals)[0], journey.slackText(SLACK.leads)[0]];
    await journey.until('both cards active', () => cards().every((text) => text?.includes('Olga Owner')));
    pass(1.9 * HOUR);
    await journey.until('the warning', () =>
      journey.slackDms(SLACK.dana).some((text) => text.includes('Extend')),
    );
    pass(0.2 * HOUR);
    await gone();
    await journey.until('both cards ended', () => cards().every((text) => /ended/i.test(text ?? '')));
    await journey.until('nothing left to press', () =>
      journey.slackDms(SLACK.dana).every((text) => !text.includes('latchkey:finish')),
    );
  });

  it('finishes early, and everything goes at once', async () => {
    const id = await journey.ask('contoso reader 1h');
    await journey.teamsPress('approve', { id });
    await access();
    expect(await journey.slackCommand('/access mine')).toContain(id);
    await journey.slackCommand(`/access finish ${id}`);
    await gone();
  });

  it('tells a redelivered and a late click who decided, and decides nothing twice', async () => {
    const id = await journey.ask('contoso reader 1h scope=web');
    await journey.teamsPress('approve', { id });
    await access();
    const { deliveries } = journey.world.teams;
    const press = deliveries.findLast((delivery) => JSON.stringify(delivery).includes('approve'))!;
    await journey.world.teams.redeliver({ deliveryId: press.id, as: 'sameId' });
    const again = await journey.world.teams.redeliver({ deliveryId: press.id, as: 'newId' });
    expect(JSON.stringify(again)).toContain('Olga Owner');
    expect(journey.made()).toHaveLength(2);
    await journey.slackCommand(`/access finish ${id}`);
    await gone();
  });
});

describe('asked in Teams', () => {
  it('is approved in Teams, and the engineer is told in the private chat there', async () => {
    await journey.teamsSay('access contoso vm-contributor 1h from Teams');
    const answer = await journey.until('the answer', () =>
      journey.teamsDms(IDS.dana).find((text) => text.includes('AR-')),
    );
    await journey.teamsPress('approve', { id: idIn(answer) });
    await access();
    await journey.until('how to get in', () =>
      journey.teamsDms(IDS.dana).some((text) => text.includes('az login')),
    );
    pass(HOUR + MINUTE);
    await gone();
  });

  it('is approved in Slack where the leads decide, and then by the customer in Teams', async () => {
    await journey.teamsSay('/access fabrikam reader 1h', IDS.kim);
    const id = idIn(
      await journey.until('the answer', () => journey.teamsDms(IDS.kim).find((text) => text.includes('AR-'))),
    );
    await journey.slackPress('approve', { id });
    await journey.teamsPress('approve', { id, channel: TEAMS.fabrikamApprovals, user: IDS.frida });
    await access();
    await journey.teamsSay(`access finish ${id}`, IDS.kim);
    await gone();
  });
});

describe('two sides', () => {
  it('asks Fabrikam only once a lead has approved in Slack', async () => {
    const id = await journey.ask('fabrikam reader 1h migration', SLACK.kim);
    await journey.until('the lead’s card', () =>
      journey.slackText(SLACK.leads).some((text) => text.includes(id)),
    );
    expect(journey.teamsText(TEAMS.fabrikamApprovals).some((text) => text.includes(id))).toBe(false);
    await journey.slackPress('approve', { id });
    expect(journey.made()).toEqual([]);
    await journey.teamsPress('approve', { id, channel: TEAMS.fabrikamApprovals, user: IDS.frida });
    await access();
    expect(await journey.slackCommand('/access who fabrikam', SLACK.lee)).toContain('Kim Example');
    pass(HOUR + MINUTE);
    await gone();
  });
});

describe('what is not granted', () => {
  it('is denied with a reason that the requester reads', async () => {
    const id = await journey.ask('contoso reader 30m');
    await journey.teamsPress('deny', { id, inputs: { reason: 'freeze until Monday' } });
    await journey.until('the denial', () =>
      journey.slackDms(SLACK.dana).some((text) => text.includes('freeze until Monday')),
    );
    expect(journey.made()).toEqual([]);
  });

  it('is taken back by the requester', async () => {
    const id = await journey.ask('contoso reader 31m');
    await journey.slackCommand(`/access cancel ${id}`);
    await journey.until('the card cancelled', () =>
      journey
        .teamsText(TEAMS.contosoApprovals)
        .some((text) => text.includes(id) && /cancel|taken back/i.test(text)),
    );
  });

  it('times out when nobody answers', async () => {
    const id = await journey.ask('contoso reader 32m');
    pass(4 * HOUR + MINUTE);
    await journey.until('the time-out', () =>
      journey.slackDms(SLACK.dana).some((text) => text.includes(id) && /timed out/i.test(text)),
    );
  });

  it('is not approved by the requester, by a lead, by a stranger with the owner’s name, or by another customer', async () => {
    const id = await journey.ask('contoso reader 33m');
    expect(await journey.slackPress('approve', { id, user: SLACK.dana })).toMatch(/your own|own request/i);
    expect(await journey.slackPress('approve', { id })).toMatch(
      /not among|cannot decide|may not decide|decide/i,
    );
    expect(await journey.slackPress('approve', { id, user: SLACK.mallory })).toMatch(/link|know/i);
    await expect(journey.teamsPress('approve', { id, user: IDS.mallory })).resolves.not.toMatch(/Approved/);
    expect(journey.made()).toEqual([]);
    await journey.slackCommand(`/access cancel ${id}`);
  });

  it('is refused with the next step when it runs already', async () => {
    const id = await journey.ask('contoso reader 1h');
    await journey.teamsPress('approve', { id });
    await access();
    expect(await journey.slackCommand('/access contoso reader 1h')).toContain(`extend ${id}`);
    await journey.slackCommand(`/access finish ${id}`);
    await gone();
  });
});

describe('what an approver can do', () => {
  it('approves for less time than asked', async () => {
    const id = await journey.ask('contoso contributor 2h');
    await journey.teamsPress('approveLess', { id, inputs: { duration: '30m' } });
    await access();
    pass(31 * MINUTE);
    await gone();
  });

  it('takes running access away with a reason', async () => {
    const id = await journey.ask('contoso reader 1h');
    await journey.teamsPress('approve', { id });
    await access();
    await journey.teamsSay(`access revoke ${id} enough`, IDS.omar);
    await gone();
    await journey.until('the requester told', () => {
      // What is told to one person comes at a distance.
      pass(50);
      return journey.slackDms(SLACK.dana).some((text) => text.includes(id) && text.includes('Omar Owner'));
    });
  });

  it('lets exactly one of two simultaneous clicks win', async () => {
    const id = await journey.ask('contoso reader 1h');
    const told = await Promise.all([
      journey.teamsPress('approve', { id, user: IDS.olga }),
      journey.teamsPress('approve', { id, user: IDS.omar }),
    ]);
    expect(told.filter((text) => text.startsWith('Approved'))).toHaveLength(1);
    await access();
    await journey.slackCommand(`/access finish ${id}`);
    await gone();
  });
});

describe('extend', () => {
  it('moves the end in place once it is approved', async () => {
    const id = await journey.ask('contoso contributor 1h');
    await journey.teamsPress('approve', { id });
    await access();
    const extension = await journey.slackCommand(`/access extend ${id} 1h`);
    const other = extension.match(/AR-[0-9A-Z]{8}/g)?.find((each) => each !== id);
    await journey.teamsPress('approve', { id: other! });
    await journey.until('the new end told', () => {
      pass(50);
      return journey
        .slackDms(SLACK.dana)
        .some((text) => text.includes(id) && /extended|now ends/i.test(text));
    });
    pass(1.5 * HOUR);
    await journey.until('the warning of the new end', () => journey.made().length === 2);
    expect(journey.made()).toHaveLength(2);
    pass(HOUR);
    await gone();
  });
});

describe('a restart', () => {
  it('forgets nothing: the end comes though the process was down', async () => {
    const id = await journey.ask('contoso reader 1h');
    await journey.teamsPress('approve', { id });
    await access();
    await journey.app.stop();
    pass(2 * HOUR);
    await journey.restart();
    await gone();
  });
});
