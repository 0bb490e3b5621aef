import { describeError } from './describe-error.ts';

/** One thing that has to be right. `run` answers what is right about it, in a few words, or throws what is wrong. */
export interface Check {
  name: string;
  run(): Promise<string>;
}

/** How long one check may take, ms. */
const CHECK_DEADLINE_MS = 30_000;

/**
 * Runs all checks at once and says each in a line, in order, with what to do where something is wrong.
 *
 * @returns how many failed
 */
export async function runChecks(
  checks: readonly Check[],
  say: (line: string) => void,
  deadlineMs = CHECK_DEADLINE_MS,
): Promise<number> {
  const runs = checks.map((check) => judge(check, deadlineMs));
  let failed = 0;
  for (const run of runs) {
    const { isRight, line } = await run;
    if (!isRight) failed += 1;
    say(line);
  }
  return failed;
}

async function judge(check: Check, deadlineMs: number): Promise<{ isRight: boolean; line: string }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const seconds = Math.round(deadlineMs / 1_000);
    timer = setTimeout(
      () => reject(new Error(`no answer within ${seconds} s; check network and firewall`)),
      deadlineMs,
    );
  });
  try {
    return { isRight: true, line: `✔ ${check.name}: ${await Promise.race([check.run(), late])}` };
  } catch (error) {
    return { isRight: false, line: `✖ ${check.name}: ${describeError(error)}` };
  } finally {
    clearTimeout(timer);
  }
}
