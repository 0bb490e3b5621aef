import { spawn, spawnSync } from 'node:child_process';

/** A reason to stop that the reader can act upon; shown without a stack. */
export class SetupProblem extends Error {}

/**
 * Shows one step: its line at once, its duration when it is over.
 * @template T
 * @param {string} what
 * @param {() => T} act
 * @returns {T}
 */
export function step(what, act) {
  const startedAt = Date.now();
  process.stderr.write(`latchkey: ${what} …`);
  try {
    const result = act();
    process.stderr.write(` ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stderr.write(' failed\n');
    throw error;
  }
}

/**
 * Runs a program to its end without showing its output.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, shell?: boolean }} [options]
 * @returns {{ ok: boolean, output: string }} `output` is everything it said, both streams.
 */
export function quietly(command, args, options = {}) {
  const run = spawnSync(command, args, { ...options, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const output = `${run.stdout ?? ''}${run.stderr ?? ''}${run.error === undefined ? '' : run.error.message}`;
  return { ok: run.status === 0, output: output.trim() };
}

/**
 * Runs a program in the foreground and passes signals on to it.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} its exit code; 128 + n when signal n ended it.
 */
export function foreground(command, args, env) {
  return new Promise((done, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env });
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => {
      // A terminal sends these to the whole group; the child has had its own already and must not count two.
      if (signal !== 'SIGTERM' && process.stdin.isTTY) return;
      child.kill(signal);
    };
    for (const signal of SIGNALS) process.on(signal, passOn);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const each of SIGNALS) process.off(each, passOn);
      done(code ?? 128 + (SIGNAL_NUMBERS[signal ?? ''] ?? 0));
    });
  });
}

/** @type {NodeJS.Signals[]} */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** @type {Record<string, number>} */
const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };
