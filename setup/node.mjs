import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupProblem, quietly, step } from './steps.mjs';

/** Node's own binaries as npm packages, the same bytes for everybody. */
const VERSION = '24.20.0';
/** @type {Record<string, string>} */
const INTEGRITY = {
  'linux-x64':
    'sha512-tkBwUleGts0UUnK+6HKJkEsOMFb9bkG/YvXw8/alFTaDSUbneVeAFVqu6ELHXuyvVYP4vo1hNAAEfN9zl0Cm3g==',
  'linux-arm64':
    'sha512-LDOiQuLlruQpQRp0ddfGZurc1xqYSlX3dYk/3shzhQfCb8IgCPwtWf1RMQCGAWGFhZNbhihhSwGeNRHA+V2pTg==',
};

/** @param {string} version such as `22.12.0` */
export function isRecentEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 12);
}

/**
 * The Node to run everything with: this one when it is recent enough, else one that lives in this checkout only.
 * @param {string} root
 * @returns {string} full path of the binary
 */
export function findNode(root) {
  if (isRecentEnough(process.versions.node)) return process.execPath;
  const platform = `${process.platform}-${process.arch}`;
  const prefix = join(root, '.tools/node');
  const home = join(prefix, 'node_modules', `node-${platform}`);
  const binary = join(home, 'bin/node');
  if (existsSync(binary) && versionIn(home) === VERSION) return binary;
  const integrity = INTEGRITY[platform];
  if (integrity === undefined) {
    throw new SetupProblem(
      `Node ${process.versions.node} is too old: 22.12 or newer is needed. Nothing was installed. ` +
        `Install Node 24 (${process.platform === 'darwin' ? 'brew install node@24' : 'https://nodejs.org'}) and try again.`,
    );
  }
  step(`Node ${process.versions.node} is too old, fetching ${VERSION} into .tools/node`, () =>
    fetchNode(prefix, `node-${platform}`, integrity),
  );
  return binary;
}

/** @param {string} prefix @param {string} name @param {string} integrity */
function fetchNode(prefix, name, integrity) {
  rmSync(prefix, { recursive: true, force: true });
  mkdirSync(prefix, { recursive: true });
  // With a lock file npm itself refuses other bytes than the ones named here.
  writeFileSync(
    join(prefix, 'package.json'),
    JSON.stringify({ private: true, dependencies: { [name]: VERSION } }),
  );
  writeFileSync(
    join(prefix, 'package-lock.json'),
    JSON.stringify({
      lockfileVersion: 3,
      requires: true,
      packages: {
        '': { dependencies: { [name]: VERSION } },
        [`node_modules/${name}`]: { version: VERSION, integrity },
      },
    }),
  );
  const run = npm(
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', prefix],
    prefix,
  );
  if (!run.ok) {
    rmSync(prefix, { recursive: true, force: true });
    throw new SetupProblem(
      `Node ${VERSION} could not be fetched from npm, nothing was installed. Install Node 24 yourself or mend npm:\n${run.output}`,
    );
  }
}

/** @param {string} home */
function versionIn(home) {
  try {
    return JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

/**
 * Runs npm: the one that called us, else the first on PATH.
 * @param {string[]} args
 * @param {string} cwd
 */
export function npm(args, cwd) {
  const caller = process.env['npm_execpath'];
  return caller?.endsWith('.js') && existsSync(caller)
    ? quietly(process.execPath, [caller, ...args], { cwd })
    : quietly('npm', args, { cwd, shell: process.platform === 'win32' });
}
