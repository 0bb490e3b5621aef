import { SLACK } from '../../sandbox/world/ids.ts';
import type { Journey } from '../support/journey.ts';
import { freezeRedis, startJourney } from '../support/journey.ts';

let journey: Journey;
beforeAll(async () => {
  journey = await startJourney();
}, 60_000);
afterAll(() => journey.stop());

describe('Slack, while Redis does not answer', () => {
  it('acknowledges in time what Slack sends, and tells who asks or clicks that it could not be done', async () => {
    const { slack } = journey.world;
    const id = await journey.ask('fabrikam reader 1h', SLACK.kim);
    const card = await journey.until('the card', () =>
      slack.messages(SLACK.leads).find((message) => JSON.stringify(message.blocks).includes(id)),
    );
    const actionId = /latchkey:approve:\d+/.exec(JSON.stringify(card.blocks))![0];
    const thaw = freezeRedis(journey);
    try {
      const acks = await Promise.all([
        slack.command({ user: SLACK.dana, channel: SLACK.general, text: '/access contoso reader 2h' }),
        slack.click({ user: SLACK.lee, channel: SLACK.leads, ts: card.ts, actionId }),
      ]);
      expect(acks.map(({ problem }) => problem)).toEqual([undefined, undefined]);
      for (const user of [SLACK.dana, SLACK.lee]) {
        await journey.until('words', () =>
          slack.ephemerals(user).some((message) => JSON.stringify(message).includes('does not answer')),
        );
      }
    } finally {
      thaw();
    }
    expect(await journey.slackCommand('/access mine')).not.toMatch(/AR-[0-9A-Z]{8}/);
    expect(await journey.slackCommand(`/access show ${id}`, SLACK.kim)).toMatch(/1 of 2/);
    await journey.slackCommand(`/access cancel ${id}`, SLACK.kim);
  });
});
