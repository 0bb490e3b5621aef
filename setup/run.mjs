#!/usr/bin/env node
// Runs on any Node from 18 on: it brings the Node, the packages and the Redis that the rest needs.
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { findChromium, wantsChromium } from './chromium.mjs';
import { findNode } from './node.mjs';
import { installPackages } from './packages.mjs';
import { findRedis } from './redis.mjs';
import { SetupProblem, foreground } from './steps.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (/** @type {string} */ path) => join(root, 'node_modules', path);

/**
 * What a command needs and what it runs, one after the other until one fails.
 * @type {Record<string, { about: string, redis?: () => boolean, chromium?: (args: string[]) => boolean, builds?: boolean, runs: (args: string[]) => string[][] }>}
 */
const COMMANDS = {
  demo: {
    about: 'Latchkey against a simulated Slack, Teams and Azure, in a browser (--once: without hands)',
    redis: () => true,
    builds: true,
    runs: (args) => [['dist/sandbox/demo.js', ...args]],
  },
  test: {
    about: 'all tests, or those named: npm test -- test/access',
    redis: () => true,
    chromium: wantsChromium,
    runs: (args) => [
      [
        '--experimental-vm-modules',
        '--disable-warning=ExperimentalWarning',
        bin('jest/bin/jest.js'),
        ...args,
      ],
    ],
  },
  start: {
    about: 'Latchkey for real, configured by the environment and .env',
    redis: () => !hasRedisUrl(),
    builds: true,
    runs: (args) => [[...settings(), 'dist/src/cli.js', 'serve', ...args]],
  },
  latchkey: {
    about: 'any other command of Latchkey: npm run latchkey -- doctor',
    redis: () => !hasRedisUrl(),
    builds: true,
    runs: (args) => [[...settings(), 'dist/src/cli.js', ...args]],
  },
  build: { about: 'compile src/ and sandbox/ into dist/', builds: true, runs: () => [] },
  types: {
    about: 'check the types',
    runs: () => ['.', 'setup'].map((project) => [bin('typescript/bin/tsc'), '-p', project]),
  },
  lint: {
    about: 'check the rules of the house (--fix mends what it can)',
    runs: (args) => [[bin('oxlint/bin/oxlint'), ...args]],
  },
  format: {
    about: 'check the layout (--write mends it)',
    runs: (args) => [
      [
        bin('prettier/bin/prettier.cjs'),
        '--log-level=warn',
        '--cache',
        ...(args.length > 0 ? args : ['--check']),
        '.',
      ],
    ],
  },
  manifests: {
    about: 'check the manifests against their sources and schemas (--write makes them anew)',
    runs: (args) => [
      [
        '--experimental-strip-types',
        '--disable-warning=ExperimentalWarning',
        join(root, 'setup/manifests.mjs'),
        ...args,
      ],
    ],
  },
  chaos: {
    about:
      'kill, cut off and fault two replicas at random, and look what broke (--minutes 30 --seed 7, --points)',
    redis: () => true,
    runs: (args) => [
      [
        '--experimental-strip-types',
        '--disable-warning=ExperimentalWarning',
        join(root, 'test/chaos/run.ts'),
        ...args,
      ],
    ],
  },
  bench: {
    about: 'measure lateness, memory and takeover against yardsticks (--help)',
    redis: () => true,
    runs: (args) => [
      [
        '--experimental-strip-types',
        '--disable-warning=ExperimentalWarning',
        join(root, 'bench/bench.ts'),
        ...args,
      ],
    ],
  },
  check: {
    about: 'types, lint, format, manifests and build, without the tests',
    builds: true,
    runs: () => ['types', 'lint', 'format', 'manifests'].flatMap((name) => COMMANDS[name]?.runs([]) ?? []),
  },
};

/** The option that reads `.env`; nothing when there is none, which Node would remark upon. */
function settings() {
  return existsSync(join(root, '.env')) ? ['--env-file=.env'] : [];
}

function hasRedisUrl() {
  if (process.env['REDIS_URL']) return true;
  try {
    return /^\s*(?:export\s+)?REDIS_URL\s*=\s*[^\s#]/m.test(readFileSync(join(root, '.env'), 'utf8'));
  } catch {
    return false;
  }
}

function help() {
  const lines = Object.entries(COMMANDS).map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`);
  return `Usage: npm run <command> [-- arguments]   (npm test and npm start for short)\n\n${lines.join('\n')}\n`;
}

/** @param {string[]} argv */
async function main([name, ...args]) {
  const command = name === undefined ? undefined : COMMANDS[name];
  if (command === undefined) {
    const asked = name === undefined || name === '--help' || name === 'help';
    (asked ? process.stdout : process.stderr).write(
      asked ? help() : `There is no command "${name}".\n\n${help()}`,
    );
    return asked ? 0 : 2;
  }
  process.chdir(root);
  const node = findNode(root);
  installPackages(root);
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}` };
  if (command.redis?.()) env['LATCHKEY_REDIS_SERVER'] = findRedis(root);
  if (command.chromium?.(args)) env['LATCHKEY_CHROMIUM'] = findChromium() ?? '';
  if (command.builds) build(root, node);
  for (const run of command.runs(args)) {
    const code = await foreground(node, run, env);
    if (code !== 0) return code;
  }
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupProblem)) throw error;
  process.stderr.write(`latchkey: ${error.message}\n`);
  process.exitCode = 1;
}
