import { signBody } from '../../sandbox/slack/signature.ts';
import { SECRETS } from '../../sandbox/world/ids.ts';
import type { Journey } from '../support/journey.ts';
import { startJourney } from '../support/journey.ts';

let journey: Journey;
beforeAll(async () => {
  journey = await startJourney();
}, 60_000);
afterAll(() => journey.stop());

describe('the gate for Slack', () => {
  it('answers a well-signed body that is JSON but no object, instead of failing behind the gate', async () => {
    const body = 'null';
    const timestamp = String(Math.floor(Date.now() / 1000));
    const headers = {
      'content-type': 'application/json',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signBody(SECRETS.slackSigning, timestamp, body),
    };
    const signal = AbortSignal.timeout(2_000);
    const url = `http://127.0.0.1:${journey.app.port}/slack/events`;
    const response = await fetch(url, { method: 'POST', headers, body, signal });
    expect(response.status).toBe(400);
  });
});
