import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { SetupProblem, quietly, step } from './steps.mjs';

const ROOMS = ['src', 'sandbox'];
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

/**
 * Compiles src/ and sandbox/ into dist/ and copies what is not TypeScript beside it; does nothing when dist/ is up to date.
 * @param {string} root
 * @param {string} node full path of the Node binary
 */
export function build(root, node) {
  const stampPath = join(root, 'dist/.stamp');
  const files = ROOMS.flatMap((room) => filesUnder(join(root, room)));
  const stamp = stampOf([...files, ...SETTINGS.map((name) => join(root, name))]);
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) return;
  step('building into dist/', () => {
    for (const room of ROOMS) rmSync(join(root, 'dist', room), { recursive: true, force: true });
    rmSync(stampPath, { force: true });
    const run = quietly(node, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
      cwd: root,
    });
    if (!run.ok) throw new SetupProblem(`The build failed, nothing was started:\n${run.output}`);
    for (const file of files) {
      if (file.endsWith('.ts')) continue;
      const target = join(root, 'dist', file.slice(root.length));
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(file, target);
    }
    writeFileSync(stampPath, stamp);
  });
}

/**
 * @param {string} dir
 * @returns {string[]} full paths, sorted
 */
function filesUnder(dir) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(join(dir, entry.name)) : [join(dir, entry.name)]))
    .sort();
}

/** @param {string[]} files */
function stampOf(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${file}\0${mtimeMs}\0${size}\n`);
  }
  return hash.digest('hex');
}
