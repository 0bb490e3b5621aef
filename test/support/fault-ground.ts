import type { Fault, FaultEffect } from '../../sandbox/faults.ts';
import { IDS, SLACK } from '../../sandbox/world/ids.ts';
import type { AzureWatch } from './azure-watch.ts';
import { watchAzure } from './azure-watch.ts';
import type { Journey } from './journey.ts';
import { startJourney } from './journey.ts';

/** The calls that change something in Azure, as the fault plan names them. */
export const WRITES = {
  invite: { method: 'POST', path: /\/invitations$/ },
  assign: { method: 'PUT', path: /\/roleAssignments\// },
  unassign: { method: 'DELETE', path: /\/roleAssignments\// },
  deleteGuest: { method: 'DELETE', path: /\/v1\.0\/users\// },
} as const;

/** A vendor's plain failure. */
export function failure(status: number, headers: Record<string, string> = {}): FaultEffect {
  return { kind: 'answer', status, headers, body: { error: { code: 'Simulated', message: 'simulated' } } };
}

/** A refusal in the words of ARM or Graph. */
export function refusal(status: number, code: string, message = `${code}, says the service.`): FaultEffect {
  return { kind: 'answer', status, body: { error: { code, message } } };
}

/** A journey for many faults after each other, in which waiting moves the clock. */
export interface FaultGround {
  journey: Journey;
  watch: AzureWatch;
  /** As `journey.until`; whenever nobody says anything to any vendor for a moment, the clock jumps. */
  until: Journey['until'];
  /** Asks for access to Contoso and answers the request's id. */
  ask(text?: string): Promise<string>;
  /** Has Olga approve it. */
  approve(id: string): Promise<void>;
  /** Until the engineer is told how to get in. */
  active(id: string): Promise<string>;
  /** Until the engineer is told that there is no access, and why. */
  failed(id: string): Promise<string>;
  finish(id: string): Promise<void>;
  /** Makes the next matching calls go wrong. */
  plan(...faults: Fault[]): void;
  /** Until nothing is left and the engineer is told. */
  ended(id: string): Promise<string>;
  /** Until the operators are told in their channel. */
  stuck(id: string): Promise<string>;
  /** Access that runs. */
  running(text?: string): Promise<string>;
  /** A guest of the customer's own with Dana's address, until the story is over. */
  theirGuest(change?: { accountEnabled?: boolean; deletedAt?: number }): { id: string };
  /** Something the customer does by itself, and takes back when the story is over. */
  customerDoes<T>(act: () => T, undo: (done: T) => void): T;
  /** No faults, usual settings. */
  reset(): void;
  /** Ends a story: nothing is left in Azure, and what is not ours is as the customer left it. */
  close(): void;
}

/** Nobody has called any vendor for so long: the app waits for time to pass. Ms. */
const IDLE_MS = 200;
const JUMP_MS = 15_000;
const LOOK_MS = 60;
/** Each world makes its own keys, which takes longer than most stories. */
const MOST_GROUNDS = 5;
/** What one person is told is told at this distance; nobody waits for it here. */
const PACE_MS = 2_000;

function hurriedUntil(journey: Journey): Journey['until'] {
  const { azure, slack, teams, clock } = journey.world;
  const count = () => azure.requests.length + slack.requests.length + teams.requests.length;
  return async (what, find, timeoutMs) => {
    let seen = { count: -1, at: 0 };
    let lookAgainAt = 0;
    return journey.until(
      what,
      () => {
        const now = Date.now();
        const hasMoved = count() !== seen.count;
        // Looking copies every message there is: not more often than something can have changed.
        if (!hasMoved && now < lookAgainAt) return undefined;
        if (hasMoved) seen = { count: count(), at: now };
        lookAgainAt = now + LOOK_MS;
        const found = find();
        if (!found && now - seen.at > IDLE_MS) {
          clock.advance(JUMP_MS);
          seen.at = now;
        }
        return found;
      },
      timeoutMs,
    );
  };
}

/** Starts the app with tokens that are asked for anew each time, so that a consent taken away is felt at once. */
export async function faultGround(): Promise<FaultGround> {
  const journey = await startJourney({
    policy: (text) => text.replace('requestsPerHour: 30', 'requestsPerHour: 1000'),
  });
  const { azure, clock } = journey.world;
  const usual = structuredClone(azure.settings(IDS.contoso));
  const reset = () => {
    azure.faults.clear();
    Object.assign(azure.settings(IDS.contoso), structuredClone(usual), { tokenLifetimeS: 200 });
    azure.settings(IDS.northwind).tokenLifetimeS = 200;
    azure.app(IDS.app).secretState = 'valid';
  };
  reset();
  const until = hurriedUntil(journey);
  const told = (id: string, title: string) =>
    until(`"${title}" for ${id}`, () =>
      journey.slackDms(SLACK.dana).find((text) => text.includes(id) && text.includes(title)),
    );
  const undos: Array<() => void> = [];
  const watch = watchAzure(journey.world);
  let foreign = watch.foreign();
  const ground: FaultGround = {
    journey,
    watch,
    until,
    ask: (text = 'contoso reader 1h') => {
      clock.advance(PACE_MS);
      return journey.ask(text);
    },
    approve: async (id) => {
      const answer = await journey.teamsPress('approve', { id });
      if (!answer.startsWith('Approved')) throw new Error(`not approved: ${answer}`);
    },
    active: (id) => told(id, 'You are in'),
    failed: (id) => told(id, 'Not granted'),
    finish: async (id) => {
      clock.advance(PACE_MS);
      await journey.slackCommand(`/access finish ${id}`);
    },
    plan: (...faults) => faults.forEach(azure.faults.add),
    ended: async (id) => {
      await until('nothing left', () => journey.made().length === 0);
      return told(id, 'Ended');
    },
    stuck: (id) =>
      until(`the alarm for ${id}`, () =>
        journey.slackText(SLACK.ops).find((text) => text.includes(id) && text.includes('STUCK')),
      ),
    running: async (text) => {
      const id = await ground.ask(text);
      await ground.approve(id);
      await ground.active(id);
      return id;
    },
    theirGuest: (change = {}) =>
      ground.customerDoes(
        () => {
          const guest = { displayName: 'Dana (their own guest)', mail: 'dana@northwind.example' };
          const { id } = azure.addUser(IDS.contoso, { ...guest, userType: 'Guest' });
          azure.changeUser(IDS.contoso, id, change);
          return { id };
        },
        ({ id }) => {
          const blank = { mail: null, otherMails: [], proxyAddresses: [], userPrincipalName: `${id}@gone` };
          azure.changeUser(IDS.contoso, id, blank);
        },
      ),
    customerDoes: (act, undo) => {
      const done = act();
      undos.unshift(() => undo(done));
      foreign = ground.watch.foreign();
      return done;
    },
    close: () => {
      reset();
      expect(journey.made()).toEqual([]);
      expect(ground.watch.trespasses()).toEqual([]);
      expect(ground.watch.foreign()).toEqual(foreign);
      for (const undo of undos.splice(0)) undo();
      foreign = ground.watch.foreign();
    },
    reset,
  };
  return ground;
}

/** Grounds for stories that are told at the same time, each on its own. */
export interface FaultGrounds {
  /** Tells a story on a ground of its own, then sees that nothing is left and nothing foreign was touched. */
  story(tell: (ground: FaultGround) => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

export function faultGrounds(): FaultGrounds {
  const grounds: Array<Promise<FaultGround>> = [];
  const free: FaultGround[] = [];
  const waiting: Array<(ground: FaultGround) => void> = [];
  const take = (): Promise<FaultGround> => {
    const known = free.pop();
    if (known) return Promise.resolve(known);
    if (grounds.length >= MOST_GROUNDS) return new Promise((resolve) => void waiting.push(resolve));
    const fresh = faultGround();
    grounds.push(fresh);
    return fresh;
  };
  const give = (ground: FaultGround): void => {
    const next = waiting.shift();
    if (next) next(ground);
    else free.push(ground);
  };
  return {
    story: async (tell) => {
      const ground = await take();
      try {
        await tell(ground);
        ground.close();
        give(ground);
      } catch (error) {
        // A ground whose story went wrong is not used again.
        grounds.push(
          faultGround().then((fresh) => {
            give(fresh);
            return fresh;
          }),
        );
        throw error;
      }
    },
    stop: async () => {
      const all = await Promise.all(grounds);
      await Promise.all(all.map(({ journey }) => journey.stop()));
    },
  };
}
