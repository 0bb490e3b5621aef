import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Redis } from 'ioredis';
import type { Clock, Log, Store } from '../src/access/ports.ts';
import { createKeys } from '../src/redis/keys.ts';
import type { Keys } from '../src/redis/keys.ts';
import { startPrivateRedis } from '../src/redis/private-server.ts';
import { createStore } from '../src/redis/store.ts';

/** Where the server of this run is. */
export interface Address {
  path: string;
  password: string;
}

/** A Redis of our own, synced at every write, for one measurement. */
export interface Ground {
  address: Address;
  client: Redis;
  keys: Keys;
  store: Store;
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** The host's clock; a measurement has one host. */
export const CLOCK: Clock = { now: Date.now, inDoubt: () => false };

/** A log that keeps nothing. */
export const QUIET: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Starts a server in a temporary directory. @throws {Error} when there is none to start */
export async function openGround(): Promise<Ground> {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const server = await startPrivateRedis({ command: redisCommand(), dir, log: QUIET });
  const address = { path: server.socketPath, password: server.password };
  const client = new Redis(address);
  const keys = createKeys();
  return {
    address,
    client,
    keys,
    store: createStore({ redis: client, keys, clock: CLOCK }),
    flush: async () => void (await client.flushall()),
    stop: async () => {
      client.disconnect();
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Runs the work on a ground of its own and clears up after it. */
export async function onGround<T>(work: (ground: Ground) => Promise<T>): Promise<T> {
  const ground = await openGround();
  try {
    return await work(ground);
  } finally {
    await ground.stop();
  }
}

/** Does the work for 0 to `count` - 1, at most 500 at once. */
export async function inBulk(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lanes = Array.from({ length: Math.min(500, count) }, async () => {
    while (next < count) await work(next++);
  });
  await Promise.all(lanes);
}

/** A process of its own that is told what to do, and tells what it sees. */
export interface Child<Said> {
  process: ChildProcess;
  /** Resolves at the first thing it says that passes. */
  until(passes: (said: Said) => boolean, withinMs: number): Promise<Said>;
  on(listener: (said: Said) => void): void;
  stop(signal?: 'SIGKILL'): Promise<void>;
}

/** Starts a module of this folder in a process of its own; `order` is its one argument. */
export function startChild<Said>(module: URL, order: unknown): Child<Said> {
  const child = fork(module, [JSON.stringify(order)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return {
    process: child,
    until: (passes, withinMs) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`nothing came within ${withinMs} ms`)), withinMs);
        const hear = (said: unknown): void => {
          if (!passes(said as Said)) return;
          clearTimeout(timer);
          child.off('message', hear);
          resolve(said as Said);
        };
        child.on('message', hear);
        child.once('exit', () => {
          clearTimeout(timer);
          reject(new Error('the process ended too early'));
        });
      }),
    on: (listener) => void child.on('message', (said) => listener(said as Said)),
    stop: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal ?? 'SIGTERM');
      await gone;
    },
  };
}

function redisCommand(): string {
  const given = process.env['LATCHKEY_REDIS_SERVER'];
  if (given !== undefined && given !== '') return given;
  const dirs = (process.env['PATH'] ?? '').split(delimiter);
  for (const name of ['valkey-server', 'redis-server']) {
    const found = dirs.map((dir) => join(dir, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
  }
  throw new Error('No valkey-server or redis-server found. `npm run bench` brings one.');
}
