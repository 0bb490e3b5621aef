import type { Spread } from '../access/punctuality.ts';
import type { Slo } from '../access/slo.ts';
import { revokeSuccess } from '../access/slo.ts';
import type { Card, Fact } from './card.ts';
import { listing } from './listings.ts';
import { bold, date, fact, line } from './parts.ts';
import type { CardContext } from './request-facts.ts';
import { count, durationWords } from './words.ts';

/** How punctual we were, in words. */
export function sloCard({ now }: CardContext, slo: Slo): Card {
  const { since, until, stuck, oldestOverdueMs } = slo;
  return listing({
    tone: stuck > 0 || oldestOverdueMs > LATE_MS ? 'bad' : 'good',
    title: `Punctuality over ${durationWords(until - since)}`,
    status: line(
      bold(revokedWords(slo)),
      ` ${stuck === 0 ? 'Nothing is stuck' : `${stuck} stuck`} now; `,
      oldestOverdueMs === 0 ? 'nothing is overdue.' : `the oldest is ${shortMs(oldestOverdueMs)} overdue.`,
    ),
    facts: sloLines(slo).map(([label, words]): Fact => fact(label, words)),
    notes: [line('Counted are grants that ended between ', date(since), ' and ', date(now), '.')],
  });
}

const LATE_MS = 60_000;

/** Each spread with its name, in words: for cards and for a terminal. */
export function sloLines(slo: Slo): Array<[label: string, words: string]> {
  const rows: Array<[string, Spread | undefined]> = [
    ['Asked to decided', slo.askedToDecided],
    ['Decided to accepted by Azure', slo.decidedToAccepted],
    ['Decided to working', slo.decidedToWorking],
    ['End to first DELETE', slo.endToFirstDelete],
    ['End to verified gone', slo.endToGone],
  ];
  return rows.map(([label, spread]) => [label, spreadWords(spread)]);
}

/** `412 of 413 taken away (99.76 %), 2 of them after being stuck.` */
export function revokedWords(slo: Slo): string {
  const { ended, stuck, wereStuck } = slo;
  if (ended + stuck === 0) return 'Nothing had to be taken away.';
  // Never rounded up to all of them.
  const percent = Math.floor(revokeSuccess(slo) * 10_000) / 100;
  const after = wereStuck === 0 ? '' : `, ${count(wereStuck, 'of them', 'of them')} after being stuck`;
  return `${ended} of ${ended + stuck} taken away (${percent} %)${after}.`;
}

function spreadWords(spread: Spread | undefined): string {
  if (!spread) return 'nothing measured';
  const { p50Ms, p95Ms, p99Ms, maxMs } = spread;
  return `half within ${shortMs(p50Ms)}, 95 % within ${shortMs(p95Ms)}, 99 % within ${shortMs(p99Ms)}, all within ${shortMs(maxMs)}`;
}

/** `12 ms`, `3.4 s`, and words from a minute on. */
export function shortMs(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : durationWords(ms);
}
