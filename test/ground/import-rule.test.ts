import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const checkout = join(import.meta.dirname, '../..');

/** Who may import whom, and which packages: the import rule of the house, told a second time. */
const ROOMS: Record<string, { rooms: string[]; packages: string[] }> = {
  access: { rooms: [], packages: [] },
  customers: { rooms: ['access'], packages: [] },
  policy: { rooms: ['access'], packages: ['yaml', 'zod', 'node:fs/promises'] },
  chat: { rooms: ['access', 'customers'], packages: ['node:crypto'] },
  slack: {
    rooms: ['access', 'chat'],
    packages: ['@slack/bolt', '@slack/web-api', '@slack/types', 'node:http'],
  },
  teams: {
    rooms: ['access', 'chat'],
    packages: ['botbuilder', 'botframework-connector', '@microsoft/teams-ai', 'node:http'],
  },
  web: { rooms: ['access', 'chat'], packages: ['node:http'] },
  azure: {
    rooms: ['access', 'customers'],
    packages: [
      '@azure/identity',
      '@azure/arm-authorization',
      '@azure/core-rest-pipeline',
      '@microsoft/microsoft-graph-client',
      'undici',
      'node:fs/promises',
    ],
  },
  redis: { rooms: ['access', 'customers'], packages: ['ioredis', 'node:fs/promises', 'node:crypto'] },
  ledger: { rooms: ['access', 'customers'], packages: ['node:crypto', 'node:fs/promises'] },
};

const PACKAGES = [
  ...new Set(Object.values(ROOMS).flatMap((room) => room.packages)),
  'node:process',
  'pino',
  'jose',
  'commander',
];

interface Plant {
  path: string;
  code: string;
  /** The rule that must refuse the file, such as `eslint(no-restricted-imports)`; undefined: the file is fine. */
  refusedBy: string | undefined;
}

const IMPORTS = 'eslint(no-restricted-imports)';

function plantsOfRooms(): Plant[] {
  return Object.entries(ROOMS).flatMap(([room, may]) => {
    const others = Object.keys(ROOMS).filter((other) => other !== room);
    const targets = [
      { target: './own.ts', allowed: true },
      ...others.map((other) => ({ target: `../${other}/thing.ts`, allowed: may.rooms.includes(other) })),
      ...others.map((other) => ({ target: `../${other}/deep/thing.ts`, allowed: false })),
      ...['../app.ts', '../config.ts', '../server.ts'].map((target) => ({ target, allowed: false })),
      ...['../../sandbox/clock.ts', '../../test/support/redis.ts'].map((target) => ({
        target,
        allowed: false,
      })),
      ...PACKAGES.map((target) => ({
        target,
        allowed: may.packages.includes(target) || isNodeOf(may, target),
      })),
    ];
    return targets.map(({ target, allowed }, at) => ({
      path: `src/${room}/import-${at}.ts`,
      code: `import * as thing from '${target}';\nexport const own = thing;\n`,
      refusedBy: allowed ? undefined : IMPORTS,
    }));
  });
}

/** Rooms that may use one of Node's modules for I/O may use all of them but `node:process`. */
function isNodeOf(may: { packages: string[] }, target: string): boolean {
  const usesNode = may.packages.some((name) => name.startsWith('node:') && name !== 'node:crypto');
  return usesNode && target.startsWith('node:') && target !== 'node:process';
}

const OTHER_IMPORTS: Plant[] = [
  ...[
    `export { thing } from '../redis/thing.ts';\n`,
    `export * from 'zod';\n`,
    `import type { Thing } from '../redis/thing.ts';\nexport type Own = Thing;\n`,
    `export const thing = await import('zod');\n`,
    `import '../redis/thing.ts';\n`,
  ].map((code, at) => ({ path: `src/access/form-${at}.ts`, code, refusedBy: IMPORTS })),
  {
    path: 'src/access/form-type.ts',
    code: `export type Own = import('zod').ZodType;\n`,
    refusedBy: 'typescript(consistent-type-imports)',
  },
  ...['../sandbox/clock.ts', '../test/support/redis.ts'].map((target, at) => ({
    path: `src/root-${at}.ts`,
    code: `import * as thing from '${target}';\nexport const own = thing;\n`,
    refusedBy: IMPORTS,
  })),
  ...['../src/app.ts', '../test/support/redis.ts'].map((target, at) => ({
    path: `sandbox/world-${at}.ts`,
    code: `import * as thing from '${target}';\nexport const own = thing;\n`,
    refusedBy: IMPORTS,
  })),
  {
    path: 'sandbox/slack/world.ts',
    code: `import * as thing from '../../src/chat/card.ts';\nexport const own = thing;\n`,
    refusedBy: IMPORTS,
  },
  {
    path: 'src/app.ts',
    code: `import * as redis from './redis/own.ts';\nimport * as slack from './slack/own.ts';\nexport const all = [redis, slack];\n`,
    refusedBy: undefined,
  },
];

const lines = (count: number, line: string): string => `${line}\n`.repeat(count);

