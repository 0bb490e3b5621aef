import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { Redis } from 'ioredis';
import { startPrivateRedis, type PrivateRedis } from '../../src/redis/private-server.ts';
import { redisCommand } from '../support/redis.ts';

let root: string;
const running: PrivateRedis[] = [];
const clients: Redis[] = [];
const lines: string[] = [];
const log = { info: (line: string) => void lines.push(line), warn: (line: string) => void lines.push(line) };

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latchkey-private-'));
  lines.length = 0;
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  for (const server of running.splice(0)) await server.stop();
  await rm(root, { recursive: true, force: true });
});

async function start(dir = root): Promise<PrivateRedis> {
  const server = await startPrivateRedis({ command: redisCommand(), dir, log });
  running.push(server);
  return server;
}

function connect(server: { socketPath: string; password?: string }): Redis {
  const client = new Redis({
    path: server.socketPath,
    ...(server.password === undefined ? {} : { password: server.password }),
    retryStrategy: () => 20,
    disconnectTimeout: 50,
  });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const seen = look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error(`waited 10 s for: ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

describe('startPrivateRedis', () => {
  it('runs a server that syncs every write, evicts nothing and has no port', async () => {
    const client = connect(await start());
    const setting = async (name: string): Promise<string | undefined> =>
      ((await client.config('GET', name)) as string[])[1];
    expect(await setting('appendonly')).toBe('yes');
    expect(await setting('appendfsync')).toBe('always');
    expect(await setting('maxmemory-policy')).toBe('noeviction');
    expect(await setting('port')).toBe('0');
  });

  it('keeps a waiting job compact, whose lane has a long name', async () => {
    const client = connect(await start());
    await client.hset('job', 'lane', 'l'.repeat(100));
    expect(await client.object('ENCODING', 'job')).toBe('listpack');
  });

  it('lets nobody in without the password', async () => {
    const server = await start();
    await expect(connect({ socketPath: server.socketPath }).get('a')).rejects.toThrow('NOAUTH');
  });

  it('keeps the password in files of our own only, never among the arguments', async () => {
    const server = await start();
    expect((await stat(join(root, 'redis.conf'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(root, 'owner.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(root)).mode & 0o777).toBe(0o700);
    if (process.platform === 'linux') {
      const argv = await readFile(`/proc/${server.pid()}/cmdline`, 'utf8');
      expect(argv).not.toContain(server.password);
    }
  });

  it('comes back by itself after a kill, at the same place, with every write it had acknowledged', async () => {
    const server = await start();
    const client = connect(server);
    for (let round = 1; round <= 3; round++) {
      await client.set(`kept:${round}`, String(round));
      const killed = server.pid() as number;
      process.kill(killed, 'SIGKILL');
      await until('another process', () => {
        const pid = server.pid();
        return pid !== undefined && pid !== killed && pid;
      });
      expect(await client.get(`kept:${round}`)).toBe(String(round));
    }
    expect(await client.dbsize()).toBe(3);
    await until('the news', () => lines.at(-1)?.includes('is back') === true);
  });

  it('leaves no process and no socket after stop, and keeps the data for the next start', async () => {
    const server = await start();
    const pid = server.pid() as number;
    await connect(server).set('kept', 'yes');
    await server.stop();
    await server.stop();
    expect(isAlive(pid)).toBe(false);
    expect(server.pid()).toBeUndefined();
    await expect(stat(server.socketPath)).rejects.toThrow('ENOENT');
    const again = await start();
    expect(again.password).not.toBe(server.password);
    expect(await connect(again).get('kept')).toBe('yes');
  });

  it('does not start it again when stop comes between a death and its restart', async () => {
    const server = await start();
    process.kill(server.pid() as number, 'SIGKILL');
    await until('the death', () => server.pid() === undefined);
    await server.stop();
    expect(server.pid()).toBeUndefined();
    expect(lines.some((line) => line.includes('is back'))).toBe(false);
  });

  it('finds a short place for the socket when the directory is a long path', async () => {
    const deep = join(root, 'a'.repeat(60), 'b "c" \\d'.repeat(8));
    await mkdir(deep, { recursive: true });
    const server = await start(deep);
    expect(Buffer.byteLength(server.socketPath)).toBeLessThanOrEqual(100);
    expect(await connect(server).set('a', '1')).toBe('OK');
    await server.stop();
    await expect(stat(join(server.socketPath, '..'))).rejects.toThrow('ENOENT');
  });

  it('takes over from a server whose owner was killed, with its data', async () => {
    const source = join(import.meta.dirname, '../../src/redis/private-server.ts');
    const owner = spawn(
      process.execPath,
      [
        '--experimental-strip-types',
        '--input-type=module',
        '-e',
        `import { startPrivateRedis } from ${JSON.stringify(source)};
         const log = { info() {}, warn() {} };
         const s = await startPrivateRedis({ command: ${JSON.stringify(redisCommand())}, dir: ${JSON.stringify(root)}, log });
         console.log(JSON.stringify({ socketPath: s.socketPath, password: s.password, pid: s.pid() }));
         setInterval(() => {}, 1000);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let said = '';
    owner.stdout.on('data', (chunk: Buffer) => void (said += chunk.toString()));
    await until('the other owner', () => said.includes('\n'));
    const theirs = JSON.parse(said) as { socketPath: string; password: string; pid: number };
    await connect(theirs).set('kept', 'yes');

    await expect(start()).rejects.toThrow(`Another Latchkey (process ${owner.pid}) uses the private Redis`);
    expect(isAlive(theirs.pid)).toBe(true);

    const gone = new Promise((done) => owner.once('exit', done));
    owner.kill('SIGKILL');
    await gone;
    const ours = await start();
    await until('the old server to end', () => !isAlive(theirs.pid));
    expect(await connect(ours).get('kept')).toBe('yes');
  });

  it('says which program is missing', async () => {
    const command = join(root, 'no-such-server');
    await expect(startPrivateRedis({ command, dir: root, log })).rejects.toThrow(
      `could not be started with ${command}`,
    );
  });

  it('repeats the last words of a server that refuses to start', async () => {
    const refusing = startPrivateRedis({ command: process.execPath, dir: root, log });
    await expect(refusing).rejects.toThrow(/ended before it was ready/);
  });
});
