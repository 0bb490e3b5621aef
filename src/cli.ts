#!/usr/bin/env node
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { Misconfigured } from './access/errors.ts';
import type { Policy } from './access/policy.ts';
import { conditionGuide } from './operator/condition-guide.ts';
import type { Config } from './config.ts';
import { readConfig, readPolicyPath } from './config.ts';
import { describeError } from './operator/describe-error.ts';
import type { Check } from './operator/doctor.ts';
import { runChecks } from './operator/doctor.ts';
import { explain } from './operator/explain.ts';
import type { Records } from './operator/open-records.ts';
import { addRecordCommands } from './operator/record-commands.ts';
import { describeProblem, PolicyInvalid } from './policy/policy-problem.ts';
import { checkPolicy } from './policy/read-policy.ts';

/** What the command line needs from the world. */
export interface CliDeps {
  /** Absent: the environment of this process. */
  env?: Readonly<Record<string, string | undefined>>;
  out(line: string): void;
  err(line: string): void;
  /** Runs until it is told to stop. */
  serve(config: Config): Promise<void>;
  /** What `doctor` looks at when environment and policy are fine. */
  checksFor(config: Config, policy: Policy): Promise<readonly Check[]>;
  /** The records, for commands that look at them. */
  openRecords(config: Config): Promise<Records>;
}

/** Kinds of errors that are ours to mend, not the operator's: their stack is wanted. */
const BUGS = [TypeError, RangeError, ReferenceError, SyntaxError];

const EXAMPLES = `
Examples:
  latchkey check policy.yaml                           every problem with its line
  latchkey explain "Ada Engineer" contoso contributor 2h   why, or why not
  latchkey explain 9d6b1b7e-58b5-4f4e-8d55-7b0c1c0a4e02 contoso reader --in azure-team
  latchkey doctor                                      what is wrong, and how to mend it
  latchkey doctor --print-condition                    what keeps the app to these roles in Azure
  latchkey stuck                                       what could not be taken away, and what to do
  latchkey stuck retry                                 try it again now
  latchkey slo 30d                                     how punctual Latchkey was
  latchkey serve                                       run it (settings: .env.example)`;

/**
 * Runs one command.
 *
 * @param args without the program's own name
 * @returns the exit code: 0 when all is well, 1 otherwise
 */
export async function runCli(args: readonly string[], deps: CliDeps): Promise<number> {
  let code = 0;
  const program = buildProgram(deps, (given) => (code = given));
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    if (!(error instanceof Error) || BUGS.some((kind) => error instanceof kind)) throw error;
    deps.err(describeError(error));
    return 1;
  }
}

function buildProgram(deps: CliDeps, exitWith: (code: number) => void): Command {
  const program = new Command('latchkey')
    .description("Lends engineers time-boxed access to their customers' Azure, and takes it back on time.")
    .version(versionOf(), '-V, --version')
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError()
    .showHelpAfterError('(latchkey --help shows examples)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => deps.out(text.trimEnd()),
      writeErr: (text) => deps.err(text.trimEnd()),
    });
  program
    .command('serve')
    .description('run Latchkey until it is stopped')
    .action(() => deps.serve(readConfig(deps.env)));
  program
    .command('check')
    .description('read the policy file and list every problem')
    .argument('[file]', 'policy file (default: POLICY_FILE)')
    .action(async (file?: string) => exitWith(await check(deps, file)));
  addExplain(program, deps, exitWith);
  program
    .command('doctor')
    .description('look at everything a start needs, and say how to mend what is wrong')
    .option('--print-condition', 'print the Azure condition that keeps the app to the roles of the policy')
    .action(async (options: { printCondition?: true }) => {
      if (!options.printCondition) return exitWith(await doctor(deps));
      const { condition, guide } = conditionGuide(await loadPolicy(deps, undefined));
      // Apart, so that what is redirected into a file is the condition alone.
      deps.out(condition);
      deps.err(guide);
    });
  addRecordCommands(program, {
    out: deps.out,
    open: () => deps.openRecords(readConfig(deps.env)),
    exitWith,
  });
  return program;
}

