import { IDS, SLACK } from '../../sandbox/world/ids.ts';
import type { ChaosGround, WrittenEntry } from './ground.ts';

/** A promise that was not kept, in words. */
export interface Broken {
  promise: 'P1' | 'P2' | 'P5' | 'P6' | 'P20' | 'left';
  text: string;
}

/** After this long past its end nothing exists, unless it was shouted about. Ms. */
const LATE_MS = 60_000;
const DECIDED = [
  'grant.approved',
  'grant.extended',
  'request.denied',
  'request.cancelled',
  'request.timedOut',
];
const FINAL = new Set(['request.denied', 'request.cancelled', 'request.timedOut', 'grant.ended']);
const OWNERS = new Set([IDS.olga, IDS.omar].map((id) => `${IDS.contoso}/${id}`));

/** Holds what Azure and the ledger say against the promises. Nothing may be under way any more. */
export async function findBroken(ground: ChaosGround): Promise<Broken[]> {
  const ledger = await ground.ledger();
  const bySubject = groupedBy(ledger, ({ subjectId }) => subjectId);
  const broken: Broken[] = [...tooLate(ground), ...foreign(ground)];
  const name = (promise: Broken['promise'], text: string): void => void broken.push({ promise, text });
  for (const { kind, id, text } of ground.world.azure.leftBehind(IDS.app))
    name('left', `${kind} ${id} ${text}`);
  for (const [id, entries] of bySubject) {
    const count = (event: string): number => entries.filter((entry) => entry.event === event).length;
    const decided = ledger.filter(
      ({ event, subjectId, facts }) =>
        DECIDED.includes(event) && (event === 'grant.extended' ? facts?.['by'] === id : subjectId === id),
    );
    if (decided.length > 1)
      name('P5', `${id} was decided as ${decided.map(({ event }) => event).join(', ')}`);
    if (count('grant.approved') > 0 && count('grant.ended') !== 1)
      name('left', `${id} was approved once and ended ${count('grant.ended')} times`);
  }
  const born = groupedBy(ground.lives, ({ grantId }) => grantId);
  for (const [id, lives] of born) {
    const entries = bySubject.get(id) ?? [];
    if (lives.length > 1) name('P5', `${id} made ${lives.length} assignments`);
    for (const { name: assignment, bornAt } of lives) {
      if (!isDecided(entries, { assignment, bornAt }))
        name('P2', `${assignment} of ${id} was made undecided: ${told(entries, bornAt)}`);
      const final = entries.find(({ event, writtenAt }) => FINAL.has(event) && writtenAt < bornAt);
      if (final) name('P6', `${assignment} of ${id} appeared after ${final.event}`);
    }
  }
  return broken;
}

/** An owner approved before, of the same digest as the grant, and the intent was written before. */
function isDecided(
  entries: readonly WrittenEntry[],
  { assignment, bornAt }: { assignment: string; bornAt: number },
): boolean {
  const before = entries.filter(({ writtenAt }) => writtenAt <= bornAt);
  const grant = before.find(({ event }) => event === 'grant.approved');
  const approvals = before.filter(({ event }) => event === 'request.approval');
  const isIntended = before.some(
    ({ event, facts }) => event === 'assignment.intended' && facts?.['assignmentId'] === assignment,
  );
  return (
    isIntended &&
    grant !== undefined &&
    approvals.some(
      ({ actor = '', facts }) => OWNERS.has(actor) && facts?.['digest'] === grant.facts?.['digest'],
    )
  );
}

function tooLate({ lives, world }: ChaosGround): Broken[] {
  return lives.flatMap(({ name, grantId, endAt, goneAt = Date.now() }): Broken[] => {
    const lateMs = goneAt - endAt;
    if (lateMs <= LATE_MS) return [];
    const shouted = world.slack
      .messages(SLACK.ops)
      .some(
        ({ text, blocks, postedAt }) =>
          postedAt <= endAt + LATE_MS && `${text}${JSON.stringify(blocks)}`.includes(grantId),
      );
    return shouted ? [] : [{ promise: 'P1', text: `${name} of ${grantId} was gone ${lateMs} ms late` }];
  });
}

function foreign({ watch, foreignBefore }: ChaosGround): Broken[] {
  const trespasses = watch.trespasses().map((text): Broken => ({ promise: 'P20', text }));
  if (JSON.stringify(watch.foreign()) === foreignBefore()) return trespasses;
  return [...trespasses, { promise: 'P20', text: 'something that is not ours has changed' }];
}

function groupedBy<T>(list: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** What was written when, relative to an instant. */
function told(entries: readonly WrittenEntry[], fromAt: number): string {
  return entries.map(({ event, writtenAt }) => `${event} ${writtenAt - fromAt} ms`).join(', ');
}
