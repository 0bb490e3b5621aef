import { SLACK } from '../../sandbox/world/ids.ts';
import type { Journey } from '../support/journey.ts';
import { startJourney } from '../support/journey.ts';

let journey: Journey;
beforeAll(async () => {
  journey = await startJourney({ environment: { METRICS_PORT: '0' } });
});
afterAll(() => journey.stop());

/** What the log says of the port that was taken. */
function metricsPort(): number {
  const line = journey.log.find((each) => each.includes('"metrics.started"')) ?? '{}';
  return Number((JSON.parse(line) as { port?: number }).port);
}

async function scrape(): Promise<string> {
  return (await fetch(`http://127.0.0.1:${metricsPort()}/metrics`)).text();
}

/** Waits for what the engineer is told in private. */
function told(words: string): Promise<string> {
  return journey.until(words, () => journey.slackDms(SLACK.dana).find((each) => each.includes(words)));
}

describe('GET /metrics', () => {
  it('follows a grant from its request to its end, on a port of its own', async () => {
    expect(metricsPort()).not.toBe(journey.app.port);
    expect((await fetch(`http://127.0.0.1:${journey.app.port}/metrics`)).status).toBe(404);
    const id = await journey.ask('contoso reader 30m incident 42');
    await journey.teamsPress('approve', { id });
    await told('You are in');
    const running = await scrape();
    expect(running).toMatch(/^latchkey_open_grants 1$/m);
    expect(running).toMatch(/^latchkey_redis_up 1$/m);
    expect(running).toMatch(/^latchkey_decided_to_working_ms_count 1$/m);
    expect(running).toMatch(
      /^latchkey_chat_answers_total\{platform="slack",kind="command",reply="card"\} 1$/m,
    );
    await journey.slackCommand(`/access finish ${id}`);
    await told('Ended:');
    const over = await scrape();
    expect(over).toMatch(/^latchkey_open_grants 0$/m);
    expect(over).toMatch(/^latchkey_end_lateness_ms_count 1$/m);
    expect(await journey.slackCommand('/access slo 1d')).toContain('1 of 1 taken away (100 %)');
    expect(await journey.slackCommand('/access stuck')).toContain('Nothing is stuck.');
  });
});
