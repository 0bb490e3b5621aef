import type { Command } from 'commander';
import { parsePeriod } from '../access/command.ts';
import type { Grant } from '../access/grant.ts';
import { dueToLeaveAt } from '../access/grant.ts';
import { inert } from '../access/names.ts';
import { parseRequestId, REQUEST_ID_EXAMPLE } from '../access/request-id.ts';
import { readSlo } from '../access/slo.ts';
import { retryStuck } from '../access/stuck-access.ts';
import { revokedWords, shortMs, sloLines } from '../chat/slo-card.ts';
import { runbookWords } from '../chat/stuck-words.ts';
import { nameWords, relativeWords, utcWords } from '../chat/words.ts';
import type { Records } from './open-records.ts';

/** What the commands about records need. */
export interface RecordCommandDeps {
  out(line: string): void;
  /** Opens the records of the settings; the command closes them. */
  open(): Promise<Records>;
  exitWith(code: number): void;
}

/** Adds `stuck`, `stuck retry` and `slo`. */
export function addRecordCommands(program: Command, deps: RecordCommandDeps): void {
  const stuck = program
    .command('stuck')
    .description('list what could not be taken away, why, and what to do; fails when there is any')
    .action(() => withRecords(deps, (records) => listStuck(deps, records)));
  stuck
    .command('retry')
    .description('try again now: all that is stuck, or one')
    .argument('[id]', `like ${REQUEST_ID_EXAMPLE}`)
    .action((id?: string) => withRecords(deps, (records) => retry(deps, records, id)));
  program
    .command('slo')
    .description('say how punctual Latchkey was')
    .argument('[period]', 'like 24h, 7d, 90d', '30d')
    .action((period: string) => withRecords(deps, (records) => tellSlo(deps, records, period)));
}

async function withRecords(deps: RecordCommandDeps, run: (records: Records) => Promise<void>): Promise<void> {
  const records = await deps.open();
  try {
    await run(records);
  } finally {
    records.close();
  }
}

async function listStuck({ out, exitWith }: RecordCommandDeps, { store, clock }: Records): Promise<void> {
  const grants = await store.stuckGrants();
  if (grants.length === 0) out('Nothing is stuck.');
  for (const grant of grants) for (const line of stuckLines(grant, clock.now())) out(line);
  exitWith(grants.length === 0 ? 0 : 1);
}

function stuckLines(grant: Grant, now: number): string[] {
  const { id, stuckAt, nextTryAt, lastError, obstacle } = grant;
  const due = utcWords(dueToLeaveAt(grant), now);
  const since = utcWords(stuckAt ?? dueToLeaveAt(grant), now);
  const next = nextTryAt === undefined || nextTryAt <= now ? 'now' : relativeWords(nextTryAt, now);
  return [
    `${id}  ${grant.roleName} at ${nameWords(grant.customerName)}, held by ${nameWords(grant.personName)}`,
    `  was due ${due}, stuck since ${since}, next try ${next}`,
    `  why: ${inert(lastError ?? '') || 'Azure gave no reason.'}`,
    `  what to do: ${runbookWords(obstacle)}`,
  ];
}

async function retry({ out }: RecordCommandDeps, records: Records, typed?: string): Promise<void> {
  const id =
    typed === undefined ? undefined : parseRequestId(typed, `latchkey stuck retry ${REQUEST_ID_EXAMPLE}`);
  const retried = await retryStuck(records, { id, by: 'terminal' });
  for (const grant of retried) out(`${grant.id} is tried again now.`);
  if (retried.length === 0) out('Nothing is stuck that is not being tried already.');
}

async function tellSlo({ out }: RecordCommandDeps, records: Records, period: string): Promise<void> {
  const slo = await readSlo(records, parsePeriod(period));
  out(revokedWords(slo));
  const late =
    slo.oldestOverdueMs === 0
      ? 'nothing is overdue'
      : `the oldest is ${shortMs(slo.oldestOverdueMs)} overdue`;
  out(`${slo.stuck} stuck now; ${late}.`);
  for (const [label, words] of sloLines(slo)) out(`${label}: ${words}`);
}
