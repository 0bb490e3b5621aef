import type { Commit, Entitlements, Guests, Store } from './access/ports.ts';

/** Calls of the ports that change something outside. */
const EFFECTS = [
  'guest.invite',
  'guest.remove',
  'assignment.assign',
  'assignment.move',
  'assignment.unassign',
] as const;

/** Every event a record is written with, and `quiet` for a record without one. */
export const RECORDED_EVENTS = [
  'request.asked',
  'request.approval',
  'request.denied',
  'request.cancelled',
  'request.timedOut',
  'grant.approved',
  'grant.extended',
  'grant.leaving',
  'grant.ended',
  'grant.stuck',
  'grant.retry.asked',
  'guest.invite.intended',
  'guest.invited',
  'guest.found',
  'guest.kept',
  'guest.late',
  'guest.remove.intended',
  'guest.removed',
  'assignment.intended',
  'assignment.made',
  'assignment.moved',
  'assignment.remove.intended',
  'assignment.removed',
] as const;

type Effect = (typeof EFFECTS)[number];
type Recorded = (typeof RECORDED_EVENTS)[number] | 'quiet';

/** A moment between an intent, an effect and its record, e.g. `after guest.invite` or `before commit grant.approved`. */
export type FailPoint = `${'before' | 'after'} ${Effect | `commit ${Recorded}`}`;

/** Every moment at which the process can be made to die. */
export const FAIL_POINTS: readonly FailPoint[] = [
  ...EFFECTS,
  ...[...RECORDED_EVENTS, 'quiet' as const].map((event) => `commit ${event}` as const),
].flatMap((what) => [`before ${what}` as const, `after ${what}` as const]);

/** What is told of every fail point that is reached; the call waits for it. */
export type Reach = (point: string) => Promise<void>;

/** The ports that change something. */
export interface FailingPorts {
  store: Store;
  guests: Guests;
  entitlements: Entitlements;
}

/** The same ports, with a fail point before and after whatever changes something. */
export function withFailPoints({ store, guests, entitlements }: FailingPorts, reach: Reach): FailingPorts {
  const around =
    <Ask, Answer>(nameOf: (ask: Ask) => Effect | `commit ${string}`, call: (ask: Ask) => Promise<Answer>) =>
    async (ask: Ask): Promise<Answer> => {
      const name = nameOf(ask);
      await reach(`before ${name}`);
      const answer = await call(ask);
      await reach(`after ${name}`);
      return answer;
    };
  const commitName = ({ entries }: Commit) => `commit ${entries.at(-1)?.event ?? 'quiet'}` as const;
  return {
    store: { ...store, commit: around(commitName, store.commit) },
    guests: {
      ...guests,
      invite: around(() => 'guest.invite', guests.invite),
      remove: around(() => 'guest.remove', guests.remove),
    },
    entitlements: {
      ...entitlements,
      assign: around(() => 'assignment.assign', entitlements.assign),
      move: around(() => 'assignment.move', entitlements.move),
      unassign: around(() => 'assignment.unassign', entitlements.unassign),
    },
  };
}

/** Ends this process at the first time this point is reached, as a power failure would. */
export function dieAt(point: FailPoint): Reach {
  return async (reached) => {
    if (reached !== point) return;
    process.kill(process.pid, 'SIGKILL');
    // The signal takes a moment; nothing of us may go on meanwhile.
    await new Promise(() => undefined);
  };
}
