import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupProblem, quietly, step } from './steps.mjs';

/** Valkey is first everywhere: it is the one with a free licence at every version. */
const PROGRAMS = ['valkey-server', 'redis-server'];
/** Scripts need the flags of 7.0. */
const OLDEST_MAJOR = 7;

/**
 * A Redis server program of version 7.0 or newer: the one named, else from PATH, else from this checkout, which gets one
 * from the distribution's packages without root, else through Homebrew.
 * @param {string} root
 * @returns {string} full path
 */
export function findRedis(root) {
  const named = process.env['LATCHKEY_REDIS_SERVER'];
  if (named) {
    if (isGood(named)) return named;
    throw new SetupProblem(
      `LATCHKEY_REDIS_SERVER names ${named}, which is no Valkey or Redis of version 7.0 or newer. Nothing was started.`,
    );
  }
  const unpacked = join(root, '.tools/redis/redis-server');
  const found = onPath(PROGRAMS) ?? (isGood(unpacked) ? unpacked : undefined);
  if (found !== undefined) return found;
  const made = unpackFromDebian(root, unpacked) ?? throughHomebrew();
  if (made !== undefined) return made;
  throw new SetupProblem(
    `Latchkey needs Valkey or Redis, 7.0 or newer, and none could be found or fetched. Nothing was started. Run:\n\n  ${commandToInstall()}\n\nand try again.`,
  );
}

/** @param {string} command */
function isGood(command) {
  const said = quietly(command, ['--version']);
  const major = Number(/\bv=(\d+)\./.exec(said.output)?.[1]);
  return said.ok && major >= OLDEST_MAJOR;
}

/** @param {string[]} names */
function onPath(names) {
  const dirs = (process.env['PATH'] ?? '').split(delimiter).filter((dir) => dir !== '');
  return names
    .flatMap((name) => dirs.map((dir) => join(dir, name)))
    .find((path) => isProgram(path) && isGood(path));
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} name */
function has(name) {
  return (process.env['PATH'] ?? '').split(delimiter).some((dir) => dir !== '' && isProgram(join(dir, name)));
}

/**
 * @param {string} root
 * @param {string} program where the server is to be
 */
function unpackFromDebian(root, program) {
  if (!has('apt-get') || !has('dpkg-deb')) return undefined;
  const home = join(root, '.tools/redis');
  return step(
    "no Valkey or Redis on PATH, unpacking the distribution's own into .tools/redis (no root needed)",
    () => {
      for (const apt of [[], privateLists(home)]) {
        rmSync(home, { recursive: true, force: true });
        mkdirSync(join(home, 'lists/partial'), { recursive: true });
        mkdirSync(join(home, 'cache/archives/partial'), { recursive: true });
        // The machine's own lists may be missing, or name files that the mirror has replaced since.
        if (apt.length > 0 && !quietly('apt-get', [...apt, 'update'], { cwd: home }).ok) continue;
        for (const tools of ['valkey-tools', 'redis-tools']) {
          if (unpack(home, apt, tools) && isGood(program)) return program;
        }
      }
      return undefined;
    },
  );
}

/** @param {string} home */
function privateLists(home) {
  const set = (/** @type {string} */ name, /** @type {string} */ value) => ['-o', `${name}=${value}`];
  return [
    ...set('Dir::State::lists', join(home, 'lists')),
    ...set('Dir::Cache', join(home, 'cache')),
    // As root, apt would drop to a user that may not write here.
    ...set('APT::Sandbox::User', process.getuid?.() === 0 ? 'root' : ''),
  ];
}

/**
 * Downloads and unpacks the package that holds the server (its checking tools are the same binary) with its libraries.
 * @param {string} home
 * @param {string[]} apt options
 * @param {string} tools
 */
function unpack(home, apt, tools) {
  const wanted = [tools, ...librariesOf(apt, tools)];
  const debs = join(home, 'deb');
  mkdirSync(debs, { recursive: true });
  if (!quietly('apt-get', [...apt, 'download', ...wanted], { cwd: debs }).ok) return false;
  for (const deb of readdirSync(debs)) {
    if (!quietly('dpkg-deb', ['-x', join(debs, deb), join(home, 'root')]).ok) return false;
  }
  for (const scrap of ['deb', 'lists', 'cache']) rmSync(join(home, scrap), { recursive: true, force: true });
  return makeProgram(home, tools.startsWith('valkey') ? 'valkey' : 'redis');
}

/** @param {string[]} apt @param {string} tools */
function librariesOf(apt, tools) {
  const said = quietly('apt-cache', [...apt, 'depends', '--no-pre-depends', tools]);
  const needed = [...said.output.matchAll(/^ {2}Depends: (lib\S+)$/gm)].map((match) => match[1] ?? '');
  return [...new Set(needed)].filter((name) => !name.startsWith('libc6'));
}

/** @param {string} home @param {'valkey' | 'redis'} brand */
function makeProgram(home, brand) {
  const bin = join(home, 'root/usr/bin');
  const server = join(bin, `${brand}-server`);
  const sameBinary = `${brand}-check-rdb`;
  if (!existsSync(server)) {
    if (!existsSync(join(bin, sameBinary))) return false;
    // The binary is a server when it is called by a server's name.
    symlinkSync(sameBinary, server);
  }
  const libraries = ['root/usr/lib', 'root/lib'].flatMap((dir) =>
    existsSync(join(home, dir)) ? readdirSync(join(home, dir)).map((name) => `$here/${dir}/${name}`) : [],
  );
  const script = [
    '#!/bin/sh',
    'here=$(cd "$(dirname "$0")" && pwd)',
    `LD_LIBRARY_PATH="${libraries.join(':')}" exec "$here/root/usr/bin/${brand}-server" "$@"`,
    '',
  ].join('\n');
  const target = join(home, 'redis-server');
  writeFileSync(`${target}.new`, script);
  chmodSync(`${target}.new`, 0o755);
  renameSync(`${target}.new`, target);
  return true;
}

function throughHomebrew() {
  if (!has('brew')) return undefined;
  step('no Valkey or Redis on PATH, running: brew install valkey', () =>
    quietly('brew', ['install', 'valkey']),
  );
  const prefix = quietly('brew', ['--prefix', 'valkey']);
  const program = join(prefix.output, 'bin/valkey-server');
  return prefix.ok && isGood(program) ? program : undefined;
}

function commandToInstall() {
  if (process.platform === 'darwin') return 'brew install valkey      (Homebrew is at https://brew.sh)';
  if (has('apt-get'))
    return `sudo apt-get update && sudo apt-get install -y ${isOldDebian() ? 'redis-server' : 'valkey-server'}`;
  if (has('dnf')) return 'sudo dnf install -y valkey';
  if (has('apk')) return 'sudo apk add valkey';
  if (has('pacman')) return 'sudo pacman -S --noconfirm valkey';
  if (has('zypper')) return 'sudo zypper install -y valkey';
  return 'see https://valkey.io/download/';
}

/** Debian before 13 and Ubuntu before 25 know Redis only. */
function isOldDebian() {
  try {
    const release = readFileSync('/etc/os-release', 'utf8');
    const version = Number(/^VERSION_ID="?(\d+)/m.exec(release)?.[1]);
    return /^ID="?ubuntu/m.test(release) ? version < 25 : version < 13;
  } catch {
    return false;
  }
}
