import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Misconfigured } from '../access/errors.ts';

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, with the closing zero. */
const LONGEST_SOCKET_PATH_BYTES = 100;
const LEFTOVER_DEADLINE_MS = 10_000;

/** The files and secrets of one private server. */
export interface PrivateGround {
  dir: string;
  configPath: string;
  socketPath: string;
  /** A directory made for the socket alone, when `dir` is too long a path for one. */
  socketDir: string | undefined;
  password: string;
}

/**
 * Makes the directory (mode 0700), a new password and the configuration (mode 0600) of a private server, after it ended
 * a server that an earlier process left behind there.
 *
 * @throws {Misconfigured} when another running process owns the directory, or the old server does not end. Nothing is changed then.
 */
export async function layGround(givenDir: string): Promise<PrivateGround> {
  const dir = resolve(givenDir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  await endLeftover(dir);
  const usual = join(dir, 'redis.sock');
  const socketDir =
    Buffer.byteLength(usual) <= LONGEST_SOCKET_PATH_BYTES
      ? undefined
      : await mkdtemp(join(tmpdir(), 'latchkey-redis-'));
  const socketPath = socketDir === undefined ? usual : join(socketDir, 'redis.sock');
  const password = randomBytes(32).toString('hex');
  const configPath = join(dir, 'redis.conf');
  // The mode counts only when the file is made, and an old one may have been opened up since.
  await rm(configPath, { force: true });
  await writeFile(configPath, configOf({ dir, socketPath, password }), { mode: 0o600 });
  await writeFile(
    join(dir, 'owner.json'),
    JSON.stringify({ ownerPid: process.pid, socketPath, password }) + '\n',
    { mode: 0o600 },
  );
  return { dir, configPath, socketPath, socketDir, password };
}

function configOf(ground: { dir: string; socketPath: string; password: string }): string {
  return [
    'port 0',
    `unixsocket ${quoted(ground.socketPath)}`,
    'unixsocketperm 700',
    `requirepass ${ground.password}`,
    `dir ${quoted(ground.dir)}`,
    'daemonize no',
    'loglevel warning',
    'logfile ""',
    'appendonly yes',
    'appendfsync always',
    'save ""',
    'maxmemory-policy noeviction',
    // A lane's name is longer than the 64 bytes that stay compact by default; every waiting job has one.
    'hash-max-listpack-value 512',
    '',
  ].join('\n');
}

function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/** Ends a server whose owner was killed; its data stays. */
async function endLeftover(dir: string): Promise<void> {
  const ownerPath = join(dir, 'owner.json');
  const owner = ownerIn(await readFile(ownerPath, 'utf8').catch(() => ''));
  if (owner === undefined || (await ask(owner, 'PING')) === undefined) return;
  if (owner.ownerPid !== process.pid && isAlive(owner.ownerPid)) {
    throw new Misconfigured(
      `Another Latchkey (process ${owner.ownerPid}) uses the private Redis in ${dir}. Nothing was started.`,
      'Stop that one, or give this one a directory of its own or a REDIS_URL.',
    );
  }
  const deadline = Date.now() + LEFTOVER_DEADLINE_MS;
  await ask(owner, 'SHUTDOWN');
  while ((await ask(owner, 'PING')) !== undefined) {
    if (Date.now() > deadline) {
      throw new Error(
        `An old Redis in ${dir} does not end. Nothing was started. End it by hand and try again.`,
      );
    }
    await pause(20);
  }
}

interface Owner {
  ownerPid: number;
  socketPath: string;
  password: string;
}

function ownerIn(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { ownerPid, socketPath, password } = value as Record<string, unknown>;
    if (typeof ownerPid !== 'number' || typeof socketPath !== 'string' || typeof password !== 'string') {
      return undefined;
    }
    return { ownerPid, socketPath, password };
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** One command over a connection of its own; the last line of the answer, or undefined when nobody answers. */
export function ask(
  server: { socketPath: string; password: string },
  command: string,
): Promise<string | undefined> {
  return new Promise((done) => {
    const socket = connect(server.socketPath);
    let received = '';
    const finish = (answer: string | undefined): void => {
      socket.destroy();
      done(answer);
    };
    socket.setTimeout(2_000, () => finish(undefined));
    socket.on('error', () => finish(undefined));
    socket.on('close', () => finish(undefined));
    socket.on('connect', () => socket.write(`AUTH ${server.password}\r\n${command}\r\n`));
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('utf8');
      const lines = received.split('\r\n').slice(0, -1);
      if (lines.length >= 2) finish(lines[1]);
    });
  });
}

/** Waits for some milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
