import fc from 'fast-check';
import { Refused, StateConflict } from '../../src/access/errors.ts';
import { grantJob, requestJob, requestJobId } from '../../src/access/jobs.ts';
import type { Claim, Store } from '../../src/access/ports.ts';
import { ANNA, BEN, START, TENANT, sampleEntry, sampleGrant, sampleRequest, sampleStay } from './samples.ts';
import { storeViewRules } from './store-views.ts';

const ID = 'AR-7K3M9PQX';
const OTHER_ID = 'AR-8K3M9PQX';

/** Takes the earliest job that is due by `now` out of a store, under a fresh lease. */
export type ClaimDue<S extends Store> = (
  store: S,
  now: number,
) => Promise<Claim | undefined> | Claim | undefined;

/**
 * What every implementation of `Store` keeps to.
 *
 * @param makeStore answers an empty store each time it is called
 * @param claimDue how its jobs are claimed; without it the rules about leases are not tried
 */
export function storeContract<S extends Store>(
  name: string,
  makeStore: () => Promise<S> | S,
  claimDue?: ClaimDue<S>,
): void {
  describe(`Store: ${name}`, () => {
    let store: S;
    beforeEach(async () => {
      store = await makeStore();
    });

    if (claimDue)
      describe('commit under a claim', () =>
        leaseRules(
          () => store,
          (now) => claimDue(store, now),
        ));

    describe('commit', () => recordRules(() => store));
    describe('commit of equal requests', () => fingerprintRules(() => store));
    describe('openGrantsOf…, pendingRequestsOf…', () => indexRules(() => store));
    storeViewRules(() => store);
    describe('countAsk', () => countRules(() => store));
  });
}

const entries = [sampleEntry(ID)];

