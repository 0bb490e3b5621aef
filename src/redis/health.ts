import type { Clock } from '../access/ports.ts';
import type { DueClass, DueIndex } from './due-index.ts';

const CLASSES: readonly DueClass[] = ['take', 'give', 'clock', 'mail'];

/** How late the most overdue job of each class is, and how many are due. This, not a ping, says whether we work. */
export interface Health {
  /** Ms per class; 0 when nothing is overdue. @throws {Unavailable} when Redis does not answer */
  headAgeMs(): Promise<Record<DueClass, number>>;
  /** How many are due and nobody works on them, per class. @throws {Unavailable} when Redis does not answer */
  waiting(): Promise<Record<DueClass, number>>;
}

/** Reads the due index from outside the worker. */
export function createHealth({ index, clock }: { index: DueIndex; clock: Pick<Clock, 'now'> }): Health {
  const read = async (measure: (head: { dueAt?: number; waiting: number }) => number) => {
    const heads = await index.heads(CLASSES);
    const of = (name: DueClass): number => measure(heads.get(name) ?? { waiting: 0 });
    return { take: of('take'), give: of('give'), clock: of('clock'), mail: of('mail') };
  };
  return {
    headAgeMs: () => read(({ dueAt }) => (dueAt === undefined ? 0 : Math.max(0, clock.now() - dueAt))),
    waiting: () => read(({ waiting }) => waiting),
  };
}
