import type { Person } from './person.ts';
import type { Side } from './policy.ts';

/** What a person can say about a request. */
export type Verdict = 'approve' | 'deny';

/** One Person's verdict on one version of a request, from one side, at one stage. */
export interface Decision {
  person: Person;
  /** Display name, looked up by id at the time. */
  name: string;
  side: Side;
  /** Index into the request's stages. */
  stage: number;
  verdict: Verdict;
  /** Version and digest of what the card showed. */
  version: number;
  digest: string;
  /** What this approver allows, at most what was asked. Ms. */
  durationMs: number;
  reason?: string;
  decidedAt: number;
}
