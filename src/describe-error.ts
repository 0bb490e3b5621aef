import { InvalidCommand, Misconfigured } from './access/errors.ts';
import { clean } from './log.ts';

/** What went wrong and what to do about it, for a terminal. Nothing that looks like a secret is in it. */
export function describeError(error: unknown): string {
  const remedy =
    error instanceof Misconfigured ? error.remedy : error instanceof InvalidCommand ? error.hint : '';
  const message = error instanceof Error ? error.message : String(error);
  const shown = message
    .split('\n')
    .map((line) => String(clean({ line })['line']))
    .join('\n');
  return remedy === '' ? shown : `${shown}\n  → ${remedy}`;
}
