import fc from 'fast-check';
import { createSeal } from '../../src/chat/seal.ts';
import type { SealTarget } from '../../src/chat/seal.ts';
import { createTestSeal } from '../support/chat-fakes.ts';

const seal = createTestSeal();
const target: SealTarget = { kind: 'request', id: 'AR-7K3M9PQX', version: 3 };

describe('createSeal', () => {
  it('opens what it sealed, for every target', () => {
    const ids = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
    const kinds = fc.constantFrom<SealTarget['kind'][]>('request', 'grant', 'offer');
    fc.assert(
      fc.property(kinds, ids, fc.nat(999_999_999), (kind, id, version) => {
        const ref = seal.seal({ kind, id, version });
        expect(ref.length).toBeLessThan(200);
        expect(ref).toMatch(/^[A-Za-z0-9._-]+$/);
        expect(seal.open(ref)).toEqual({ kind, id, version });
      }),
    );
  });

  it('opens nothing that was changed in any one character', () => {
    const ref = seal.seal(target);
    for (let index = 0; index < ref.length; index += 1) {
      for (const other of ['A', 'b', '0', '9', '.', '-', ' ', 'r', 'g', 'o']) {
        if (other === ref[index]) continue;
        expect(seal.open(ref.slice(0, index) + other + ref.slice(index + 1))).toBeUndefined();
      }
    }
  });

  it('opens nothing that is shorter, longer, or of another make', () => {
    const ref = seal.seal(target);
    expect(seal.open(ref.slice(0, -1))).toBeUndefined();
    expect(seal.open(`${ref}A`)).toBeUndefined();
    expect(seal.open(`${ref}\n`)).toBeUndefined();
    expect(seal.open('')).toBeUndefined();
    expect(seal.open(createTestSeal('another key').seal(target))).toBeUndefined();
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => seal.open(text) === undefined));
  });

  it('opens nothing that is no text at all', () => {
    for (const odd of [undefined, null, 7, {}, ['r'], { toString: () => seal.seal(target) }]) {
      expect(seal.open(odd as unknown as string)).toBeUndefined();
    }
  });

  it('gives each kind, id and version a reference of its own', () => {
    const refs = [
      seal.seal(target),
      seal.seal({ ...target, kind: 'grant' }),
      seal.seal({ ...target, version: 4 }),
      seal.seal({ ...target, id: 'AR-7K3M9PQY' }),
    ];
    expect(new Set(refs.map((ref) => ref.split('.')[3])).size).toBe(refs.length);
  });

  it('refuses ids and versions that would not come back the same', () => {
    expect(() => seal.seal({ ...target, id: 'a.b' })).toThrow(RangeError);
    expect(() => seal.seal({ ...target, id: '' })).toThrow(RangeError);
    expect(() => seal.seal({ ...target, version: 1.5 })).toThrow(RangeError);
    expect(() => seal.seal({ ...target, version: -1 })).toThrow(RangeError);
  });

  it('refuses a MAC that is too short to mean anything', () => {
    const weak = createSeal({ hmac: () => 'short' });
    expect(() => weak.seal(target)).toThrow(RangeError);
  });
});
