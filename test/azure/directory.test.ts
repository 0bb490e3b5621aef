import { randomUUID } from 'node:crypto';
import { Misconfigured, Unavailable } from '../../src/access/errors.ts';
import { createGround, DANA, failure, IDS, PROFILE } from './ground.ts';
import type { Ground } from './ground.ts';

let ground: Ground;
let now = 0;
beforeEach(async () => {
  now = 0;
  ground = await createGround({ monotonicMs: () => now });
});
afterEach(() => ground.stop());

describe('findProfile', () => {
  it('finds people of the partner and of customers by id', async () => {
    const { directory } = ground.azure;
    expect(await directory.findProfile(DANA)).toEqual(PROFILE);
    const olga = await directory.findProfile({ tenantId: IDS.contoso, objectId: IDS.olga });
    expect(olga).toMatchObject({ displayName: 'Olga Owner', userType: 'Member', accountEnabled: true });
    expect(await directory.findProfile({ tenantId: IDS.contoso, objectId: IDS.dana })).toBeUndefined();
  });

  it('tells guests and disabled accounts, and leaves out a mail that is not there', async () => {
    const { id } = ground.sandbox.addUser(IDS.northwind, {
      displayName: 'Gus',
      userType: 'Guest',
      mail: null,
      accountEnabled: false,
    });
    const profile = await ground.azure.directory.findProfile({ tenantId: IDS.northwind, objectId: id });
    expect(profile).toMatchObject({ userType: 'Guest', accountEnabled: false });
    expect(profile).not.toHaveProperty('mail');
  });

  it('remembers for a minute, and asks once for many', async () => {
    const { directory } = ground.azure;
    await Promise.all([directory.findProfile(DANA), directory.findProfile(DANA)]);
    ground.sandbox.changeUser(IDS.northwind, IDS.dana, { accountEnabled: false });
    now = 59_999;
    expect((await directory.findProfile(DANA))?.accountEnabled).toBe(true);
    expect(ground.sent('graph')).toHaveLength(1);
    now = 60_000;
    expect((await directory.findProfile(DANA))?.accountEnabled).toBe(false);
  });

  it('never remembers a failure', async () => {
    ground.sandbox.faults.add({
      path: /\/users\//,
      effect: { kind: 'answer', status: 429, headers: { 'retry-after': '60' }, body: {} },
    });
    expect(await failure(ground.azure.directory.findProfile(DANA))).toBeInstanceOf(Unavailable);
    expect(await ground.azure.directory.findProfile(DANA)).toEqual(PROFILE);
  });

  it('does not take something else for the person', async () => {
    ground.sandbox.faults.add({
      path: /\/users\//,
      effect: { kind: 'answer', status: 200, body: { id: IDS.kim } },
    });
    expect(await failure(ground.azure.directory.findProfile(DANA))).toBeInstanceOf(Unavailable);
  });

  it('asks nothing for an id that is none', async () => {
    const person = { tenantId: IDS.northwind, objectId: '../groups' };
    expect(await failure(ground.azure.directory.findProfile(person))).toBeInstanceOf(Misconfigured);
    expect(ground.sandbox.requests).toEqual([]);
  });
});

describe('memberOf', () => {
  it('sees through nested groups', async () => {
    const outer = ground.sandbox.addGroup(IDS.northwind, { displayName: 'Outer', members: [IDS.azureTeam] });
    const groups = [IDS.azureTeam, IDS.adminAgents, outer.id];
    expect(new Set(await ground.azure.directory.memberOf(DANA, groups))).toEqual(
      new Set([IDS.azureTeam, outer.id]),
    );
  });

  it('asks for twenty groups at a time', async () => {
    const groups = [...Array.from({ length: 44 }, () => randomUUID()), IDS.azureTeam];
    expect(await ground.azure.directory.memberOf(DANA, groups)).toEqual([IDS.azureTeam]);
    const asked = ground.sent('graph', 'POST').map(({ body }) => JSON.parse(body).groupIds.length);
    expect(asked.toSorted((a: number, b: number) => b - a)).toEqual([20, 20, 5]);
  });

  it('finds people of other tenants, and unknown ones, in no group', async () => {
    const { directory } = ground.azure;
    expect(await directory.memberOf({ tenantId: IDS.contoso, objectId: IDS.olga }, [IDS.azureTeam])).toEqual(
      [],
    );
    expect(ground.sandbox.requests).toEqual([]);
    const nobody = { tenantId: IDS.northwind, objectId: randomUUID() };
    expect(await directory.memberOf(nobody, [IDS.azureTeam])).toEqual([]);
  });

  it('notices within a minute that somebody has left', async () => {
    const { directory } = ground.azure;
    expect(await directory.memberOf(DANA, [IDS.azureTeam])).toEqual([IDS.azureTeam]);
    ground.sandbox.removeMember(IDS.northwind, IDS.azureTeam, IDS.dana);
    now = 60_000;
    expect(await directory.memberOf(DANA, [IDS.azureTeam])).toEqual([]);
  });

  it('is unavailable, never empty, when one of several answers fails', async () => {
    const groups = [...Array.from({ length: 25 }, () => randomUUID()), IDS.azureTeam];
    ground.sandbox.faults.add({ path: /checkMemberGroups/, skip: 1, effect: { kind: 'html' } });
    expect(await failure(ground.azure.directory.memberOf(DANA, groups))).toBeInstanceOf(Unavailable);
  });
});

describe('reference', () => {
  it('is unknown before Azure has answered, then follows Azure’s own clock', async () => {
    expect(ground.azure.reference()).toBeUndefined();
    ground.sandbox.clock.advance(-3_600_000);
    await ground.azure.directory.findProfile(DANA);
    const there = Math.floor(ground.sandbox.clock.now() / 1000) * 1000;
    const seen = ground.azure.reference() ?? 0;
    expect(Math.abs(seen - there)).toBeLessThanOrEqual(2_000);
    now += 90_000;
    expect(ground.azure.reference()).toBe(seen + 90_000);
  });
});