function recordRules(store: () => Store): void {
  it('gives back exactly what was stored, whatever people wrote', async () => {
    const request = sampleRequest({ id: ID, ticket: '{"revision":7}' });
    const grant = sampleGrant({ id: ID });
    const stay = sampleStay();
    await store().commit({ request, grant, stay, entries });
    expect(await store().findRequest(ID)).toEqual(JSON.parse(JSON.stringify(request)));
    expect(await store().findGrant(ID)).toEqual(grant);
    expect(await store().findStay(stay)).toEqual(stay);
  });

  it('finds nothing under an id it has not stored, or that is none', async () => {
    expect(await store().findRequest(ID)).toBeUndefined();
    expect(await store().findGrant('not an id')).toBeUndefined();
    expect(await store().findRequest('ar-7k3m9pqx')).toBeUndefined();
    expect(await store().findStay(sampleStay())).toBeUndefined();
  });

  it('refuses a record that is not exactly one revision ahead', async () => {
    await store().commit({ request: sampleRequest({ id: ID }), entries });
    for (const revision of [1, 3]) {
      const late = store().commit({ request: sampleRequest({ id: ID, revision, stage: 1 }), entries });
      await expect(late).rejects.toBeInstanceOf(StateConflict);
    }
    const ahead = store().commit({ grant: sampleGrant({ id: OTHER_ID, revision: 2 }), entries });
    await expect(ahead).rejects.toBeInstanceOf(StateConflict);
    expect(await store().findRequest(ID)).toMatchObject({ revision: 1, stage: 0 });
    expect(await store().findGrant(OTHER_ID)).toBeUndefined();
  });

  it('writes nothing at all when one of the records has moved on', async () => {
    await store().commit({ stay: sampleStay(), entries });
    const commit = { request: sampleRequest({ id: ID }), grant: sampleGrant({ id: ID }), stay: sampleStay() };
    await expect(store().commit({ ...commit, entries })).rejects.toBeInstanceOf(StateConflict);
    expect(await store().findRequest(ID)).toBeUndefined();
    expect(await store().findGrant(ID)).toBeUndefined();
    expect(await store().pendingRequestsOfPerson(ANNA)).toEqual([]);
    expect(await store().openGrantsOfCustomer('contoso')).toEqual([]);
    await store().commit({ request: sampleRequest({ id: OTHER_ID }), entries });
  });

  it('lets exactly one of many writers at one revision win', async () => {
    let serial = 0;
    const writers = fc.array(fc.constantFrom('request', 'grant', 'both'), { minLength: 2, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(writers, fc.integer({ min: 1, max: 3 }), async (kinds, revision) => {
        const id = `AR-${String(++serial).padStart(8, '0')}`;
        const person = { ...ANNA, objectId: id };
        const request = sampleRequest({ id, requester: person });
        const grant = sampleGrant({ id, person });
        for (let before = 1; before < revision; before++) {
          const stored = { request: { ...request, revision: before }, grant: { ...grant, revision: before } };
          await store().commit({ ...stored, entries });
        }
        const attempts = kinds.map((kind, index) =>
          store().commit({
            ...(kind !== 'grant' && { request: { ...request, revision, closedReason: `${index}` } }),
            ...(kind !== 'request' && { grant: { ...grant, revision, endReason: `${index}` } }),
            entries,
          }),
        );
        const results = await Promise.allSettled(attempts);
        const winners = results.flatMap((result, index) => (result.status === 'fulfilled' ? [index] : []));
        const losers = results.filter((result) => result.status === 'rejected');
        for (const { reason } of losers) expect(reason).toBeInstanceOf(StateConflict);
        const [stored, storedGrant] = [await store().findRequest(id), await store().findGrant(id)];
        const requestWinners = winners.filter((index) => kinds[index] !== 'grant');
        const grantWinners = winners.filter((index) => kinds[index] !== 'request');
        expect(requestWinners.length).toBeLessThanOrEqual(1);
        expect(grantWinners.length).toBeLessThanOrEqual(1);
        expect(winners.length).toBeGreaterThan(0);
        if (requestWinners.length === 1) expect(stored?.closedReason).toBe(`${requestWinners[0]}`);
        if (grantWinners.length === 1) expect(storedGrant?.endReason).toBe(`${grantWinners[0]}`);
      }),
      { numRuns: 40 },
    );
  });

  it('accepts jobs, mail and ledger lines without a record', async () => {
    await store().commit({ jobs: [requestJob(ID, START)], entries });
    await store().commit({ jobs: [{ jobId: requestJobId(ID), done: true }], entries: [] });
  });

  it('refuses a commit under a lease that it never gave', async () => {
    const claim = {
      jobId: requestJobId(ID),
      token: 7,
      lane: { class: 'clock' as const, key: '' },
      dueAt: START,
    };
    const commit = store().commit({ request: sampleRequest({ id: ID }), claim, entries });
    await expect(commit).rejects.toBeInstanceOf(StateConflict);
    expect(await store().findRequest(ID)).toBeUndefined();
  });
}

function leaseRules(store: () => Store, claimDue: (now: number) => ReturnType<ClaimDue<Store>>): void {
  const lent = async (now: number): Promise<Claim> => {
    const claim = await claimDue(now);
    if (!claim) throw new Error('nothing is due');
    return claim;
  };

  it('lends a due job once, with the lane and the instant it was put with', async () => {
    await store().commit({ jobs: [requestJob(ID, START), requestJob(OTHER_ID, START + 1)], entries });
    const claim = await lent(START);
    expect(claim).toMatchObject({ jobId: requestJobId(ID), dueAt: START, lane: { class: 'clock', key: '' } });
    expect(await claimDue(START)).toBeUndefined();
  });

  it('ends the lease by a change of the job, and only then', async () => {
    await store().commit({ jobs: [requestJob(ID, START)], entries });
    const claim = await lent(START);
    await store().commit({ request: sampleRequest({ id: ID }), claim, entries });
    expect(await claimDue(START)).toBeUndefined();
    const moved = sampleRequest({ id: ID, revision: 2, stage: 1 });
    await store().commit({ request: moved, jobs: [requestJob(ID, START + 10)], claim, entries });
    const late = store().commit({ request: sampleRequest({ id: ID, revision: 3 }), claim, entries });
    await expect(late).rejects.toBeInstanceOf(StateConflict);
    expect(await store().findRequest(ID)).toMatchObject({ revision: 2 });
    expect(await lent(START + 10)).toMatchObject({ jobId: requestJobId(ID), dueAt: START + 10 });
  });

  it('forgets a job that is done', async () => {
    await store().commit({ jobs: [requestJob(ID, START)], entries });
    const claim = await lent(START);
    await store().commit({ jobs: [{ jobId: requestJobId(ID), done: true }], claim, entries });
    expect(await claimDue(START + 1e9)).toBeUndefined();
  });

  it('leaves job and lease alone when a record has moved on', async () => {
    await store().commit({ request: sampleRequest({ id: ID }), jobs: [requestJob(ID, START)], entries });
    const claim = await lent(START);
    const stale = { request: sampleRequest({ id: ID }), jobs: [requestJob(ID, START + 5)], claim, entries };
    await expect(store().commit(stale)).rejects.toBeInstanceOf(StateConflict);
    await store().commit({ jobs: [requestJob(ID, START + 7)], claim, entries });
    expect(await lent(START + 7)).toMatchObject({ dueAt: START + 7 });
  });
}

function fingerprintRules(store: () => Store): void {
  it('refuses a second pending request for the same and names the first', async () => {
    await store().commit({ request: sampleRequest({ id: ID }), entries });
    const error: unknown = await store()
      .commit({ request: sampleRequest({ id: OTHER_ID, justification: 'other words' }), entries })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Refused);
    expect(error).toMatchObject({ code: 'alreadyPending', facts: { id: ID } });
    expect(await store().findRequest(OTHER_ID)).toBeUndefined();
    expect(await store().pendingRequestsOfPerson(ANNA)).toHaveLength(1);
  });

  it('lets one of many equal requests through when all come at once', async () => {
    const commits = Array.from({ length: 10 }, (_, index) =>
      store().commit({ request: sampleRequest({ id: `AR-7K3M9PQ${index}` }), entries }),
    );
    const results = await Promise.allSettled(commits);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await store().pendingRequestsOfCustomer('contoso')).toHaveLength(1);
  });

  it('allows the same for somebody else, and for more time on a grant', async () => {
    await store().commit({ request: sampleRequest({ id: ID }), entries });
    await store().commit({ request: sampleRequest({ id: OTHER_ID, requester: BEN }), entries });
    await store().commit({ request: sampleRequest({ id: 'AR-9K3M9PQX', extendsGrantId: ID }), entries });
    expect(await store().pendingRequestsOfCustomer('contoso')).toHaveLength(3);
  });

  it.each(['approved', 'denied', 'cancelled', 'timedOut'] as const)(
    'allows the same again once the first is %s',
    async (state) => {
      await store().commit({ request: sampleRequest({ id: ID }), entries });
      await store().commit({ request: sampleRequest({ id: ID, revision: 2, state }), entries });
      await store().commit({ request: sampleRequest({ id: OTHER_ID }), entries });
      expect((await store().pendingRequestsOfPerson(ANNA)).map(({ id }) => id)).toEqual([OTHER_ID]);
    },
  );

  it('keeps the place of a request while its stages move on', async () => {
    await store().commit({ request: sampleRequest({ id: ID }), entries });
    await store().commit({ request: sampleRequest({ id: ID, revision: 2, stage: 1 }), entries });
    const second = store().commit({ request: sampleRequest({ id: OTHER_ID }), entries });
    await expect(second).rejects.toBeInstanceOf(Refused);
  });
}

