import { Misconfigured } from '../../src/access/errors.ts';
import { readSlo, revokeSuccess } from '../../src/access/slo.ts';
import { retryStuck } from '../../src/access/stuck-access.ts';
import { contosoPlace, createHouse, dana, frida, HOUR, lee, MINUTE, olga } from '../support/house.ts';
import type { House } from '../support/house.ts';

const DAY = 24 * HOUR;
const LOCK = new Misconfigured('A lock.', 'Remove it.', { obstacle: 'locked' });

async function running(house: House): Promise<string> {
  const { id } = await house.ask();
  const at = contosoPlace;
  await house.access.decide({ requestId: id, version: 1, person: olga, verdict: 'approve', at });
  await house.settle();
  return id;
}

/** A house where access to Contoso is stuck since its end, just now. */
async function stuckHouse() {
  const house = createHouse();
  const id = await running(house);
  house.azure.fail({ call: 'unassign', error: LOCK, times: 2 });
  await house.pass(2 * HOUR);
  return {
    house,
    id,
    deps: { store: house.store, clock: { now: () => house.clock.at, inDoubt: () => false } },
  };
}

describe('stuck', () => {
  it("shows everything to the partner's staff, and to a customer's people their own tenant's", async () => {
    const { house, id } = await stuckHouse();
    for (const person of [dana, lee, olga]) {
      expect((await house.access.stuck({ person })).map((grant) => grant.id)).toEqual([id]);
    }
    expect(await house.access.stuck({ person: frida })).toEqual([]);
  });

  it('is empty again once it is gone', async () => {
    const { house } = await stuckHouse();
    await house.pass(2 * MINUTE);
    expect(await house.access.stuck({ person: dana })).toEqual([]);
  });

  it('tells nobody whose account is blocked', async () => {
    const { house } = await stuckHouse();
    for (const [key, profile] of house.azure.profiles) {
      house.azure.profiles.set(key, { ...profile, accountEnabled: false });
    }
    await expect(house.access.stuck({ person: dana })).rejects.toMatchObject({ code: 'accountDisabled' });
  });
});

describe('retryStuck', () => {
  it('makes the next try due now, and leaves a line in the ledger', async () => {
    const { house, id, deps } = await stuckHouse();
    expect(house.store.jobs.get(`grant:${id}`)?.at).toBe(house.clock.at + MINUTE);
    expect(await retryStuck(deps, { by: 'terminal' })).toMatchObject([{ id }]);
    expect(house.store.jobs.get(`grant:${id}`)?.at).toBe(house.clock.at);
    expect(house.store.ledger.at(-1)).toMatchObject({
      event: 'grant.retry.asked',
      subjectId: id,
      facts: { by: 'terminal' },
    });
    await house.settle();
    expect(house.store.grants.get(id)).toMatchObject({ state: 'stuck', attempts: 2 });
    await retryStuck(deps, { id, by: 'terminal' });
    await house.settle();
    expect(house.store.grants.get(id)?.state).toBe('ended');
  });

  it('leaves alone what is not stuck, and what it does not know', async () => {
    const house = createHouse();
    const id = await running(house);
    const deps = { store: house.store, clock: { now: () => house.clock.at, inDoubt: () => false } };
    expect(await retryStuck(deps, { by: 'terminal' })).toEqual([]);
    await expect(retryStuck(deps, { id, by: 'terminal' })).rejects.toMatchObject({ code: 'notRunning' });
    await expect(retryStuck(deps, { id: 'AR-00000000', by: 'terminal' })).rejects.toThrow(
      'There is no access',
    );
  });

  it('does not disturb a try that is under way', async () => {
    const { house, id, deps } = await stuckHouse();
    const stale = structuredClone(house.store.grants.get(id));
    await house.pass(2 * MINUTE);
    const store = { ...house.store, stuckGrants: async () => (stale ? [stale] : []) };
    expect(await retryStuck({ ...deps, store }, { by: 'terminal' })).toEqual([]);
    expect(house.store.jobs.size).toBe(0);
  });
});

describe('slo', () => {
  it('counts what ended in the period, what is stuck, and what is overdue', async () => {
    const { house, deps } = await stuckHouse();
    house.clock.at += 30_000;
    expect(await house.access.slo({ person: lee, periodMs: DAY })).toMatchObject({
      since: house.clock.at - DAY,
      until: house.clock.at,
      ended: 0,
      stuck: 1,
      oldestOverdueMs: 30_000,
    });
    await house.pass(2 * MINUTE);
    const later = await readSlo(deps, DAY);
    expect(later).toMatchObject({ ended: 1, wereStuck: 1, stuck: 0, oldestOverdueMs: 0 });
    expect(later.endToGone?.maxMs).toBe(2 * MINUTE);
    await house.pass(2 * DAY);
    expect(await readSlo(deps, DAY)).toMatchObject({ ended: 0 });
  });

  it("is for the partner's staff", async () => {
    const house = createHouse();
    const asked = house.access.slo({ person: olga, periodMs: DAY });
    await expect(asked).rejects.toMatchObject({ code: 'notAllowedToSee' });
  });

  it('counts a removal that nobody works on as overdue', async () => {
    const house = createHouse();
    await running(house);
    house.clock.at += 3 * HOUR;
    expect(await house.access.slo({ person: lee, periodMs: DAY })).toMatchObject({ oldestOverdueMs: HOUR });
  });
});

describe('revokeSuccess', () => {
  it('is the share that is gone, and all of nothing', () => {
    expect(revokeSuccess({ ended: 3, stuck: 1 })).toBe(0.75);
    expect(revokeSuccess({ ended: 0, stuck: 0 })).toBe(1);
  });
});
