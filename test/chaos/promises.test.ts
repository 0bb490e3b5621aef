import { IDS } from '../../sandbox/world/ids.ts';
import type { ChaosGround, WrittenEntry } from './ground.ts';
import type { Life } from './lives.ts';
import { findBroken } from './promises.ts';

const T0 = Date.UTC(2026, 10, 20, 12);
const ID = 'AR-7K3M9PQX';
const ASSIGNMENT = '0b8f9c1e-0000-4000-8000-00000000a001';
const owner = `${IDS.contoso}/${IDS.olga}`;

const LIFE: Life = {
  name: ASSIGNMENT,
  grantId: ID,
  bornAt: T0 + 2_000,
  endAt: T0 + 60_000,
  goneAt: T0 + 60_100,
};

function line(event: string, atMs: number, more: Partial<WrittenEntry> = {}): WrittenEntry {
  return { event, at: T0 + atMs, writtenAt: T0 + atMs, customerSlug: 'contoso', subjectId: ID, ...more };
}

const LEDGER: readonly WrittenEntry[] = [
  line('request.asked', 0),
  line('request.approval', 1_000, { actor: owner, facts: { digest: 'd1' } }),
  line('grant.approved', 1_000, { facts: { digest: 'd1' } }),
  line('assignment.intended', 1_500, { facts: { assignmentId: ASSIGNMENT } }),
  line('grant.ended', 60_200),
];

interface Change {
  ledger?: readonly WrittenEntry[];
  lives?: readonly Life[];
  left?: Array<{ kind: string; id: string; text: string }>;
  trespasses?: string[];
  foreign?: unknown;
  shouted?: Array<{ text: string; blocks: []; postedAt: number }>;
}

/** What is broken after a good story in which these things were otherwise. */
async function broken(change: Change): Promise<string[]> {
  const { ledger = LEDGER, lives = [LIFE], left = [], trespasses = [], foreign = {}, shouted = [] } = change;
  const ground = {
    ledger: async () => [...ledger],
    lives,
    foreignBefore: () => '{}',
    watch: { trespasses: () => trespasses, foreign: () => foreign },
    world: { azure: { leftBehind: () => left }, slack: { messages: () => shouted } },
  } as unknown as ChaosGround;
  return (await findBroken(ground)).map(({ promise }) => promise);
}

const without = (event: string): WrittenEntry[] => LEDGER.filter((entry) => entry.event !== event);

describe('findBroken', () => {
  it('finds nothing in a good story', async () => {
    expect(await broken({})).toEqual([]);
  });

  it('P1: finds what was gone too late, unless the operators were told in time', async () => {
    const late = { ...LIFE, goneAt: LIFE.endAt + 60_001 };
    const told = (postedAt: number) => [{ text: `STUCK ${ID}`, blocks: [] as [], postedAt }];
    expect(await broken({ lives: [late] })).toEqual(['P1']);
    expect(await broken({ lives: [late], shouted: told(LIFE.endAt + 60_000) })).toEqual([]);
    expect(await broken({ lives: [late], shouted: told(LIFE.endAt + 60_001) })).toEqual(['P1']);
  });

  it.each<[string, WrittenEntry[]]>([
    ['nobody approved', without('request.approval')],
    ['the intent was not written', without('assignment.intended')],
    ['somebody else approved', LEDGER.map((entry) => (entry.actor ? { ...entry, actor: 'x/y' } : entry))],
    [
      'something else was approved',
      LEDGER.map((entry) => (entry.actor ? { ...entry, facts: { digest: 'd2' } } : entry)),
    ],
    [
      'the approval came later',
      LEDGER.map((entry) => (entry.actor ? { ...entry, writtenAt: T0 + 5_000 } : entry)),
    ],
  ])('P2: finds access where %s', async (_, ledger) => {
    expect(await broken({ ledger })).toEqual(['P2']);
  });

  it('P5: finds two decisions, and access that was made twice', async () => {
    expect(await broken({ ledger: [...LEDGER, line('request.denied', 3_000)] })).toContain('P5');
    expect(await broken({ lives: [LIFE, LIFE] })).toEqual(['P5']);
  });

  it('P6: finds access that appeared after the end', async () => {
    const again = { ...LIFE, bornAt: T0 + 61_000, goneAt: T0 + 62_000 };
    expect(await broken({ lives: [again] })).toEqual(['P6']);
  });

  it('P20: finds what was done to others', async () => {
    expect(await broken({ trespasses: ['DELETE /v1.0/users/x'] })).toEqual(['P20']);
    expect(await broken({ foreign: { users: [] } })).toEqual(['P20']);
  });

  it('finds what is left, and what never ended', async () => {
    expect(await broken({ left: [{ kind: 'guest', id: 'g', text: 'Dana' }] })).toEqual(['left']);
    expect(await broken({ ledger: without('grant.ended') })).toEqual(['left']);
  });
});
