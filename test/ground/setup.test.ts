import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const checkout = join(import.meta.dirname, '../..');
let dir: string;

beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'latchkey-setup-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

interface Run {
  code: number | null;
  said: string;
}

/** Evaluates `code` with a part of the set-up; what it prints is JSON. */
function evaluate(part: string, code: string, env: NodeJS.ProcessEnv = {}): Run {
  const script = `import * as part from ${JSON.stringify(join(checkout, 'setup', part))};\n${code}`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, LATCHKEY_REDIS_SERVER: '', ...env },
  });
  return { code: run.status, said: run.stdout + run.stderr };
}

async function put(path: string, text: string): Promise<string> {
  const full = join(dir, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, text);
  return full;
}

async function program(path: string, ...lines: string[]): Promise<string> {
  const full = await put(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  await chmod(full, 0o755);
  return full;
}

/** Makes a program of this machine available in a PATH that has nothing else. */
async function tool(name: string): Promise<void> {
  const places = (process.env['PATH'] ?? '').split(':').map((place) => join(place, name));
  await symlink(places.find((place) => existsSync(place)) ?? name, join(dir, 'bin', name));
}

describe('run.mjs', () => {
  const run = (...args: string[]): Run => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(checkout, 'setup/run.mjs'), ...args],
      {
        encoding: 'utf8',
      },
    );
    return { code: status, said: stdout + stderr };
  };

  it('lists its commands when asked', () => {
    const help = run('--help');
    expect(help.code).toBe(0);
    for (const name of ['demo', 'test', 'start', 'build', 'types', 'lint', 'format', 'manifests', 'check']) {
      expect(help.said).toMatch(new RegExp(`^  ${name} +\\w`, 'm'));
    }
  });

  it('refuses a command it does not know', () => {
    expect(run('tset')).toMatchObject({ code: 2 });
    expect(run('tset').said).toContain('There is no command "tset".');
  });

  it('has an npm script for every command', async () => {
    const { scripts } = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...run('--help').said.matchAll(/^ {2}(\w+) +\w/gm)].map((match) => match[1]);
    expect(new Set(Object.keys(scripts))).toEqual(new Set(named));
    for (const [name, script] of Object.entries(scripts)) expect(script).toBe(`node setup/run.mjs ${name}`);
  });
});

describe('isRecentEnough', () => {
  it.each([
    ['20.20.2', false],
    ['22.11.0', false],
    ['22.12.0', true],
    ['24.0.0', true],
  ])('takes Node %s: %s', (version, expected) => {
    expect(evaluate('node.mjs', `console.log(part.isRecentEnough('${version}'))`).said.trim()).toBe(
      `${expected}`,
    );
  });
});

