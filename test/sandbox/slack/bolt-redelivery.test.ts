import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SlackSandbox } from '../../../sandbox/slack/slack.ts';
import { startBolt, type BoltApp } from './bolt-app.ts';
import { CHANNEL, OURS, seededSlack } from './support.ts';

let slack: SlackSandbox;
let bolt: BoltApp;
let heard: string[];

beforeEach(async () => {
  slack = await seededSlack();
  bolt = await startBolt(slack);
  heard = bolt.heard;
});

afterEach(async () => {
  await bolt.stop();
  await slack.stop();
});

describe('mention', () => {
  it('is heard, from outsiders too', async () => {
    await slack.mention({ user: 'U0ALICE0001', channel: CHANNEL, text: 'status' });
    await slack.mention({ user: 'U0LEADCUST1', channel: CHANNEL, text: 'status' });
    expect(heard).toEqual([
      'mention U0ALICE0001 <@U0BOT000001> status',
      'mention U0LEADCUST1 <@U0BOT000001> status',
    ]);
    const event = slack.deliveries[1]?.payload['event'];
    expect(event).toMatchObject({ team: OURS, user_team: 'T0CUST00001' });
  });

  it('comes again with a retry number when the app does not answer, and stops when it does', async () => {
    slack.connect({ requestUrl: 'http://127.0.0.1:1/' });
    expect((await slack.mention({ user: 'U0ALICE0001', channel: CHANNEL, text: 'hi' })).problem).toBe(
      'dispatch_failed',
    );
    await slack.waitFor(() => slack.deliveries.length === 2 && slack.dump().pendingEventRetries === 1);
    slack.connect({ requestUrl: bolt.requestUrl });
    slack.clock.advance(61_000);
    await slack.waitFor(() => slack.deliveries.length === 3 && slack.deliveries[2]?.ack);
    expect(slack.deliveries.map(({ retry }) => retry?.attempt)).toEqual([undefined, 1, 2]);
    // Bolt checks the timestamp against the host's clock, which was not moved.
    expect(slack.deliveries[2]?.ack?.status).toBe(200);
    expect(heard).toEqual(['mention U0ALICE0001 <@U0BOT000001> hi 2']);
  });
});

describe('verifyRequestUrl', () => {
  it('is answered by Bolt', async () => {
    expect(await slack.verifyRequestUrl()).toBe(true);
  });
});

describe('redeliver', () => {
  it('replays byte for byte, which Bolt does not notice', async () => {
    await slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'contoso reader 1h' });
    const first = slack.deliveries[0];
    expect((await slack.redeliver('command')).status).toBe(200);
    const second = slack.deliveries[1];
    expect([second?.raw, second?.signature, second?.timestamp]).toEqual([
      first?.raw,
      first?.signature,
      first?.timestamp,
    ]);
    expect(heard).toHaveLength(2);
  });

  it('repeats an event with a retry number and the same event id', async () => {
    await slack.mention({ user: 'U0ALICE0001', channel: CHANNEL, text: 'status' });
    expect((await slack.redeliver('event', { how: 'retry', attempt: 1 })).status).toBe(200);
    expect(heard[1]).toBe('mention U0ALICE0001 <@U0BOT000001> status 1');
    expect(slack.deliveries[1]?.payload['event_id']).toBe(slack.deliveries[0]?.payload['event_id']);
  });
});

describe('tamper', () => {
  it('is refused by Bolt wherever the signature is wrong or old', async () => {
    await slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'contoso reader 1h' });
    const edit = (payload: Record<string, unknown>) => ({ ...payload, text: 'contoso owner 8h' });
    const answers = [
      await slack.tamper('command', { how: 'badSignature' }),
      await slack.tamper('command', { how: 'noSignature' }),
      await slack.tamper('command', { how: 'wrongSecret' }),
      await slack.tamper('command', { how: 'alteredBody', edit }),
      await slack.tamper('command', { how: 'timestamp', offsetSeconds: -301 }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    expect(heard).toHaveLength(1);
  });

  it('is let through by Bolt where the app has to look itself: the future, a foreign team, other facts', async () => {
    await slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'contoso reader 1h' });
    const edit = (payload: Record<string, unknown>) => ({ ...payload, user_id: 'U0NOBODY001' });
    await slack.tamper('command', { how: 'timestamp', offsetSeconds: 864_000 });
    await slack.tamper('command', { how: 'foreignTeam' });
    await slack.tamper('command', { how: 'edited', edit });
    expect(heard.slice(1)).toEqual([
      'command U0ALICE0001 T0OURS00001 contoso reader 1h',
      'command U0ALICE0001 T0FOREIGN01 contoso reader 1h',
      'command U0NOBODY001 T0OURS00001 contoso reader 1h',
    ]);
  });
});
