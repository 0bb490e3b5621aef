import { InvalidCommand, Misconfigured, Unavailable } from '../access/errors.ts';
import { clean } from '../log.ts';

const MAX_CAUSE = 300;

/** What went wrong and what to do about it, for a terminal. Nothing that looks like a secret is in it. */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const shown = message.split('\n').map(cleanLine).join('\n');
  const remedy = remedyFor(error);
  return remedy === '' ? shown : `${shown}\n  → ${remedy}`;
}

function remedyFor(error: unknown): string {
  if (error instanceof Misconfigured) return error.remedy;
  if (error instanceof InvalidCommand) return error.hint;
  if (codeOf(error) === 'EADDRINUSE') return 'Stop what listens there, or set PORT to a free one.';
  if (!(error instanceof Unavailable)) return '';
  const why = causeOf(error);
  return `Check the network and try again.${why === '' ? '' : ` The cause was: ${why}`}`;
}

/** The innermost words: what wraps them was said already. */
function causeOf(error: Error): string {
  let inner: unknown = error.cause;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return inner instanceof Error ? cleanLine(inner.message.replace(/\s+/g, ' ').slice(0, MAX_CAUSE)) : '';
}

function cleanLine(line: string): string {
  return String(clean({ line })['line']);
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