describe('isInstalled', () => {
  const wanted = {
    '': {},
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/other-system': { version: '1.0.0', optional: true },
  };
  const isInstalled = (): string =>
    evaluate('packages.mjs', `console.log(part.isInstalled(${JSON.stringify(dir)}))`).said.trim();
  const present = (packages: object): Promise<string> =>
    put('node_modules/.package-lock.json', JSON.stringify({ packages }));

  beforeEach(() => put('package-lock.json', JSON.stringify({ packages: wanted })));

  it('is false before anything was installed', () => expect(isInstalled()).toBe('false'));

  it('is true when all is there but what other systems need', async () => {
    await present({ 'node_modules/a': wanted['node_modules/a'] });
    expect(isInstalled()).toBe('true');
  });

  it.each([
    ['a package is missing', {}],
    ['a version differs', { 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a' } }],
    ['the bytes differ', { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-b' } }],
    [
      'one is too many',
      { 'node_modules/a': wanted['node_modules/a'], 'node_modules/b': { version: '1.0.0' } },
    ],
  ])('is false when %s', async (_what, packages) => {
    await present(packages);
    expect(isInstalled()).toBe('false');
  });
});

describe('findRedis', () => {
  const find = (env: NodeJS.ProcessEnv): Run =>
    evaluate(
      'redis.mjs',
      `try { console.log(part.findRedis(${JSON.stringify(dir)})) } catch (error) { console.log(error.message) }`,
      env,
    );
  const valkey = 'echo "Valkey server v=8.0.1 sha=00000000:0"';
  const redis = (version: string): string => `echo "Redis server v=${version} sha=00000000:0"`;

  it('takes Valkey before Redis, wherever they are on PATH', async () => {
    await program('one/redis-server', redis('7.2.5'));
    const first = await program('two/valkey-server', valkey);
    expect(find({ PATH: `${join(dir, 'one')}:${join(dir, 'two')}` }).said.trim()).toBe(first);
  });

  it('passes over one that is too old', async () => {
    await program('one/redis-server', redis('6.0.16'));
    const second = await program('two/redis-server', redis('7.0.15'));
    expect(find({ PATH: `${join(dir, 'one')}:${join(dir, 'two')}` }).said.trim()).toBe(second);
  });

  it('takes the one in the checkout when PATH has none', async () => {
    const unpacked = await program('.tools/redis/redis-server', redis('7.0.15'));
    expect(find({ PATH: join(dir, 'empty') }).said.trim()).toBe(unpacked);
  });

  it('takes the named one only, and says so when it is none', async () => {
    await program('one/redis-server', redis('7.0.15'));
    const named = await program('mine/keydb-server', redis('6.3.4'));
    expect(find({ PATH: join(dir, 'one'), LATCHKEY_REDIS_SERVER: named }).said).toContain(
      `LATCHKEY_REDIS_SERVER names ${named}, which is no Valkey or Redis of version 7.0 or newer.`,
    );
  });

  it('ends with the one command to run when nothing can be fetched', async () => {
    await program('one/dnf', 'exit 1');
    expect(find({ PATH: join(dir, 'one') }).said).toContain('Run:\n\n  sudo dnf install -y valkey\n');
  });

  it("unpacks the distribution's package, and lets the program find its libraries", async () => {
    await program('bin/apt-get', `case "$*" in *download*) touch "$PWD/tools.deb";; esac`);
    await program(
      'bin/apt-cache',
      'echo "redis-tools"',
      'echo "  Depends: libc6"',
      'echo "  Depends: liblzf1"',
    );
    await program(
      'bin/dpkg-deb',
      'mkdir -p "$3/usr/bin" "$3/usr/lib/some-triplet"',
      `printf '#!/bin/sh\\necho "Valkey server v=8.1.1 $LD_LIBRARY_PATH"\\n' > "$3/usr/bin/valkey-check-rdb"`,
      'chmod +x "$3/usr/bin/valkey-check-rdb"',
    );
    for (const name of ['touch', 'mkdir', 'chmod', 'dirname']) await tool(name);
    const found = find({ PATH: join(dir, 'bin') });
    const made = join(dir, '.tools/redis/redis-server');
    expect(found.said).toContain(made);
    expect(spawnSync(made, ['--version'], { encoding: 'utf8' }).stdout).toContain(
      `v=8.1.1 ${join(dir, '.tools/redis/root/usr/lib/some-triplet')}`,
    );
  });
});

describe('foreground', () => {
  const child = (code: string): string =>
    `process.exitCode = await part.foreground(process.execPath, ['-e', ${JSON.stringify(code)}], process.env);`;

  it('passes the exit code on', () => {
    expect(evaluate('steps.mjs', child('process.exitCode = 7')).code).toBe(7);
  });

  it('answers 128 and the number of the signal that ended the program', () => {
    expect(evaluate('steps.mjs', child(`process.kill(process.pid, 'SIGKILL')`)).code).toBe(137);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('passes %s on and waits for an orderly end', async (signal) => {
    const orderly = `process.on('${signal}', () => setTimeout(() => { console.log('ended in order'); process.exit(3) }, 100));
      setInterval(() => {}, 1000); console.log('ready');`;
    const script = `import * as part from ${JSON.stringify(join(checkout, 'setup/steps.mjs'))};\n${child(orderly)}`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    const code = await new Promise((done) => {
      parent.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said === 'ready\n') parent.kill(signal);
      });
      parent.once('close', done);
    });
    expect({ code, said }).toEqual({ code: 3, said: 'ready\nended in order\n' });
  });
});

describe('build', () => {
  const build = (): Run =>
    evaluate('build.mjs', `part.build(${JSON.stringify(dir)}, process.execPath); console.log('over')`);

  beforeEach(async () => {
    for (const name of ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json']) {
      await cp(join(checkout, name), join(dir, name));
    }
    await put('package.json', '{ "type": "module" }');
    await symlink(join(checkout, 'node_modules'), join(dir, 'node_modules'));
    await put('src/cli.ts', `import { word } from './word.ts';\nconsole.log(word);\n`);
    await put('src/word.ts', `export const word: string = 'works';\n`);
    await put('sandbox/page/page.html', '<p>page</p>');
  });

  it('compiles both rooms, copies what is not TypeScript, and is quiet when nothing changed', async () => {
    expect(build()).toMatchObject({ code: 0 });
    const ran = spawnSync(process.execPath, [join(dir, 'dist/src/cli.js')], { encoding: 'utf8' });
    expect(ran.stdout).toBe('works\n');
    expect(await readFile(join(dir, 'dist/sandbox/page/page.html'), 'utf8')).toBe('<p>page</p>');
    expect(build()).toEqual({ code: 0, said: 'over\n' });
  });

  it('drops from dist/ what is gone from the source', async () => {
    await put('src/old.ts', 'export {};\n');
    expect(build().code).toBe(0);
    expect(existsSync(join(dir, 'dist/src/old.js'))).toBe(true);
    await rm(join(dir, 'src/old.ts'));
    expect(build().code).toBe(0);
    expect(existsSync(join(dir, 'dist/src/old.js'))).toBe(false);
  });

  it('names what does not compile, and counts as not built', async () => {
    await put('src/word.ts', `export const word: number = 'works';\n`);
    expect(build().said).toContain('src/word.ts(1,14): error TS2322');
    expect(build().code).toBe(1);
  });
});
