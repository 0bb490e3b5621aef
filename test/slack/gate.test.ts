import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signBody } from '../../sandbox/slack/signature.ts';
import { createGate } from '../../src/slack/gate.ts';

const SECRET = 'a-signing-secret-of-the-tests';
const NOW = Date.UTC(2026, 10, 20, 14);

interface Gated {
  url: string;
  passed: string[];
  lines: Array<{ event: string; facts: Readonly<Record<string, unknown>> | undefined }>;
  clock: { now: number };
}

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** The gate alone; `next` fails where it is told to. */
async function startGate(next: 'works' | 'throws' = 'works'): Promise<Gated> {
  const passed: string[] = [];
  const lines: Gated['lines'] = [];
  const clock = { now: NOW };
  const warn = (event: string, facts?: Readonly<Record<string, unknown>>): void =>
    void lines.push({ event, facts });
  const gate = createGate(
    {
      signingSecret: SECRET,
      now: () => clock.now,
      firstTime: async () => true,
      log: { info: () => undefined, warn, error: () => undefined },
    },
    (request, response) => {
      if (next === 'throws') throw new Error('behind the gate');
      passed.push(String((request as unknown as { rawBody: Buffer }).rawBody));
      response.end('passed');
    },
  );
  server = createServer(gate);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, passed, lines, clock };
}

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

function post(url: string, { body, type, secret }: { body: string; type: string; secret?: string }) {
  const timestamp = String(NOW / 1000);
  const headers = {
    'content-type': type,
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': signBody(secret ?? SECRET, timestamp, body),
  };
  return fetch(url, { method: 'POST', headers, body });
}

describe('createGate', () => {
  it.each([
    [JSON_TYPE, '{"type":"event_callback"}'],
    [FORM, 'command=%2Faccess&text=mine'],
    [FORM, `payload=${encodeURIComponent('{"type":"block_actions"}')}`],
  ])('lets %s pass when it is signed: %s', async (type, body) => {
    const { url, passed } = await startGate();
    expect(await (await post(url, { body, type })).text()).toBe('passed');
    expect(passed).toEqual([body]);
  });

  it.each([
    [JSON_TYPE, 'null'],
    [JSON_TYPE, '[]'],
    [JSON_TYPE, '{'],
    [FORM, 'payload=null'],
    [FORM, 'payload=%7B%7D&payload=1'],
  ])('turns away %s without an object inside, however well signed: %s', async (type, body) => {
    const { url, passed } = await startGate();
    expect((await post(url, { body, type })).status).toBe(400);
    expect(passed).toEqual([]);
  });

  it('answers that a body is too long', async () => {
    const { url, passed } = await startGate();
    const body = `text=${'x'.repeat(64 * 1024)}`;
    expect((await post(url, { body, type: FORM })).status).toBe(413);
    expect(passed).toEqual([]);
  });

  it('answers when what is behind it throws', async () => {
    const { url, lines } = await startGate('throws');
    expect((await post(url, { body: '{}', type: JSON_TYPE })).status).toBe(500);
    expect(lines).toEqual([{ event: 'slack.gate.failed', facts: { error: 'behind the gate' } }]);
  });

  it('writes one line a second for any number of forged requests', async () => {
    const { url, lines, clock } = await startGate();
    const forge = async () =>
      expect((await post(url, { body: '{}', type: JSON_TYPE, secret: 'another' })).status).toBe(401);
    for (let count = 0; count < 5; count += 1) await forge();
    clock.now += 1_000;
    await forge();
    expect(lines.map(({ event }) => event)).toEqual(['slack.gate.unsigned', 'slack.gate.unsigned']);
    expect(lines.map(({ facts }) => facts?.['unsaid'])).toEqual([0, 4]);
  });
});
