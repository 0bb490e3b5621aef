import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SLACK } from '../../sandbox/world/ids.ts';
import { NotFound, Unavailable } from '../../src/access/errors.ts';
import type { Form, Reply } from '../../src/chat/card.ts';
import { leads, pendingCard, startGround } from './ground.ts';
import type { Ground } from './ground.ts';

const denyForm: Form = {
  title: 'Deny',
  fields: [
    { kind: 'text', id: 'reason', label: 'Reason', maxLength: 500, required: 'yes', multiline: 'yes' },
  ],
  submitLabel: 'Deny',
};

let ground: Ground;
afterEach(() => ground.stop());

describe('createSlackApp over signed HTTP', () => {
  beforeEach(async () => {
    ground = await startGround();
  });

  const command = (text: string) => ground.slack.command({ user: SLACK.dana, channel: SLACK.general, text });

  it('hands a command over with who and where, and answers the sender alone in the acknowledgement', async () => {
    const ack = await command('/access contoso reader 1h a < b & c');
    expect(ground.heard).toEqual([
      {
        kind: 'command',
        actor: { platform: 'slack', teamId: SLACK.team, userId: SLACK.dana },
        place: { platform: 'slack', teamId: SLACK.team, channelId: SLACK.general },
        text: 'contoso reader 1h a < b & c',
      },
    ]);
    expect(ack.json).toMatchObject({ response_type: 'ephemeral', text: 'Understood.' });
    expect(ground.slack.messages(SLACK.general)).toEqual([]);
  });

  it('acknowledges in time and answers afterwards when the answer takes long', async () => {
    let release = (_: Reply): void => undefined;
    ground.answer.with = () => new Promise((resolve) => (release = resolve));
    const ack = await command('mine');
    expect(ack).toMatchObject({ status: 200, body: '' });
    release({ kind: 'text', text: 'Here it is.' });
    const late = await ground.slack.waitFor(() => ground.slack.ephemerals(SLACK.dana, SLACK.general)[0]);
    expect(late.text).toBe('Here it is.');
  });

  it('follows no redirect with what only the sender may see', async () => {
    let release = (_: Reply): void => undefined;
    ground.answer.with = () => new Promise((resolve) => (release = resolve));
    const heard: Array<string | undefined> = [];
    const stranger = createServer((request, response) => {
      heard.push(request.method);
      response.end();
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    stranger.unref();
    const location = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}/`;
    const isAnswered = () => ground.slack.requests.find(({ path }) => path.startsWith('/hooks/'));
    ground.slack.faults.add({
      path: /^\/hooks\//,
      effect: { kind: 'answer', status: 307, headers: { location }, body: '' },
    });
    await command('mine');
    release({ kind: 'text', text: 'Only for Dana.' });
    await ground.slack.waitFor(isAnswered);
    await ground.app.stop(5_000);
    stranger.close();
    expect(heard).toEqual([]);
  });

  it('opens a form as a modal and hands over what was filled in', async () => {
    ground.answer.with = async (incoming) =>
      incoming.kind === 'command'
        ? { kind: 'form', form: denyForm, verb: 'ask', ref: 'o.ask.0.mac' }
        : { kind: 'text', text: 'Asked.' };
    await command('');
    const modal = await ground.slack.waitFor(() => ground.slack.views(SLACK.dana).modal);
    await ground.slack.submitView({ user: SLACK.dana, viewId: modal.id, values: { reason: 'please' } });
    expect(ground.heard[1]).toMatchObject({ kind: 'ask', inputs: { reason: 'please' } });
    expect(ground.slack.views(SLACK.dana).modal).toBeUndefined();
    const answer = await ground.slack.waitFor(() => ground.slack.ephemerals(SLACK.dana, SLACK.general)[0]);
    expect(answer.text).toBe('Asked.');
  });

  it.each(['not_in_channel', 'channel_not_found', 'user_not_in_channel'])(
    'answers a form in private where Slack says %s',
    async (error) => {
      ground.answer.with = async (incoming) =>
        incoming.kind === 'command'
          ? { kind: 'form', form: denyForm, verb: 'ask', ref: 'o.ask.0.mac' }
          : { kind: 'text', text: 'Asked.' };
      await command('');
      const modal = await ground.slack.waitFor(() => ground.slack.views(SLACK.dana).modal);
      ground.slack.faults.add({
        path: /chat\.postEphemeral/,
        effect: { kind: 'answer', status: 200, body: { ok: false, error } },
      });
      await ground.slack.submitView({ user: SLACK.dana, viewId: modal.id, values: { reason: 'please' } });
      const answer = await ground.slack.waitFor(() => ground.slack.dms(SLACK.dana)[0]);
      expect(answer.text).toBe('Asked.');
      expect(ground.slack.messages(SLACK.general)).toEqual([]);
    },
  );

  it('keeps a form open with the errors at their fields', async () => {
    ground.answer.with = async (incoming) =>
      incoming.kind === 'command'
        ? { kind: 'form', form: denyForm, verb: 'ask', ref: 'o.ask.0.mac' }
        : { kind: 'fieldErrors', errors: { reason: 'Too short.' }, text: 'Too short.' };
    await command('');
    const modal = await ground.slack.waitFor(() => ground.slack.views(SLACK.dana).modal);
    const ack = await ground.slack.submitView({
      user: SLACK.dana,
      viewId: modal.id,
      values: { reason: 'x' },
    });
    expect(ack.errors).toEqual({ reason: 'Too short.' });
    expect(ground.slack.views(SLACK.dana).modal).toBeDefined();
  });

  it('hands a press over with the clicker’s own workspace and the sealed reference', async () => {
    const ref = await ground.app.messenger.post(leads, pendingCard());
    await ground.slack.click({ user: SLACK.mallory, channel: SLACK.leads, ts: ref.id, text: 'Approve' });
    expect(ground.heard).toEqual([
      {
        kind: 'press',
        actor: { platform: 'slack', teamId: SLACK.foreignTeam, userId: SLACK.mallory },
        place: leads,
        verb: 'approve',
        ref: 'r.AR-7K3M9PQX.1.mac',
        inputs: {},
      },
    ]);
    const told = await ground.slack.waitFor(() => ground.slack.ephemerals(SLACK.mallory, SLACK.leads)[0]);
    expect(told.text).toBe('Understood.');
  });

  it('asks first where a button asks, and remembers where it was pressed', async () => {
    const ref = await ground.app.messenger.post(leads, pendingCard());
    ground.answer.with = async (incoming) =>
      incoming.kind === 'press' && Object.keys(incoming.inputs).length === 0
        ? { kind: 'form', form: denyForm, verb: 'deny', ref: incoming.ref }
        : { kind: 'text', text: 'Denied.' };
    await ground.slack.click({ user: SLACK.lee, channel: SLACK.leads, ts: ref.id, text: 'Deny…' });
    const modal = await ground.slack.waitFor(() => ground.slack.views(SLACK.lee).modal);
    await ground.slack.submitView({ user: SLACK.lee, viewId: modal.id, values: { reason: 'no' } });
    expect(ground.heard[1]).toMatchObject({
      kind: 'press',
      verb: 'deny',
      place: leads,
      inputs: { reason: 'no' },
    });
  });

  it('hears a mention without the mention and the word access', async () => {
    await ground.slack.mention({ user: SLACK.dana, channel: SLACK.leads, text: '/access who contoso' });
    await ground.slack.waitFor(() => ground.heard[0]);
    expect(ground.heard[0]).toMatchObject({ kind: 'command', text: 'who contoso', place: leads });
  });

  it.each([
    ['a wrong signature', { how: 'badSignature' } as const],
    ['no signature', { how: 'noSignature' } as const],
    ['another secret', { how: 'wrongSecret' } as const],
    [
      'a body other than the one signed',
      { how: 'alteredBody', edit: (payload: object) => ({ ...payload, text: 'x' }) } as const,
    ],
    ['a timestamp six minutes ago', { how: 'timestamp', offsetSeconds: -360 } as const],
    ['a timestamp ten days ahead', { how: 'timestamp', offsetSeconds: 864_000 } as const],
    ['another workspace', { how: 'foreignTeam', teamId: SLACK.foreignTeam } as const],
  ])('turns away %s and does nothing', async (_, tampering) => {
    await command('mine');
    const ack = await ground.slack.tamper('command', tampering as never);
    expect(ack.status).toBe(401);
    expect(ground.heard).toHaveLength(1);
  });

  it.each([['replay'], ['resign']] as const)('does a %s of the same command once', async (how) => {
    await command('mine');
    const ack = await ground.slack.redeliver('command', { how });
    expect(ack.status).toBe(200);
    expect(ground.heard).toHaveLength(1);
  });

  it.each([
    ['an unsigned ssl_check with a command inside', 'ssl_check=1&command=/access&text=mine', 401],
    ['a body over 64 KiB', `x=${'a'.repeat(70_000)}`, 413],
  ])('does not let in %s', async (_, body, status) => {
    const [delivery] = ground.slack.deliveries;
    expect(delivery).toBeUndefined();
    const url = await requestUrl();
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    }).catch(() => ({ status: 413 }));
    expect(answer.status).toBe(status);
    expect(ground.heard).toEqual([]);
  });

  it('knows its workspace by asking Slack', () => {
    expect(ground.app).toMatchObject({ teamId: SLACK.team, teamName: 'Northwind Cloud' });
  });

  async function requestUrl(): Promise<string> {
    const { createServer } = await import('node:http');
    const server = createServer((request, response) => ground.app.requestListener?.(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const stop = ground.stop;
    ground.stop = async () => {
      server.closeAllConnections();
      server.close();
      await stop();
    };
    return `http://127.0.0.1:${(server.address() as { port: number }).port}/slack/events`;
  }
});

describe('createSlackApp over Socket Mode', () => {
  it('hears the same commands and presses', async () => {
    ground = await startGround('socket');
    await ground.slack.command({ user: SLACK.dana, channel: SLACK.general, text: 'mine' });
    const ref = await ground.app.messenger.post(leads, pendingCard());
    await ground.slack.click({ user: SLACK.lee, channel: SLACK.leads, ts: ref.id, text: 'Approve' });
    await ground.slack.waitFor(() => ground.heard[1]);
    expect(ground.heard.map((incoming) => incoming.kind)).toEqual(['command', 'press']);
    await ground.slack.redeliver('command', { how: 'replay' });
    expect(ground.heard).toHaveLength(2);
  });
});

describe('createMessenger', () => {
  beforeEach(async () => {
    ground = await startGround();
  });

  it('posts a card and updates it in place', async () => {
    const ref = await ground.app.messenger.post(leads, pendingCard());
    await ground.app.messenger.update(ref, pendingCard({ title: 'Approved', buttons: [] }));
    const [message] = ground.slack.messages(SLACK.leads);
    expect(message!.history).toHaveLength(2);
    expect(JSON.stringify(message!.blocks)).toContain('Approved');
  });

  it('reaches a person in private', async () => {
    await ground.app.messenger.post(
      { platform: 'slack', teamId: SLACK.team, userId: SLACK.dana },
      pendingCard(),
    );
    expect(ground.slack.dms(SLACK.dana)).toHaveLength(1);
  });

  it.each([
    [
      'waits as long as Slack says',
      { status: 429, headers: { 'retry-after': '7' }, body: { ok: false, error: 'ratelimited' } },
      7_000,
    ],
    ['comes back later after a 500', { status: 500, body: 'oops' }, 5_000],
    [
      'comes back later after a proxy’s page',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
      5_000,
    ],
  ])('%s', async (_, answer, retryAfterMs) => {
    ground.slack.faults.add({ path: /chat\.postMessage/, effect: { kind: 'answer', ...answer } });
    const error = await ground.app.messenger.post(leads, pendingCard()).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Unavailable);
    expect(error).toMatchObject({ retryAfterMs });
    expect(String(error)).not.toContain('<html>');
  });

  it('never posts twice by itself when the answer is lost', async () => {
    ground.slack.faults.add({ path: /chat\.postMessage/, effect: { kind: 'loseAnswer' } });
    await expect(ground.app.messenger.post(leads, pendingCard())).rejects.toBeInstanceOf(Unavailable);
    expect(ground.slack.messages(SLACK.leads)).toHaveLength(1);
  });

  it('says when a channel is gone', async () => {
    const nowhere = { platform: 'slack', teamId: SLACK.team, channelId: 'C0NOWHERE' } as const;
    await expect(ground.app.messenger.post(nowhere, pendingCard())).rejects.toBeInstanceOf(NotFound);
  });
});