function indexRules(store: () => Store): void {
  it('lists pending requests of a customer and of a person, in the order they were asked', async () => {
    await store().commit({ request: sampleRequest({ id: ID, askedAt: START + 5 }), entries });
    const other = { customerSlug: 'fabrikam', requester: BEN };
    await store().commit({ request: sampleRequest({ id: 'AR-9K3M9PQX', ...other }), entries });
    const first = sampleRequest({ id: OTHER_ID, extendsGrantId: ID });
    await store().commit({ request: first, entries });
    expect((await store().pendingRequestsOfCustomer('contoso')).map(({ id }) => id)).toEqual([OTHER_ID, ID]);
    expect((await store().pendingRequestsOfPerson(ANNA)).map(({ id }) => id)).toEqual([OTHER_ID, ID]);
    expect((await store().pendingRequestsOfPerson(BEN)).map(({ id }) => id)).toEqual(['AR-9K3M9PQX']);
    expect(await store().pendingRequestsOfCustomer('nobody')).toEqual([]);
  });

  it('lists grants until they have ended, also while they are stuck', async () => {
    const request = sampleRequest({ id: ID, state: 'approved' });
    await store().commit({ request, grant: sampleGrant({ id: ID }), entries });
    let revision = 1;
    for (const state of ['active', 'revoking', 'stuck'] as const) {
      const grant = sampleGrant({ id: ID, state, revision: ++revision });
      await store().commit({ grant, jobs: [grantJob(grant, { at: START, direction: 'take' })], entries });
      expect(await store().openGrantsOfCustomer('contoso')).toEqual([grant]);
      expect(await store().openGrantsOfPerson(ANNA)).toEqual([grant]);
    }
    await store().commit({ grant: sampleGrant({ id: ID, state: 'ended', revision: ++revision }), entries });
    expect(await store().openGrantsOfCustomer('contoso')).toEqual([]);
    expect(await store().openGrantsOfPerson(ANNA)).toEqual([]);
    expect(await store().findGrant(ID)).toMatchObject({ state: 'ended' });
  });

  it('finds people and stays by id, whatever the case', async () => {
    const loud = { tenantId: ANNA.tenantId.toUpperCase(), objectId: ANNA.objectId.toUpperCase() };
    await store().commit({ grant: sampleGrant({ id: ID }), stay: sampleStay(), entries });
    expect(await store().openGrantsOfPerson(loud)).toHaveLength(1);
    expect(await store().findStay({ tenantId: TENANT.toUpperCase(), person: loud })).toEqual(sampleStay());
  });
}

function countRules(store: () => Store): void {
  it('counts each person apart, over the last sixty minutes', async () => {
    expect(await store().countAsk(ANNA, START)).toBe(1);
    expect(await store().countAsk(ANNA, START + 1_800_000)).toBe(2);
    expect(await store().countAsk(BEN, START + 1_800_000)).toBe(1);
    expect(await store().countAsk(ANNA, START + 3_600_001)).toBe(2);
    expect(await store().countAsk(ANNA, START + 9_000_000)).toBe(1);
  });
}
