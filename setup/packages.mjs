import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './node.mjs';
import { SetupProblem, step } from './steps.mjs';

/**
 * Brings node_modules to what package-lock.json says; does nothing when it is there already.
 * @param {string} root
 */
export function installPackages(root) {
  if (isInstalled(root)) return;
  step('installing the packages named in package-lock.json', () => {
    const run = npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], root);
    if (!run.ok) throw new SetupProblem(`npm ci failed, so nothing was run:\n${run.output}`);
  });
}

/**
 * npm writes down what it installed, as its last act, in a hidden lock file.
 * @param {string} root
 */
export function isInstalled(root) {
  const wanted = packagesIn(join(root, 'package-lock.json'));
  const present = packagesIn(join(root, 'node_modules/.package-lock.json'));
  if (wanted === undefined)
    throw new SetupProblem('package-lock.json is missing or broken: restore it from git.');
  if (present === undefined) return false;
  const surplus = Object.keys(present).some((path) => wanted[path] === undefined);
  const wrong = Object.entries(wanted).some(([path, entry]) => {
    if (path === '') return false;
    const there = present[path];
    // Packages for other systems stay away.
    if (there === undefined) return !(entry.optional || entry.devOptional);
    return there.version !== entry.version || there.integrity !== entry.integrity;
  });
  return !surplus && !wrong;
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }> | undefined}
 */
function packagesIn(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
