import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAppProcess } from '../../sandbox/demo/app-process.ts';
import { openHouse } from '../../sandbox/demo/house.ts';
import type { Entry } from '../../sandbox/demo/story.ts';
import { failureLines, timelineLines } from '../../sandbox/demo/timeline.ts';

const checkout = join(import.meta.dirname, '../..');

const STRIP = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'];

function demo(...args: string[]): { code: number | null; out: string; err: string } {
  const run = spawnSync(process.execPath, [...STRIP, join(checkout, 'sandbox/demo.ts'), ...args], {
    encoding: 'utf8',
  });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

describe('demo.ts', () => {
  it('explains itself', () => {
    const { code, out } = demo('--help');
    expect(code).toBe(0);
    expect(out).toContain('--once');
    expect(out).toContain('--port <port>');
  });

  it.each([[['--fly']], [['--port', 'x']], [['--port', '70000']], [['extra']]])(
    'refuses %p before starting anything',
    (args) => {
      const { code, out, err } = demo(...args);
      expect(code).toBe(2);
      expect(out).toBe('');
      expect(err).toContain('Usage: npm run demo');
    },
  );
});

describe('the demo that stays', () => {
  it('serves its page until Ctrl+C, even when that arrives twice', async () => {
    const child = spawn(process.execPath, [...STRIP, join(checkout, 'sandbox/demo.ts'), '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    for await (const chunk of child.stdout) {
      out += String(chunk);
      if (out.includes('Ctrl+C')) break;
    }
    const url = /Open (http:\/\/127\.0\.0\.1:\d+\/)/.exec(out)?.[1] ?? '';
    expect(out).toContain('/access contoso reader 30m incident 42');
    expect((await fetch(url)).status).toBe(200);
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    await expect(fetch(url)).rejects.toThrow();
  }, 60_000);
});

describe('openHouse', () => {
  it('runs the real app until it is closed, and leaves nothing behind', async () => {
    const mine = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('latchkey-demo-'));
    const before = await mine();
    const told: string[] = [];
    const house = await openHouse({
      stop: new AbortController().signal,
      say: (text) => void told.push(text),
    });
    const health = await fetch(`${house.appUrl}/health`);
    expect(health.status).toBe(200);
    expect(told).toHaveLength(3);
    await house.close();
    await expect(house.app.exited).resolves.toBe('exit code 0');
    await expect(fetch(`${house.appUrl}/health`)).rejects.toThrow();
    expect((await mine()).filter((name) => !before.includes(name))).toEqual([]);
  }, 60_000);

  it('gives up at once when it is told to', async () => {
    const stop = new AbortController();
    stop.abort(new Error('stopped by hand'));
    await expect(openHouse({ stop: stop.signal, say: () => undefined })).rejects.toThrow('stopped by hand');
  }, 30_000);
});

describe('startAppProcess', () => {
  let dir: string;
  beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'latchkey-app-'))));
  afterEach(() => rm(dir, { recursive: true, force: true }));

  async function run(script: string, env: Record<string, string> = {}) {
    const program = join(dir, 'app.mjs');
    await writeFile(program, script);
    return startAppProcess({ program, env });
  }

  it('keeps the last lines and the reason of a program that ends', async () => {
    const app = await run('for (let i = 0; i < 100; i++) console.error(`line ${i}`); process.exitCode = 3;');
    await expect(app.exited).resolves.toBe('exit code 3');
    expect(app.logTail()).toHaveLength(60);
    expect(app.logTail().at(-1)).toBe('line 99');
    await app.stop();
  });

  it('hands on nothing of the caller’s own cloud', async () => {
    process.env['AZURE_CLIENT_SECRET'] = 'a real one';
    process.env['HTTPS_PROXY'] = 'http://proxy.example';
    try {
      const app = await run('console.log(JSON.stringify(process.env));', { PORT: '1' });
      await app.exited;
      const seen = JSON.parse(app.logTail()[0] ?? '') as Record<string, string>;
      expect(seen['PORT']).toBe('1');
      expect(seen['PATH']).toBe(process.env['PATH']);
      expect(Object.keys(seen)).not.toEqual(expect.arrayContaining(['AZURE_CLIENT_SECRET']));
      expect(seen['HTTPS_PROXY']).toBeUndefined();
    } finally {
      delete process.env['AZURE_CLIENT_SECRET'];
      delete process.env['HTTPS_PROXY'];
    }
  });
});

describe('timelineLines', () => {
  const entry = (step: string, at: number): Entry => ({ step, at, what: `${step} it` });

  it('puts what happened in order, with its distance from the asking', () => {
    const lines = timelineLines([entry('asked', 1000), entry('posted', 1300), entry('answered', 1200)]);
    const steps = lines.map((line) => line.trim().split(/\s+/)).filter(([step]) => step && step !== 'clock');
    expect(steps.map(([step, clock, ms]) => [step, clock, ms])).toEqual([
      ['asked', '00:00:01.000', '0'],
      ['answered', '00:00:01.200', '200'],
      ['posted', '00:00:01.300', '300'],
    ]);
  });

  it('says that nothing is left only when the whole story was told', () => {
    const whole = ['asked', 'approved', 'effective', 'due', 'ended', 'verified gone'];
    const told = whole.map((step, index) => entry(step, 1000 * (index + 1)));
    expect(timelineLines(told).join('\n')).toContain('It ended 1000 ms after its time');
    expect(timelineLines(told.slice(0, -1)).join('\n')).not.toContain('Nothing is left');
    expect(timelineLines([])).toEqual([]);
  });
});

describe('failureLines', () => {
  it('shows what went wrong and the app’s last lines', () => {
    expect(failureLines('Too late.', ['one', 'two'])).toEqual([
      '',
      'FAILED: Too late.',
      '',
      'The last lines of Latchkey’s log:',
      '  one',
      '  two',
    ]);
  });
});
