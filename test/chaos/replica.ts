import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'];
const STRIP_TYPES = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'];
const RESTART_AFTER_MS = 20;
const TAIL_LINES = 40;
const READY_MS = 30_000;

/** The real app in a process of its own, started again whenever it dies. */
export interface Replica {
  url: string;
  /** How often it died, by its own hand or ours. */
  deaths(): number;
  kill(): void;
  /** Resolves when it answers. @throws when it does not within 30 s */
  ready(): Promise<void>;
  isReady(): Promise<boolean>;
  /** What it wrote last. */
  tail(): string[];
  /** Kills it for good. */
  stop(): Promise<void>;
}

/** Starts `serve`. `firstEnv` holds for the first life only. */
export async function startReplica(options: {
  env: Record<string, string>;
  firstEnv?: Record<string, string>;
}): Promise<Replica> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = join(import.meta.dirname, `../../src/cli${extname(import.meta.filename)}`);
  const passedOn = Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const tail: string[] = [];
  let child: ChildProcess;
  let deaths = 0;
  let isOver = false;
  const live = (more: Record<string, string> = {}): void => {
    child = spawn(process.execPath, [...STRIP_TYPES, program, 'serve'], {
      env: { ...passedOn, ...options.env, ...more, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        tail.push(line);
        if (tail.length > TAIL_LINES) tail.shift();
      });
    }
    child.once('exit', () => {
      deaths++;
      if (!isOver) setTimeout(() => isOver || live(), RESTART_AFTER_MS);
    });
  };
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  live(options.firstEnv);
  const isReady = async (): Promise<boolean> => {
    try {
      const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(1_000) });
      await response.text();
      return response.ok;
    } catch {
      return false;
    }
  };
  return {
    url,
    deaths: () => deaths,
    kill: () => void child.kill('SIGKILL'),
    isReady,
    ready: async () => {
      const deadline = Date.now() + READY_MS;
      while (!(await isReady())) {
        if (Date.now() > deadline) throw new Error(`the app is not ready:\n${tail.join('\n')}`);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
    tail: () => [...tail],
    stop: async () => {
      isOver = true;
      process.off('exit', endWithUs);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
