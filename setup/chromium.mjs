import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { quietly, step } from './steps.mjs';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ON_A_MAC = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * A Chromium for the tests that drive the demo page: the one named, else from PATH, else, as root, from the
 * distribution's packages.
 * @param {{ isRoot?: boolean }} [options]
 * @returns {string | undefined} full path; undefined when there is none, after saying how to get one
 */
export function findChromium({ isRoot = process.getuid?.() === 0 } = {}) {
  const named = process.env['LATCHKEY_CHROMIUM'];
  if (named) return named;
  const found = onPath() ?? ON_A_MAC.find(isProgram) ?? (isRoot ? install() : undefined);
  if (found === undefined) {
    process.stderr.write(
      `latchkey: no Chromium for the tests in a browser. Run:\n\n  ${commandToInstall()}\n\n`,
    );
  }
  return found;
}

/** The one command that brings a Chromium. */
export function commandToInstall() {
  if (process.platform === 'darwin') return 'brew install --cask chromium';
  if (has('apt-get')) return 'sudo apt-get update && sudo apt-get install -y chromium';
  if (has('dnf')) return 'sudo dnf install -y chromium';
  if (has('apk')) return 'sudo apk add chromium';
  if (has('pacman')) return 'sudo pacman -S --noconfirm chromium';
  return 'see https://www.chromium.org/getting-involved/download-chromium/';
}

/**
 * True when the arguments of `npm test` leave any test in that needs a browser.
 * @param {string[]} args
 */
export function wantsChromium(args) {
  const paths = args.filter((arg) => arg.startsWith('test/'));
  return (
    paths.length === 0 ||
    paths.some((path) => /^test\/(demo|sandbox)\b(?!\/(azure|slack|teams)\b)/.test(path))
  );
}

function install() {
  if (!has('apt-get')) return undefined;
  return step("no Chromium on PATH, installing the distribution's own for the tests in a browser", () => {
    const packages = ['install', '-y', '--no-install-recommends', '-o', 'Dpkg::Use-Pty=0', 'chromium'];
    const run = () => quietly('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...packages]);
    if (!run().ok && quietly('apt-get', ['update']).ok) run();
    return onPath();
  });
}

function onPath() {
  const dirs = (process.env['PATH'] ?? '').split(delimiter).filter((dir) => dir !== '');
  return PROGRAMS.flatMap((name) => dirs.map((dir) => join(dir, name))).find(isProgram);
}

/** @param {string} name */
function has(name) {
  return (process.env['PATH'] ?? '').split(delimiter).some((dir) => dir !== '' && isProgram(join(dir, name)));
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
