import { grantJob } from '../../src/access/jobs.ts';
import type { Store } from '../../src/access/ports.ts';
import { sampleEntry, sampleGrant, START } from './samples.ts';

const ID = 'AR-7K3M9PQX';
const OTHER_ID = 'AR-8K3M9PQX';
const entries = [sampleEntry(ID)];

/** What operators look at: what is stuck, how punctual we were, and what waits to be taken away. */
export function storeViewRules(store: () => Store): void {
  describe('stuckGrants', () => stuckRules(store));
  describe('punctuality', () => punctualityRules(store));
  describe('earliestTakeAt', () => takeRules(store));
}

function stuckRules(store: () => Store): void {
  it('lists grants while they are stuck, the one due the longest first', async () => {
    const stuck = { state: 'stuck', revision: 2 } as const;
    for (const id of [ID, OTHER_ID]) await store().commit({ grant: sampleGrant({ id }), entries });
    expect(await store().stuckGrants()).toEqual([]);
    const late = sampleGrant({ id: ID, ...stuck, endAt: START + 9_000_000 });
    const early = sampleGrant({ id: OTHER_ID, ...stuck, customerSlug: 'fabrikam', revokingAt: START + 1 });
    await store().commit({ grant: late, entries });
    await store().commit({ grant: early, entries });
    expect(await store().stuckGrants()).toEqual([early, late]);
    await store().commit({ grant: { ...early, revision: 3, state: 'revoking' }, entries });
    await store().commit({ grant: { ...late, revision: 3, state: 'ended', endedAt: START }, entries });
    expect(await store().stuckGrants()).toEqual([]);
  });
}

function punctualityRules(store: () => Store): void {
  it('remembers of each ended grant when what happened, in the order they ended', async () => {
    const gone = { state: 'ended', revokingAt: START + 100, firstDeleteAt: START + 120 } as const;
    const first = { askedAt: START - 50, acceptedAt: START + 5, activeAt: START + 9 };
    await store().commit({
      grant: sampleGrant({ id: ID, ...gone, ...first, endedAt: START + 300 }),
      entries,
    });
    const { firstDeleteAt: _, ...failed } = gone;
    const other = sampleGrant({ id: OTHER_ID, ...failed, stuckAt: START + 180, endedAt: START + 200 });
    await store().commit({ grant: other, entries });
    const [dueAt, decidedAt] = [START + 100, START];
    const records = [
      { grantId: OTHER_ID, decidedAt, dueAt, goneAt: START + 200, stuckAt: START + 180 },
      {
        grantId: ID,
        askedAt: START - 50,
        decidedAt,
        acceptedAt: START + 5,
        workingAt: START + 9,
        dueAt,
        firstDeleteAt: START + 120,
        goneAt: START + 300,
      },
    ];
    expect(await store().punctuality(0)).toEqual(records);
    expect(await store().punctuality(START + 300)).toEqual(records.slice(1));
    expect(await store().punctuality(START + 301)).toEqual([]);
  });

  it('says nothing of grants that have not ended', async () => {
    await store().commit({ grant: sampleGrant({ id: ID, state: 'revoking' }), entries });
    expect(await store().punctuality(0)).toEqual([]);
  });
}

function takeRules(store: () => Store): void {
  it('is the earliest instant in the lanes that take, of all of them', async () => {
    expect(await store().earliestTakeAt()).toBeUndefined();
    const job = (id: string, at: number, direction: 'give' | 'take') =>
      grantJob(sampleGrant({ id }), { at, direction });
    await store().commit({ jobs: [job(ID, START + 9, 'take'), job(OTHER_ID, START, 'give')], entries });
    expect(await store().earliestTakeAt()).toBe(START + 9);
    await store().commit({ jobs: [job(OTHER_ID, START + 4, 'take')], entries });
    expect(await store().earliestTakeAt()).toBe(START + 4);
  });
}
