import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SlackSandbox } from '../../../sandbox/slack/slack.ts';
import { startBolt, type BoltApp } from './bolt-app.ts';
import { CHANNEL, seededSlack } from './support.ts';

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

const posted = () => slack.waitFor(() => slack.messages(CHANNEL)[0], { what: 'the card' });
const ask = async () => {
  const ack = await slack.command({
    user: 'U0ALICE0001',
    channel: CHANNEL,
    text: '/access contoso contributor 2h',
  });
  return { ack, card: await posted() };
};

describe('command', () => {
  it('is accepted by Bolt, its answer shown to the sender only, and the card posted', async () => {
    const { ack, card } = await ask();
    expect(ack).toMatchObject({ status: 200, json: { text: 'asked: contoso contributor 2h' } });
    expect(heard).toEqual(['command U0ALICE0001 T0OURS00001 contoso contributor 2h']);
    expect(card.blocks).toHaveLength(3);
    await slack.waitFor(() => slack.ephemerals('U0ALICE0001').length === 2);
    expect(slack.ephemerals('U0ALICE0001', CHANNEL).map(({ text }) => text)).toEqual([
      'asked: contoso contributor 2h',
      'and thanks',
    ]);
    expect(slack.ephemerals('U0CAROL0001')).toEqual([]);
  });

  it('is no command for an outsider, and nothing reaches the app', async () => {
    const ack = await slack.command({
      user: 'U0LEADCUST1',
      channel: CHANNEL,
      text: '/access contoso reader 1h',
    });
    expect(ack).toMatchObject({ status: 0, problem: 'invalid_command' });
    expect(slack.deliveries).toEqual([]);
    expect(slack.ephemerals('U0LEADCUST1')[0]?.text).toBe('/access is not a valid command.');
  });

  it('turns names into references as should_escape does', async () => {
    await slack.command({
      user: 'U0ALICE0001',
      channel: CHANNEL,
      text: 'for @carol in #contoso-access not @nobody',
    });
    expect(heard[0]).toContain('for <@U0CAROL0001|carol> in <#C0CONTOSO01|contoso-access> not @nobody');
  });

  it('shows the person that nobody answered', async () => {
    slack.connect({ requestUrl: 'http://127.0.0.1:1/' });
    const ack = await slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'x' });
    expect(ack.problem).toBe('dispatch_failed');
    expect(slack.ephemerals('U0ALICE0001')[0]?.text).toContain('dispatch_failed');
  });
});

describe('click', () => {
  it('reaches the app, and the update keeps the history', async () => {
    const { card } = await ask();
    const ack = await slack.click({ user: 'U0CAROL0001', channel: CHANNEL, ts: card.ts, text: 'Approve' });
    expect(ack.status).toBe(200);
    const after = await slack.waitFor(() =>
      slack.messages(CHANNEL).find(({ text }) => text.startsWith('decided')),
    );
    expect(after.history.map(({ text }) => text)).toEqual(['a request', 'decided by U0CAROL0001']);
    expect(after.ts).toBe(card.ts);
  });

  it('of a Slack Connect outsider carries the home team', async () => {
    const { card } = await ask();
    await slack.click({ user: 'U0LEADCUST1', channel: CHANNEL, ts: card.ts, actionId: 'deny' });
    expect(heard).toContain('action U0LEADCUST1 T0CUST00001 deny');
  });

  it('works on a select and on an overflow menu, and the response URL deletes the message', async () => {
    const { card } = await ask();
    const at = { user: 'U0CAROL0001', channel: CHANNEL, ts: card.ts };
    await slack.click({ ...at, actionId: 'more', value: 'End early' });
    await slack.waitFor(() => slack.messages(CHANNEL).length === 0);
    await slack.click({ ...at, actionId: 'role', value: 'reader', version: 0 });
    expect(heard.slice(-2)).toEqual([
      'action U0CAROL0001 T0OURS00001 more',
      'action U0CAROL0001 T0OURS00001 role',
    ]);
  });

  it('can cross an update: the old version is still pressed', async () => {
    const { card } = await ask();
    const at = { user: 'U0CAROL0001', channel: CHANNEL, ts: card.ts, actionId: 'approve' };
    await slack.click(at);
    await slack.waitFor(() => slack.messages(CHANNEL)[0]?.text.startsWith('decided'));
    await expect(slack.click(at)).rejects.toThrow('nothing called "approve" to press; there is: nothing');
    expect((await slack.click({ ...at, version: 0 })).status).toBe(200);
  });

  it('is refused to people who do not see the message, to bots and to deactivated people', async () => {
    const { card } = await ask();
    const at = { channel: CHANNEL, ts: card.ts, actionId: 'approve' };
    await expect(slack.click({ ...at, user: 'U0GONE00001' })).rejects.toThrow('is deactivated');
    await expect(slack.click({ ...at, user: 'U0BOT000001' })).rejects.toThrow('is a bot');
    slack.changeChannel(CHANNEL, { leave: ['U0CAROL0001'] });
    await expect(slack.click({ ...at, user: 'U0CAROL0001' })).rejects.toThrow('is not in C0CONTOSO01');
    slack.changeUser('U0ALICE0001', { deleted: true });
    const late = await slack.click({ ...at, user: 'U0ALICE0001', sentBeforeDeactivation: true });
    expect(late.status).toBe(200);
  });
});

