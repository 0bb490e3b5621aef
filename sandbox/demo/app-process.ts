import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** The app could not be started. */
export class AppFailure extends Error {
  /** What it wrote last. */
  readonly logTail: readonly string[];

  constructor(message: string, logTail: readonly string[]) {
    super(message);
    this.logTail = logTail;
  }
}

/** The real app in a process of its own. */
export interface AppProcess {
  /** Resolves with the reason when the process ends. */
  exited: Promise<string>;
  /** The last lines it wrote, oldest first. */
  logTail(): string[];
  /** Asks it to stop, and makes it stop after ten seconds. */
  stop(): Promise<void>;
}

/** What of the caller's environment the app may see: nothing that could point it at a real cloud. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'LANG', 'TZ', 'SYSTEMROOT', 'LATCHKEY_REDIS_SERVER'];
/** Node before 22.18 runs TypeScript only when told to; compiled programs do not mind. */
const STRIP_TYPES = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'];
const TAIL_LINES = 60;
const STOP_MS = 10_000;

/** Starts `node <program> serve`. */
export function startAppProcess(options: { program: string; env: Record<string, string> }): AppProcess {
  const passedOn = PASSED_ON.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const child = spawn(process.execPath, [...STRIP_TYPES, options.program, 'serve'], {
    env: { ...Object.fromEntries(passedOn), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // In a group of its own: Ctrl+C reaches it through us, once.
    detached: true,
  });
  const tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) collect(stream, tail);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code ?? 'unknown'}`));
  });
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  void exited.then(() => process.off('exit', killNow));
  return {
    exited,
    logTail: () => [...tail],
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const timer = setTimeout(killNow, STOP_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

function collect(stream: Readable, tail: string[]): void {
  createInterface({ input: stream }).on('line', (line) => {
    tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
  });
}
