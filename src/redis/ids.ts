import { createHash, randomBytes } from 'node:crypto';
import type { Ids } from '../access/ports.ts';
import type { Keys } from './keys.ts';
import { CROCKFORD } from './keys.ts';

/** Request ids that say in their first character where the customer's records live; the rest is random (35 bits). */
export function createIds({ keys }: { keys: Pick<Keys, 'shards' | 'shardOfTenant'> }): Ids {
  return {
    newRequestId: (tenantId) => {
      const firsts = [...CROCKFORD].filter(
        (_, index) => index % keys.shards === keys.shardOfTenant(tenantId),
      );
      return `AR-${pick(firsts)}${Array.from({ length: 7 }, () => pick([...CROCKFORD])).join('')}`;
    },
    sha256: (text) => createHash('sha256').update(text, 'utf8').digest('hex'),
  };
}

function pick(characters: readonly string[]): string {
  // 32 bits modulo at most 32 characters: the skew is below one in a hundred million.
  const character = characters[randomBytes(4).readUInt32BE() % characters.length];
  if (character === undefined) throw new RangeError('no character to pick from');
  return character;
}
