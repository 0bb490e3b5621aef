import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let dir: string;
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'latchkey-chromium-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

async function program(name: string, ...lines: string[]): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  await chmod(path, 0o755);
  return path;
}

/** What `findChromium` answers on a machine that has these programs only. */
function find(isRoot: boolean, env: Record<string, string> = {}): { found: string | null; said: string } {
  const part = join(import.meta.dirname, '../../setup/chromium.mjs');
  const script = `import { findChromium } from ${JSON.stringify(part)};
    console.log(JSON.stringify(findChromium({ isRoot: ${isRoot} }) ?? null));`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { PATH: dir, ...env },
  });
  return { found: JSON.parse(run.stdout) as string | null, said: run.stderr };
}

describe('findChromium', () => {
  it('takes the one named', () => {
    expect(find(false, { LATCHKEY_CHROMIUM: '/opt/mine' })).toEqual({ found: '/opt/mine', said: '' });
  });

  it('takes one from PATH', async () => {
    const path = await program('google-chrome');
    expect(find(false)).toEqual({ found: path, said: '' });
  });

  it('names the one command when it may not install', async () => {
    await program('apt-get', 'exit 1');
    const { found, said } = find(false);
    expect(found).toBeNull();
    expect(said).toContain('sudo apt-get update && sudo apt-get install -y chromium');
  });

  it('installs as root, with one line of progress', async () => {
    await program('env', 'shift', 'exec "$@"');
    const body = [`printf '#!/bin/sh\\n' > ${dir}/chromium`, `/bin/chmod +x ${dir}/chromium`, 'echo "$@"'];
    await program('apt-get', ...body);
    const { found, said } = find(true);
    expect(found).toBe(join(dir, 'chromium'));
    expect(said.trim().split('\n')).toHaveLength(1);
    expect(said).toMatch(/installing the distribution's own .* s$/m);
  });

  it('says so when root cannot install either', async () => {
    await program('env', 'shift', 'exec "$@"');
    await program('apt-get', 'exit 100');
    const { found, said } = find(true);
    expect(found).toBeNull();
    expect(said).toContain('no Chromium for the tests in a browser. Run:');
  });
});

describe('wantsChromium', () => {
  it.each([
    ['', true],
    ['test/demo', true],
    ['test/sandbox/page', true],
    ['test/sandbox', true],
    ['--silent', true],
    ['test/access', false],
    ['test/sandbox/azure', false],
    ['test/access test/demo/page.test.ts', true],
  ])('of "npm test -- %s" is %p', (args, wanted) => {
    const part = join(import.meta.dirname, '../../setup/chromium.mjs');
    const script = `import { wantsChromium } from ${JSON.stringify(part)};
      console.log(wantsChromium(${JSON.stringify(args.split(' ').filter(Boolean))}));`;
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(run.stdout.trim()).toBe(String(wanted));
  });
});
