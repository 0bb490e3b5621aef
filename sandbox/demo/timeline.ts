import type { Entry } from './story.ts';

/** The story as a table: what, when on the clock, how long after the asking. */
export function timelineLines(entries: readonly Entry[]): string[] {
  const [first] = entries;
  if (!first) return [];
  const inOrder = [...entries].sort((one, other) => one.at - other.at);
  const rows = inOrder.map(
    ({ step, at, what }) => [step, wallClock(at), `${at - first.at} ms`, what] as const,
  );
  const width = (column: 0 | 2): number => Math.max(...rows.map((row) => row[column].length));
  const [steps, offsets] = [width(0), width(2)];
  return [
    '',
    `  ${''.padEnd(steps)}  ${'clock'.padEnd(12)}  ${'after asking'.padStart(offsets)}`,
    ...rows.map(
      ([step, at, offset, what]) =>
        `  ${step.padEnd(steps)}  ${at}  ${offset.padStart(Math.max(offsets, 12))}  ${what}`,
    ),
    '',
    ...summary(entries),
  ];
}

function summary(entries: readonly Entry[]): string[] {
  const at = (step: string): number | undefined => entries.find((entry) => entry.step === step)?.at;
  const [asked, approved, effective, due, ended, gone] = [
    'asked',
    'approved',
    'effective',
    'due',
    'ended',
    'verified gone',
  ].map(at);
  if (!asked || !approved || !effective || !due || !ended || !gone) return [];
  return [
    `  From Approve to access: ${effective - approved} ms. Access lasted ${((ended - effective) / 1000).toFixed(1)} s.`,
    `  It ended ${ended - due} ms after its time, and was verified gone after ${gone - due} ms. Nothing is left.`,
    '',
  ];
}

function wallClock(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}

/** What went wrong, with the app's last lines. */
export function failureLines(problem: string, logTail: readonly string[]): string[] {
  const log =
    logTail.length > 0
      ? ['', 'The last lines of Latchkey’s log:', ...logTail.map((line) => `  ${line}`)]
      : [];
  return ['', `FAILED: ${problem}`, ...log];
}
