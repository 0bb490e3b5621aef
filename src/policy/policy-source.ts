import { Misconfigured } from '../access/errors.ts';
import type { Policy } from '../access/policy.ts';
import type { Log, PolicySource } from '../access/ports.ts';
import type { PolicyDeps } from './read-policy.ts';
import { checkPolicy } from './read-policy.ts';
import { PolicyInvalid } from './policy-problem.ts';

/** What a policy source needs. */
export interface PolicySourceDeps extends PolicyDeps {
  /** The policy file, for messages and for `readFile`. */
  path: string;
  readFile(path: string): Promise<string>;
  /** When the file was last changed, epoch ms. Absent: its text is compared. */
  modifiedAt?(path: string): Promise<number>;
  log: Log;
}

/** The policy in force, and the ways to renew it. */
export interface LivePolicy extends PolicySource {
  /**
   * Reads the file now. One that cannot be read or is invalid never replaces the last good policy.
   * @returns what became of it
   */
  reload(): Promise<'unchanged' | 'replaced' | 'refused'>;
  /** Looks for changes every so often until `stop`. */
  watch(everyMs?: number): void;
  stop(): void;
}

const WATCH_EVERY_MS = 2_000;
const NAG_EVERY = 150;

/**
 * Reads the policy for the first time.
 *
 * @throws {PolicyInvalid} when it has errors
 * @throws {Misconfigured} when it cannot be read
 */
export async function createPolicySource(deps: PolicySourceDeps): Promise<LivePolicy> {
  const reader = createReader(deps);
  const first = await reader.read();
  if (first.kind !== 'policy') throw first.error;
  let policy: Policy = first.policy;
  let refusals = 0;
  let timer: NodeJS.Timeout | undefined;

  const reload = async (): Promise<'unchanged' | 'replaced' | 'refused'> => {
    const next = await reader.read();
    if (next.kind === 'refused') {
      // Said at once and then every few minutes, not with every look.
      if (refusals % NAG_EVERY === 0) alarm(deps, next.error, policy);
      refusals += 1;
      return 'refused';
    }
    if (refusals > 0) deps.log.info('policy.readable', { path: deps.path });
    refusals = 0;
    if (next.policy.digest === policy.digest) return 'unchanged';
    deps.log.info('policy.replaced', { path: deps.path, digest: next.policy.digest, before: policy.digest });
    policy = next.policy;
    return 'replaced';
  };

  const once = single(reload);
  return {
    current: () => policy,
    reload: once,
    watch: (everyMs = WATCH_EVERY_MS) => {
      clearInterval(timer);
      timer = setInterval(() => void once(), everyMs);
      timer.unref();
    },
    stop: () => clearInterval(timer),
  };
}

type Reading = { kind: 'policy'; policy: Policy } | { kind: 'refused'; error: Error };

/** Reads the file when it changed since the last time; otherwise says the same again. */
function createReader(deps: PolicySourceDeps): { read(): Promise<Reading> } {
  let last: { reading: Reading; text: string; modifiedAt: number | undefined } | undefined;
  const read = async (): Promise<Reading> => {
    try {
      const modifiedAt = await deps.modifiedAt?.(deps.path);
      if (last && modifiedAt !== undefined && last.modifiedAt === modifiedAt) return last.reading;
      const text = await deps.readFile(deps.path);
      const reading = last?.text === text ? last.reading : judge(deps, text);
      last = { reading, text, modifiedAt };
      return reading;
    } catch (error) {
      return { kind: 'refused', error: unreadable(deps.path, error) };
    }
  };
  return { read };
}

function unreadable(path: string, cause: unknown): Misconfigured {
  const why = cause instanceof Error ? cause.message : String(cause);
  const remedy = 'Set POLICY_FILE to a file this process may read.';
  return new Misconfigured(`The policy file ${path} cannot be read: ${why}`, remedy, { cause });
}

function judge(deps: PolicySourceDeps, text: string): Reading {
  const { policy, problems } = checkPolicy(text, deps);
  if (!policy) return { kind: 'refused', error: new PolicyInvalid(problems) };
  for (const { path, line, message } of problems) deps.log.warn('policy.warning', { path, line, message });
  return { kind: 'policy', policy };
}

function alarm(deps: PolicySourceDeps, error: Error, policy: Policy): void {
  deps.log.error('policy.refused', {
    alarm: 'policy',
    path: deps.path,
    problem: error.message,
    inForce: policy.digest,
    remedy: 'The last good policy stays in force. Mend the file and run `latchkey check`.',
  });
}

/** One run at a time; who comes in between gets the run that is under way. */
function single<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= run().finally(() => (running = undefined));
    return running;
  };
}
