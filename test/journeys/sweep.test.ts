import { Agent, request } from 'undici';
import { IDS, SLACK, TEAMS } from '../../sandbox/world/ids.ts';
import type { Journey } from '../support/journey.ts';
import { startJourney } from '../support/journey.ts';
import { watchAzure } from '../support/azure-watch.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** Within it every customer is compared once. */
const SWEEP = 5 * MINUTE;

let journey: Journey;
beforeEach(async () => {
  journey = await startJourney();
}, 60_000);
afterEach(() => journey.stop());

const pass = (ms: number) => journey.world.clock.advance(ms);
const roles = () => journey.made().filter(({ kind }) => kind === 'roleAssignment');
const logged = (event: string) => journey.log.filter((line) => line.includes(`"${event}"`));

async function running(): Promise<string> {
  const id = await journey.ask('contoso contributor 2h incident 42');
  await journey.teamsPress('approve', { id });
  await journey.until('the access', () =>
    journey.slackDms(SLACK.dana).some((text) => text.includes('az login')),
  );
  return id;
}

it('ends a grant whose assignment the customer has deleted, guest too, and says so', async () => {
  await running();
  const [role] = roles();
  journey.world.azure.unassignRole(IDS.contoso, role?.id ?? '');
  pass(SWEEP);
  await journey.until('everything gone', () => journey.made().length === 0);
  const words = 'by somebody else';
  await journey.until('the card', () =>
    journey.teamsText(TEAMS.contosoApprovals).some((text) => text.includes(words) && text.includes('Ended')),
  );
  await journey.until('the requester told', () => {
    // What is told to one person comes at a distance.
    pass(50);
    return journey.slackDms(SLACK.dana).some((text) => text.includes(words));
  });
});

it('takes access away at its end although Redis has lost everything, and leaves the guest it cannot prove', async () => {
  const id = await running();
  const watch = watchAzure(journey.world);
  await journey.redis.flush();
  pass(SWEEP);
  await journey.until('the alarm', () => logged('sweep.unknown').some((line) => line.includes(id)));
  await journey.until('the operators told', () =>
    journey.slackText(SLACK.ops).some((text) => text.includes(id) && text.includes('invited the account')),
  );
  expect(await journey.slackCommand('/access who contoso')).toContain(id);
  expect(roles()).toHaveLength(1);
  pass(2 * HOUR - SWEEP);
  await journey.until('the role gone', () => roles().length === 0);
  expect(journey.made()).toMatchObject([{ kind: 'guest' }]);
  expect(watch.trespasses()).toEqual([]);
  watch.stop();
});

it('alarms within one sweep about an assignment made with the app’s identity outside Latchkey', async () => {
  const { clock } = journey.world;
  const { azure } = journey.world;
  const scope = `/subscriptions/${IDS.contosoSubscription}`;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: IDS.app,
    client_secret: journey.world.environment['AZURE_CLIENT_SECRET'] ?? '',
    scope: 'https://management.azure.com/.default',
  });
  const token = (await send('POST', `/${IDS.contoso}/oauth2/v2.0/token`, { body: form.toString() })) as {
    access_token: string;
  };
  const canary = 'ca4a51e0-0000-4000-8000-000000000001';
  await send(
    'PUT',
    `${scope}/providers/Microsoft.Authorization/roleAssignments/${canary}?api-version=2022-04-01`,
    {
      token: token.access_token,
      body: JSON.stringify({
        properties: {
          roleDefinitionId: `${scope}/providers/Microsoft.Authorization/roleDefinitions/${IDS.reader}`,
          principalId: IDS.olga,
          principalType: 'User',
        },
      }),
    },
  );
  expect(roles()).toMatchObject([{ id: canary }]);
  expect(logged('sweep.unknown')).toEqual([]);
  clock.advance(SWEEP);
  const alarm = await journey.until('the alarm', () => logged('sweep.unknown')[0]);
  expect(JSON.parse(alarm)).toMatchObject({ assignmentId: canary, why: 'noMarker', customerSlug: 'contoso' });
  expect(roles()).toHaveLength(1);

  async function send(method: string, path: string, ask: { token?: string; body: string }): Promise<unknown> {
    const isJson = ask.token !== undefined;
    const { body } = ask;
    const headers = {
      'content-type': isJson ? 'application/json' : 'application/x-www-form-urlencoded',
      ...(isJson && { authorization: `Bearer ${ask.token}` }),
    };
    const dispatcher = new Agent({ connect: { ca: azure.caPem } });
    try {
      const answer = await request(`${azure.url}${path}`, { method, headers, body, dispatcher });
      if (answer.statusCode >= 300) throw new Error(`${answer.statusCode} ${await answer.body.text()}`);
      return await answer.body.json();
    } finally {
      await dispatcher.close();
    }
  }
});
