import { spawn, type ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Misconfigured } from '../access/errors.ts';
import { ask, layGround, pause, type PrivateGround } from './private-ground.ts';

/** Where a private server tells what happens to it. A pino logger fits. */
export interface PrivateRedisLog {
  info(message: string): void;
  warn(message: string): void;
}

/** What {@link startPrivateRedis} needs. */
export interface PrivateRedisOptions {
  /** The server's program: `valkey-server` or `redis-server`, a name on PATH or a full path. Version 7.0 or newer. */
  command: string;
  /** The server's own directory: data, configuration with the password, owner note. Made when missing (mode 0700). */
  dir: string;
  log: PrivateRedisLog;
}

/** A Redis that belongs to this process alone: a unix socket, no port, a random password, every write synced. */
export interface PrivateRedis {
  /** Full path of the unix socket, at most 100 bytes. Stays the same when the server is restarted. */
  socketPath: string;
  /** 64 hexadecimal characters, new at each {@link startPrivateRedis}, the same when the server is restarted. */
  password: string;
  /** Process id of the server that runs now; undefined between a death and its restart, and after `stop`. */
  pid(): number | undefined;
  /** Ends the server gracefully and returns when its process is gone. May be called again. */
  stop(): Promise<void>;
}

const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 10_000;
const FIRST_RESTART_AFTER_MS = 50;
const LAST_RESTART_AFTER_MS = 5_000;
const SETTLED_AFTER_MS = 10_000;
const POLL_MS = 5;

/**
 * Starts a Redis of our own and keeps it running: `appendonly yes`, `appendfsync always`, `noeviction`, reachable
 * through a unix socket only. If it dies it is started again on the same data, after 50 ms at first and at most 5 s.
 * A server that an earlier process left behind on the same directory is ended first, without loss.
 *
 * @throws {Misconfigured} when the program is missing, refuses its configuration, does not answer in 60 s, or when another
 * running process owns `dir`. Nothing is left running then.
 */
export async function startPrivateRedis(options: PrivateRedisOptions): Promise<PrivateRedis> {
  const ground = await layGround(options.dir);
  const keeper = createKeeper(ground, options);
  try {
    await keeper.start();
  } catch (error) {
    await keeper.stop();
    throw error;
  }
  return {
    socketPath: ground.socketPath,
    password: ground.password,
    pid: keeper.pid,
    stop: keeper.stop,
  };
}

interface Keeper {
  start(): Promise<void>;
  pid(): number | undefined;
  stop(): Promise<void>;
}

/** Owns the child process: starts it, starts it again, ends it. */
function createKeeper(ground: PrivateGround, { command, log }: PrivateRedisOptions): Keeper {
  let child: ChildProcess | undefined;
  let stopped: Promise<void> | undefined;
  let restartTimer: NodeJS.Timeout | undefined;
  let restartAfterMs = FIRST_RESTART_AFTER_MS;
  const endWithUs = (): void => void child?.kill('SIGTERM');

  async function start(): Promise<void> {
    const running = run(command, ground.configPath);
    const startedAt = Date.now();
    child = running.child;
    let isOver = false;
    const ready = untilReady(ground, () => isOver || stopped !== undefined);
    await Promise.race([ready, running.failed]).finally(() => (isOver = true));
    running.child.once('exit', (code, signal) => onDeath(`${signal ?? `exit code ${code}`}`, startedAt));
    if (running.child.exitCode !== null || running.child.signalCode !== null)
      onDeath('early exit', startedAt);
  }

  function onDeath(how: string, startedAt: number): void {
    child = undefined;
    if (stopped !== undefined || restartTimer !== undefined) return;
    if (Date.now() - startedAt > SETTLED_AFTER_MS) restartAfterMs = FIRST_RESTART_AFTER_MS;
    log.warn(`The private Redis ended (${how}). Starting it again on the same data in ${restartAfterMs} ms.`);
    restartTimer = setTimeout(() => void restart(), restartAfterMs);
    restartAfterMs = Math.min(restartAfterMs * 2, LAST_RESTART_AFTER_MS);
  }

  async function restart(): Promise<void> {
    restartTimer = undefined;
    try {
      await start();
      if (stopped === undefined) log.info('The private Redis is back.');
    } catch (error) {
      if (child !== undefined) await endChild(child);
      onDeath(error instanceof Error ? error.message : String(error), Date.now());
    }
  }

  async function end(): Promise<void> {
    clearTimeout(restartTimer);
    process.off('exit', endWithUs);
    if (child !== undefined) await endChild(child);
    child = undefined;
    if (ground.socketDir !== undefined) await rm(ground.socketDir, { recursive: true, force: true });
    await rm(join(ground.dir, 'owner.json'), { force: true });
  }

  process.once('exit', endWithUs);
  return { start, pid: () => child?.pid, stop: () => (stopped ??= end()) };
}

/** Spawns the server. `failed` rejects, with its last words, when it ends; it never resolves. */
function run(command: string, configPath: string): { child: ChildProcess; failed: Promise<never> } {
  // A process group of its own: Ctrl-C in a terminal must reach us first, or our last writes would be lost.
  const child = spawn(command, [configPath], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let lastWords = '';
  const listen = (chunk: Buffer): void =>
    void (lastWords = (lastWords + chunk.toString('utf8')).slice(-2_000));
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (error) =>
      reject(
        new Misconfigured(
          `The private Redis could not be started with ${command}: ${error.message}.`,
          'Install Valkey or Redis, 7.0 or newer, or name yours in REDIS_URL.',
        ),
      ),
    );
    child.once('close', (code, signal) =>
      reject(
        new Misconfigured(
          `${command} ended before it was ready (${signal ?? `code ${code}`}): ${lastWords.trim()}`,
          'Mend what it complains about, or name another Redis in REDIS_URL.',
        ),
      ),
    );
  });
  // After the server was ready nobody waits for this any more.
  failed.catch(() => undefined);
  return { child, failed };
}

async function untilReady(ground: PrivateGround, isGivenUp: () => boolean): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while ((await ask(ground, 'PING')) !== '+PONG') {
    if (isGivenUp()) return;
    if (Date.now() > deadline) {
      throw new Misconfigured(
        `The private Redis in ${ground.dir} did not answer within ${START_DEADLINE_MS / 1000} s.`,
        'Look whether the disk is full or very slow, or name another Redis in REDIS_URL.',
      );
    }
    await pause(POLL_MS);
  }
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  const lastResort = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
  child.kill('SIGTERM');
  await gone;
  clearTimeout(lastResort);
}