const HOUSE: Plant[] = [
  {
    path: 'src/web/floating.ts',
    code: `async function work(): Promise<void> {}\nexport function go(): void {\n  work();\n}\n`,
    refusedBy: 'typescript(no-floating-promises)',
  },
  {
    path: 'src/web/misused.ts',
    code: `async function isDone(): Promise<boolean> {\n  return true;\n}\nexport const word = isDone() ? 'done' : 'open';\n`,
    refusedBy: 'typescript(no-misused-promises)',
  },
  {
    path: 'src/web/switch.ts',
    code: `export function word(state: 'open' | 'done'): string {\n  switch (state) {\n    case 'open':\n      return 'a';\n  }\n  return 'b';\n}\n`,
    refusedBy: 'typescript(switch-exhaustiveness-check)',
  },
  {
    path: 'src/web/any.ts',
    code: `export const thing = (value: any): unknown => value;\n`,
    refusedBy: 'typescript(no-explicit-any)',
  },
  { path: 'src/web/long.ts', code: lines(301, `export {};`), refusedBy: 'eslint(max-lines)' },
  { path: 'src/web/not-long.ts', code: lines(300, `export {};`), refusedBy: undefined },
  { path: 'sandbox/long.ts', code: lines(301, `export {};`), refusedBy: 'eslint(max-lines)' },
  {
    path: 'src/web/long-function.ts',
    code: `export function go(say: () => void): void {\n${lines(59, '  say();')}}\n`,
    refusedBy: 'eslint(max-lines-per-function)',
  },
  {
    path: 'src/web/env.ts',
    code: `export const port = process.env['PORT'];\n`,
    refusedBy: 'node(no-process-env)',
  },
  { path: 'src/config.ts', code: `export const port = process.env['PORT'];\n`, refusedBy: undefined },
  {
    path: 'src/web/later.ts',
    code: `// ${'TO'}${'DO'}: the rest\nexport {};\n`,
    refusedBy: 'eslint(no-warning-comments)',
  },
  { path: 'src/web/console.ts', code: `console.log('a');\nexport {};\n`, refusedBy: 'eslint(no-console)' },
  { path: 'src/cli.ts', code: `console.log('a');\nexport {};\n`, refusedBy: undefined },
  {
    path: 'test/web/only.test.ts',
    code: `it.only('a', () => expect(1).toBe(1));\n`,
    refusedBy: 'jest(no-focused-tests)',
  },
  {
    path: 'test/web/skip.test.ts',
    code: `it.skip('a', () => expect(1).toBe(1));\n`,
    refusedBy: 'jest(no-disabled-tests)',
  },
  {
    path: 'test/web/mock.test.ts',
    code: `import { jest } from '@jest/globals';\njest.mock('a');\n`,
    refusedBy: 'jest(no-restricted-jest-methods)',
  },
  {
    path: 'test/web/mock-module.test.ts',
    code: `import { jest } from '@jest/globals';\njest.unstable_mockModule('a', () => ({}));\n`,
    refusedBy: 'jest(no-restricted-jest-methods)',
  },
];

let dir: string;
let refusals: Map<string, string[]>;
const plants = [...plantsOfRooms(), ...OTHER_IMPORTS, ...HOUSE];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'latchkey-lint-'));
  for (const name of ['.oxlintrc.json', 'tsconfig.json'])
    await copyFile(join(checkout, name), join(dir, name));
  await symlink(join(checkout, 'node_modules'), join(dir, 'node_modules'));
  const own = Object.keys(ROOMS).map((room) => ({
    path: `src/${room}/own.ts`,
    code: `export const own = 1;\n`,
  }));
  for (const { path, code } of [...plants, ...own]) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), code);
  }
  refusals = await lint(dir);
}, 60_000);

afterAll(() => rm(dir, { recursive: true, force: true }));

/** The rules that refused, by path of the file. */
function lint(cwd: string): Promise<Map<string, string[]>> {
  const oxlint = join(checkout, 'node_modules/oxlint/bin/oxlint');
  return new Promise((done, reject) => {
    execFile(
      process.execPath,
      [oxlint, '-f', 'json'],
      { cwd, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (!stdout.trimStart().startsWith('{'))
          return reject(new Error(`${error?.message}\n${stdout}\n${stderr}`));
        const { diagnostics } = JSON.parse(stdout) as { diagnostics: { filename: string; code: string }[] };
        const byFile = new Map<string, string[]>();
        for (const { filename, code } of diagnostics)
          byFile.set(filename, [...(byFile.get(filename) ?? []), code]);
        done(byFile);
      },
    );
  });
}

describe('the linter', () => {
  it('refuses every import the house forbids, and no other', () => {
    const wrong = [...plantsOfRooms(), ...OTHER_IMPORTS].filter(
      ({ path, refusedBy }) => (refusals.get(path) ?? []).join() !== (refusedBy ?? ''),
    );
    expect(
      wrong.map(({ path, code }) => `${path}: ${code} → ${refusals.get(path)?.join() ?? 'accepted'}`),
    ).toEqual([]);
    expect(plantsOfRooms().some(({ refusedBy }) => refusedBy === undefined)).toBe(true);
  });

  it('is never told to look away from an import', async () => {
    const asked: string[] = [];
    for (const room of ['src', 'sandbox']) {
      for (const name of await readdir(join(checkout, room), { recursive: true })) {
        if (!name.endsWith('.ts')) continue;
        const text = await readFile(join(checkout, room, name), 'utf8');
        const directives = text.match(/(?:oxlint|eslint)-disable(?:-next-line|-line)?[^\n]*/g) ?? [];
        if (
          directives.some((line) => !/disable\S* +\w/.test(line) || line.includes('no-restricted-imports'))
        ) {
          asked.push(`${room}/${name}`);
        }
      }
    }
    expect(asked).toEqual([]);
  });

  it.each(HOUSE)('judges $path: $refusedBy', ({ path, refusedBy }) => {
    expect([...new Set(refusals.get(path) ?? [])]).toEqual(refusedBy === undefined ? [] : [refusedBy]);
  });
});