describe('submitView', () => {
  const openForm = async () => {
    await slack.command({ user: 'U0ALICE0001', channel: CHANNEL, text: 'form' });
    return slack.waitFor(() => slack.views('U0ALICE0001').modal, { what: 'the modal' });
  };
  const values = { why: 'INC-42 database failover', role: 'contributor', who: 'U0ALICE0001' };

  it('closes the modal on an empty answer', async () => {
    const modal = await openForm();
    const ack = await slack.submitView({ user: 'U0ALICE0001', viewId: modal.id, values });
    expect(ack.problem).toBeUndefined();
    expect(heard).toContain('view U0ALICE0001 contributor INC-42 database failover');
    expect(slack.views('U0ALICE0001').modal).toBeUndefined();
  });

  it('shows errors under the inputs and keeps what was entered', async () => {
    const modal = await openForm();
    const ack = await slack.submitView({
      user: 'U0ALICE0001',
      viewId: modal.id,
      values: { ...values, why: 'no' },
    });
    expect(ack.errors).toEqual({ why: 'At least 10 characters, please' });
    expect(slack.views('U0ALICE0001').modal).toMatchObject({
      errors: { why: 'At least 10 characters, please' },
      values: { why: { v: { value: 'no' } } },
    });
  });

  it('replaces the modal on update', async () => {
    const modal = await openForm();
    await slack.submitView({
      user: 'U0ALICE0001',
      viewId: modal.id,
      values: { ...values, why: 'change it please' },
    });
    expect(slack.views('U0ALICE0001').modal).toMatchObject({ id: modal.id, title: 'Changed' });
  });

  it('is stopped by the client when a required input is empty', async () => {
    const modal = await openForm();
    const ack = await slack.submitView({ user: 'U0ALICE0001', viewId: modal.id, values: { role: 'reader' } });
    expect(ack).toMatchObject({ problem: 'invalid_input', errors: { why: expect.any(String) } });
    expect(heard.filter((line) => line.startsWith('view'))).toEqual([]);
  });

  it('tells the app of a closed modal that asked for it', async () => {
    const modal = await openForm();
    await slack.closeView({ user: 'U0ALICE0001', viewId: modal.id });
    expect(heard).toContain('closed U0ALICE0001');
    expect(slack.views('U0ALICE0001').stack).toEqual([]);
  });
});

describe('openHome', () => {
  it('lets the app publish a Home tab whose buttons work', async () => {
    await slack.openHome({ user: 'U0ALICE0001' });
    const home = await slack.waitFor(() => slack.views('U0ALICE0001').home);
    await slack.click({ user: 'U0ALICE0001', viewId: home.id, text: 'End now' });
    expect(heard).toEqual(['home U0ALICE0001', 'action U0ALICE0001 T0OURS00001 revoke']);
  });
});