function addExplain(program: Command, deps: CliDeps, exitWith: (code: number) => void): void {
  program
    .command('explain')
    .description('say what the policy answers, and why')
    .argument('<person>', 'object id, <tenant id>/<object id>, or a name in people')
    .argument('<customer>')
    .argument('<role>')
    .argument('[duration]', 'like 30m, 2h, 1h30m')
    .option('--in <group>', 'take the person to be in this group (again for more)', collect, [])
    .option('--scope <name>', 'a scope of the customer')
    .option('--file <file>', 'policy file (default: POLICY_FILE)')
    .action(async (...typed: [string, string, string, string | undefined, ExplainOptions]) => {
      const [person, customer, role, duration, { scope, in: groups, file }] = typed;
      const { ruling, lines } = explain(await loadPolicy(deps, file), {
        person,
        customer,
        role,
        groups,
        ...(duration !== undefined && { duration }),
        ...(scope !== undefined && { scope }),
      });
      for (const line of lines) deps.out(line);
      exitWith(ruling.kind === 'allowed' ? 0 : 1);
    });
}

interface ExplainOptions {
  in: readonly string[];
  scope?: string;
  file?: string;
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

async function readPolicyText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
    const why = code === 'ENOENT' ? 'it is not there' : String(cause);
    const remedy = 'Name the file, or set POLICY_FILE. policy.example.yaml shows what goes in.';
    throw new Misconfigured(`The policy file ${path} cannot be read: ${why}.`, remedy, { cause });
  }
}

async function loadPolicy(deps: CliDeps, file: string | undefined): Promise<Policy> {
  const path = file === undefined ? readPolicyPath(deps.env) : resolve(file);
  const { policy, problems } = checkPolicy(await readPolicyText(path), { sha256 });
  if (policy) return policy;
  throw new PolicyInvalid(problems);
}

async function check(deps: CliDeps, file: string | undefined): Promise<number> {
  const path = file === undefined ? readPolicyPath(deps.env) : resolve(file);
  const { policy, problems } = checkPolicy(await readPolicyText(path), { sha256 });
  for (const problem of problems) (policy ? deps.out : deps.err)(`${path}:${describeProblem(problem)}`);
  if (!policy) {
    deps.err(`✖ ${countOf(problems.length, 'problem')}. Nothing of this file would be used.`);
    return 1;
  }
  const counts = [
    countOf(policy.customers.size, 'customer'),
    countOf(policy.roles.size, 'role'),
    countOf(policy.rules.length, 'rule'),
    countOf(policy.people.length, 'linked account'),
  ];
  deps.out(`✔ ${path}: ${counts.join(', ')}`);
  return 0;
}

async function doctor(deps: CliDeps): Promise<number> {
  const config = attempt(() => readConfig(deps.env));
  say(deps, 'Settings', config.error, 'complete');
  const policy = await loadPolicy(deps, undefined).then(
    (value) => ({ value, error: undefined }),
    (error: unknown) => ({ value: undefined, error }),
  );
  say(deps, 'Policy', policy.error, `${countOf(policy.value?.rules.length ?? 0, 'rule')}, without errors`);
  if (!config.value || !policy.value) {
    deps.err('The rest was not looked at: it needs settings and policy.');
    return 1;
  }
  const failed = await runChecks(await deps.checksFor(config.value, policy.value), deps.out);
  deps.out(failed === 0 ? 'All is well.' : `${countOf(failed, 'thing')} to mend.`);
  return failed === 0 ? 0 : 1;
}

function say(deps: CliDeps, name: string, error: unknown, right: string): void {
  if (error === undefined) deps.out(`✔ ${name}: ${right}`);
  else deps.out(`✖ ${name}: ${describeError(error)}`);
}

function attempt<T>(act: () => T): { value?: T; error?: unknown } {
  try {
    return { value: act() };
  } catch (error) {
    return { error };
  }
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** From package.json beside src/, or beside dist/ once built. */
function versionOf(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const { version }: { version?: unknown } = JSON.parse(
        readFileSync(new URL(path, import.meta.url), 'utf8'),
      );
      if (typeof version === 'string') return version;
    } catch {
      // The other one, then.
    }
  }
  return 'unknown';
}

function isProgram(): boolean {
  const [, started] = process.argv;
  return started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url);
}

if (isProgram()) {
  // What is set already stays; `npm start` has read the file before us.
  if (existsSync('.env')) process.loadEnvFile('.env');
  process.exitCode = await runCli(process.argv.slice(2), {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    serve: async (config) => (await import('./main.ts')).start(config),
    checksFor: async (config, policy) =>
      (await import('./operator/doctor-checks.ts')).checksFor(config, policy),
    openRecords: async (config) => (await import('./operator/open-records.ts')).openRecords(config),
  });
}
