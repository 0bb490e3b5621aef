import fc from 'fast-check';
import { Misconfigured } from '../../src/access/errors.ts';
import { writeMarker, findMarker } from '../../src/access/marker.ts';
import { createIds } from '../../src/redis/ids.ts';
import { createKeys, isRequestId } from '../../src/redis/keys.ts';
import { ANNA, TENANT } from '../contracts/samples.ts';

describe('newRequestId', () => {
  it('carries the shard of the customer, for any number of shards', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 32 }), fc.uuid(), (shards, tenantId) => {
        const keys = createKeys(shards);
        const id = createIds({ keys }).newRequestId(tenantId);
        expect(isRequestId(id)).toBe(true);
        expect(findMarker(writeMarker({ grantId: id, endAt: 1_000 }))?.grantId).toBe(id);
        expect(keys.shardOf(id)).toBe(keys.shardOfTenant(tenantId));
        expect(keys.shardOfTenant(tenantId.toUpperCase())).toBe(keys.shardOfTenant(tenantId));
      }),
    );
  });

  it('uses the whole alphabet and does not repeat', () => {
    const ids = createIds({ keys: createKeys(1) });
    const many = Array.from({ length: 3_000 }, () => ids.newRequestId(TENANT));
    expect(new Set(many).size).toBe(3_000);
    expect(new Set(many.join('').replaceAll('AR-', '')).size).toBe(32);
  });
});

describe('sha256', () => {
  it('answers 64 hex digits', () => {
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    expect(createIds({ keys: createKeys(1) }).sha256('')).toBe(empty);
  });
});

describe('createKeys', () => {
  it('puts everything of one customer under one hash tag', () => {
    const keys = createKeys(32);
    const shard = keys.shardOfTenant(TENANT);
    const id = createIds({ keys }).newRequestId(TENANT);
    const all = [
      keys.request(id),
      keys.grant(id),
      keys.stay({ tenantId: TENANT, person: ANNA }),
      keys.fingerprint(shard, 'f'),
      keys.ofCustomer(shard, 'open', 'contoso'),
      keys.ofPerson(shard, 'pending', ANNA),
      keys.ledger(shard),
      keys.committed(shard, 'n'),
    ];
    for (const key of all) expect(key.startsWith(`{lk:${shard}}:`)).toBe(true);
    expect(new Set(all).size).toBe(all.length);
  });

  it.each([0, 33, 1.5, Number.NaN])('refuses %p shards', (shards) => {
    expect(() => createKeys(shards)).toThrow(Misconfigured);
  });

  it('knows no shard for what is no id', () => {
    expect(() => createKeys(1).shardOf('AR-7K3M9PQI')).toThrow(RangeError);
  });
});
