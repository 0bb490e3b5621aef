import { connect } from 'node:net';
import type { HouseServer } from '../src/server.ts';
import { startServer } from '../src/server.ts';

let server: HouseServer | undefined;
afterEach(async () => {
  await server?.stop(0);
});

/** What came back on a connection on which only this much is ever sent, and after how long it was closed, ms. */
function sendOnly(port: number, text: string): Promise<{ answer: string; afterMs: number }> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ answer, afterMs: performance.now() - startedAt }));
  });
}

describe('startServer', () => {
  it('cuts off who never finishes the headers, within seconds', async () => {
    server = await startServer(
      { port: 0, host: '127.0.0.1' },
      { health: async () => ({ ready: true, detail: {} }) },
    );
    const { answer, afterMs } = await sendOnly(server.port, 'POST /slack/events HTTP/1.1\r\nHost: a\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(afterMs).toBeLessThan(9_000);
  }, 40_000);

  it('looks the health up once for all who ask at the same time', async () => {
    let looks = 0;
    let finish = (): void => undefined;
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const health = async () => {
      looks += 1;
      await gate;
      return { ready: false, detail: { takeLateMs: 7 } };
    };
    server = await startServer({ port: 0, host: '127.0.0.1' }, { health });
    const url = `http://127.0.0.1:${server.port}/health`;
    const asked = [fetch(url), fetch(url), fetch(url)];
    const deadline = Date.now() + 5_000;
    while (looks === 0 && Date.now() < deadline) await fetch(`${url}-not`);
    finish();
    for (const each of await Promise.all(asked)) {
      expect(each.status).toBe(503);
      expect(await each.json()).toEqual({ ready: false, takeLateMs: 7 });
    }
    expect(looks).toBeLessThan(3);
  });
});
