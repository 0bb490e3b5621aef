import { IDS, SLACK, TEAMS } from '../../sandbox/world/ids.ts';
import type { Journey } from '../support/journey.ts';
import { startJourney } from '../support/journey.ts';

const HOUR = 3_600_000;
let journey: Journey;
beforeAll(async () => {
  journey = await startJourney({ slackVia: 'socket' });
  await journey.until('the socket', () => journey.world.slack.sockets.connections() > 0);
}, 60_000);
afterAll(() => journey.stop());

const access = () => journey.until('the access in Azure', () => journey.made().length === 2);
const gone = () => journey.until('everything gone from Azure', () => journey.made().length === 0);
const dms = (user: string, id: string, title: string) =>
  journey.until(`"${title}"`, () =>
    journey.slackDms(user).find((text) => text.includes(id) && text.includes(title)),
  );

describe('with Slack in Socket Mode', () => {
  it('does the whole main job: asked and decided in Slack, decided in Teams, ready, warned, gone', async () => {
    const id = await journey.ask('fabrikam reader 1h over the socket', SLACK.kim);
    expect(await journey.slackPress('approve', { id })).toMatch(/^Your approval counts/);
    expect(journey.made()).toEqual([]);
    await journey.teamsPress('approve', { id, channel: TEAMS.fabrikamApprovals, user: IDS.frida });
    await access();
    expect(await dms(SLACK.kim, id, 'You are in')).toContain(`--tenant ${IDS.fabrikam}`);
    journey.world.clock.advance(0.9 * HOUR);
    await dms(SLACK.kim, id, 'Ending soon');
    journey.world.clock.advance(0.2 * HOUR);
    await gone();
    await dms(SLACK.kim, id, 'Ended');
  });

  it('opens the form to deny, and tells the reason', async () => {
    const id = await journey.ask('fabrikam reader 30m', SLACK.kim);
    await journey.slackPress('deny', { id, values: { reason: 'not today' } });
    expect(await dms(SLACK.kim, id, 'not today')).toContain('Lee Lead');
    expect(journey.made()).toEqual([]);
  });

  it('decides once when an envelope comes again', async () => {
    const id = await journey.ask('fabrikam reader 31m', SLACK.kim);
    await journey.slackPress('approve', { id });
    const told = journey.world.slack.ephemerals(SLACK.lee, SLACK.leads).length;
    await journey.world.slack.redeliver('interaction', { how: 'replay' });
    await journey.slackCommand(`/access cancel ${id}`, SLACK.kim);
    expect(journey.world.slack.ephemerals(SLACK.lee, SLACK.leads)).toHaveLength(told);
  });

  it('goes on after the connection was cut, and after Slack asked for a new one', async () => {
    const { sockets } = journey.world.slack;
    sockets.cut();
    await journey.until('the end of the socket', () => sockets.connections() === 0);
    await journey.until('a new socket', () => sockets.connections() > 0);
    const id = await journey.ask('contoso reader 1h');
    sockets.disconnect('refresh_requested');
    await journey.until('another new socket', () => sockets.connections() > 0);
    await journey.teamsPress('approve', { id });
    await access();
    await journey.slackCommand(`/access finish ${id}`);
    await gone();
    await dms(SLACK.dana, id, 'Ended');
  });

  it('has no door for Slack on its port', async () => {
    const answer = await fetch(`http://127.0.0.1:${journey.app.port}/slack/events`, { method: 'POST' });
    expect(answer.status).toBe(404);
  });
});
