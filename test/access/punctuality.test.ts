import { Misconfigured, Unavailable } from '../../src/access/errors.ts';
import { figuresOf, punctualityOf, spreadOf } from '../../src/access/punctuality.ts';
import { sampleGrant } from '../contracts/samples.ts';
import { contosoPlace, createHouse, HOUR, MINUTE, olga } from '../support/house.ts';
import type { House } from '../support/house.ts';

const SECOND = 1_000;

async function running(house: House): Promise<string> {
  const request = await house.ask();
  house.clock.at += 30 * SECOND;
  const { assign } = house.azure.entitlements;
  house.azure.entitlements.assign = async (ask) => {
    house.clock.at += 2 * SECOND;
    ask.onAccepted?.();
    house.clock.at += SECOND;
    return assign(ask);
  };
  await house.access.decide({
    requestId: request.id,
    version: 1,
    person: olga,
    verdict: 'approve',
    at: contosoPlace,
  });
  await house.settle();
  return request.id;
}

describe('the timeline of a grant', () => {
  it('has each instant from asking to verified gone', async () => {
    const house = createHouse();
    const askedAt = house.clock.at;
    const id = await running(house);
    const decidedAt = askedAt + 30 * SECOND;
    const { unassign } = house.azure.entitlements;
    house.azure.entitlements.unassign = async (ref) => {
      house.clock.at += 4 * SECOND;
      return unassign(ref);
    };
    await house.pass(2 * HOUR);
    const grant = house.store.grants.get(id);
    expect(grant && punctualityOf(grant)).toEqual({
      grantId: id,
      askedAt,
      decidedAt,
      acceptedAt: decidedAt + 2 * SECOND,
      workingAt: decidedAt + 3 * SECOND,
      dueAt: decidedAt + 2 * HOUR,
      firstDeleteAt: decidedAt + 2 * HOUR,
      goneAt: decidedAt + 2 * HOUR + 4 * SECOND,
    });
  });

  it('keeps the instant of the first DELETE, however many follow', async () => {
    const house = createHouse();
    const id = await running(house);
    const { endAt = 0 } = house.store.grants.get(id) ?? {};
    house.azure.fail({ call: 'unassign', error: new Unavailable('Busy.', 100), times: 3 });
    await house.pass(2 * HOUR + MINUTE);
    expect(house.store.grants.get(id)).toMatchObject({ state: 'ended', firstDeleteAt: endAt });
    expect(house.store.grants.get(id)?.endedAt).toBeGreaterThan(endAt);
  });
});

describe('what is stored of a removal that fails', () => {
  it('is the kind of obstacle and the next try, until it is gone', async () => {
    const house = createHouse();
    const id = await running(house);
    const error = new Misconfigured('A lock.', 'Remove it.', { obstacle: 'locked' });
    house.azure.fail({ call: 'unassign', error });
    await house.pass(2 * HOUR);
    const stuck = house.store.grants.get(id);
    expect(stuck).toMatchObject({ state: 'stuck', obstacle: 'locked' });
    expect(stuck?.nextTryAt).toBe(house.store.jobs.get(`grant:${id}`)?.at);
    await house.pass(MINUTE);
    const ended = house.store.grants.get(id);
    expect(ended?.state).toBe('ended');
    expect(ended).not.toHaveProperty('obstacle');
    expect(ended).not.toHaveProperty('nextTryAt');
  });

  it('says that nobody answers when that is so', async () => {
    const house = createHouse();
    const id = await running(house);
    house.azure.fail({ call: 'unassign', error: new Unavailable('Busy.', 15 * MINUTE), times: 9 });
    await house.pass(2 * HOUR);
    expect(house.store.grants.get(id)).toMatchObject({ state: 'stuck', obstacle: 'noAnswer' });
  });
});

describe('spreadOf', () => {
  it('takes the nearest rank, and nothing is earlier than on time', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(spreadOf(hundred)).toEqual({ count: 100, p50Ms: 50, p95Ms: 95, p99Ms: 99, maxMs: 100 });
    expect(spreadOf([-5])).toEqual({ count: 1, p50Ms: 0, p95Ms: 0, p99Ms: 0, maxMs: 0 });
    expect(spreadOf([])).toBeUndefined();
  });
});

describe('figuresOf', () => {
  it('leaves out what never came, and counts what was stuck', () => {
    const at = 1_000_000;
    const figures = figuresOf([
      { grantId: 'a', askedAt: at, decidedAt: at + 7, workingAt: at + 9, dueAt: at + 50, goneAt: at + 53 },
      { grantId: 'b', decidedAt: at, dueAt: at, goneAt: at + 90, stuckAt: at + 5 },
    ]);
    expect(figures).toMatchObject({ ended: 2, wereStuck: 1 });
    expect(figures.askedToDecided).toMatchObject({ count: 1, maxMs: 7 });
    expect(figures.decidedToWorking).toMatchObject({ count: 1, maxMs: 2 });
    expect(figures.endToGone).toMatchObject({ count: 2, p50Ms: 3, maxMs: 90 });
    expect(figures).not.toHaveProperty('endToFirstDelete');
  });

  it('has nothing to say of a grant that runs', () => {
    expect(punctualityOf(sampleGrant({ id: 'AR-7K3M9PQX', state: 'active' }))).toBeUndefined();
  });
});
