import { IDS, SLACK, TEAMS } from '../../../sandbox/world/ids.ts';
import { WRITES } from '../../support/fault-ground.ts';
import { story } from './grounds.ts';

const HANG = { kind: 'hang' } as const;
/** The deadlines of calls are the host's: 20 s for a call, 10 s for a token. */
const LONG_MS = 40_000;

describe('calls that are never answered', () => {
  it.concurrent(
    'are given up and made again, while access is made and while it is taken away',
    () =>
      story(async ({ journey, ...ground }) => {
        const kims = await journey.ask('fabrikam reader 1h', SLACK.kim);
        await journey.slackPress('approve', { id: kims });
        await journey.teamsPress('approve', {
          id: kims,
          channel: TEAMS.fabrikamApprovals,
          user: IDS.frida,
        });
        await journey.until('Kim’s access', () => journey.made().length === 2);
        ground.plan(
          { ...WRITES.unassign, path: new RegExp(IDS.fabrikamSubscription), effect: HANG },
          { ...WRITES.assign, path: new RegExp(IDS.contosoSubscription), effect: HANG },
        );
        const id = await journey.ask('contoso reader 1h');
        await ground.approve(id);
        await journey.slackCommand(`/access finish ${kims}`, SLACK.kim);
        const made = (tenantId: string) => journey.made().filter((each) => each.tenantId === tenantId).length;
        await journey.until('Dana’s access', () => made(IDS.contoso) === 2, LONG_MS);
        await journey.until('the end of Kim’s', () => made(IDS.fabrikam) === 0, LONG_MS);
        expect(journey.world.azure.faults.pending()).toEqual([]);
        await ground.active(id);
        await ground.finish(id);
        await ground.ended(id);
      }),
    2 * LONG_MS,
  );

  it.concurrent(
    'to the token endpoint keep nobody waiting for ever',
    () =>
      story(async ({ journey, ...ground }) => {
        ground.plan({ method: 'POST', path: new RegExp(`${IDS.contoso}/oauth2`), times: 4, effect: HANG });
        const { slack } = journey.world;
        const asked = { user: SLACK.dana, channel: SLACK.general, text: '/access contoso reader 3h' };
        expect((await slack.command(asked)).problem).toBeUndefined();
        const answer = () =>
          slack.ephemerals(SLACK.dana).find((each) => JSON.stringify(each).includes('does not answer'));
        expect((await journey.until('an answer', answer, LONG_MS)).text).toMatch(/No access was granted/);
        journey.world.azure.faults.clear();
        expect(await journey.slackCommand('/access mine')).not.toMatch(/AR-[0-9A-Z]{8}/);
      }),
    2 * LONG_MS,
  );
});
