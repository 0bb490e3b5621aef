import type { Person } from '../access/person.ts';
import { personKey } from '../access/person.ts';
import type { GuestStay } from '../access/guest-stay.ts';
import { stayKey } from '../access/guest-stay.ts';
import { Misconfigured } from '../access/errors.ts';

/** Crockford's base 32: no I, L, O, U. The first character of an id is one of these and names its shard. */
export const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** An id has one character for its shard, so there are at most this many. */
export const MAX_SHARDS = CROCKFORD.length;

const REQUEST_ID = /^AR-[0-9A-HJKMNP-TV-Z]{8}$/;

/** True for `AR-` and eight characters of Crockford's base 32, the only ids that have records. */
export function isRequestId(id: string): boolean {
  return REQUEST_ID.test(id);
}

/**
 * Every key there is. All keys of one customer share a hash tag, `{lk:<shard>}`, so that one script can write them
 * together in a Redis Cluster too. Keys of the due index are built by scripts, see {@link DUE_KEYS}.
 */
export interface Keys {
  /** How many shards there are. Never changes for the life of the data. */
  shards: number;
  /** The start of every key of a shard, e.g. `{lk:0}`. */
  base(shard: number): string;
  /** Where a customer's records live; the tenant id may be in any case. */
  shardOfTenant(tenantId: string): number;
  /** Where a request, its grant and their jobs live. @throws {RangeError} when it is not such an id */
  shardOf(requestId: string): number;
  /** Where something lives that belongs to no customer. */
  shardOfText(text: string): number;
  request(id: string): string;
  grant(id: string): string;
  stay(stay: Pick<GuestStay, 'tenantId' | 'person'>): string;
  /** Held by the one pending request with this fingerprint (SHA-256, hex). */
  fingerprint(shard: number, digest: string): string;
  /** Set of ids. `open` are grants that have not ended. */
  ofCustomer(shard: number, what: 'open' | 'pending', customerSlug: string): string;
  ofPerson(shard: number, what: 'open' | 'pending', person: Person): string;
  /** Set of ids of grants that cannot be taken away for now. */
  stuck(shard: number): string;
  /** Sorted set of JSON, by the instant the grant was gone: how punctual it was. */
  punctuality(shard: number): string;
  /** Stream of ledger lines. */
  ledger(shard: number): string;
  /** Remembers for a minute that a commit was done, should the connection send it twice. */
  committed(shard: number, nonce: string): string;
  asks(person: Person): string;
  /** When a place was written to lately. */
  pace(place: string): string;
  message(itemId: string): string;
  seen(key: string): string;
  installation(key: string): string;
  /** Holds the shard count the data was written with. */
  shardCount(): string;
}

/**
 * @param shards 1 to 32
 * @throws {Misconfigured} when it is anything else
 */
export function createKeys(shards = 1): Keys {
  if (!Number.isInteger(shards) || shards < 1 || shards > MAX_SHARDS) {
    throw new Misconfigured(
      `Redis cannot be split into ${shards} shards.`,
      `Use a whole number from 1 to ${MAX_SHARDS}.`,
    );
  }
  const base = (shard: number): string => `{lk:${shard}}`;
  const shardOfText = (text: string): number => hash(text) % shards;
  const shardOfTenant = (tenantId: string): number => shardOfText(tenantId.toLowerCase());
  const shardOf = (id: string): number => {
    if (!isRequestId(id)) throw new RangeError(`not a request id: ${id}`);
    return CROCKFORD.indexOf(id.charAt(3)) % shards;
  };
  const loose = (kind: string, text: string): string => `${base(shardOfText(text))}:${kind}:${text}`;
  return {
    shards,
    base,
    shardOfTenant,
    shardOf,
    shardOfText,
    request: (id) => `${base(shardOf(id))}:request:${id}`,
    grant: (id) => `${base(shardOf(id))}:grant:${id}`,
    stay: (stay) => `${base(shardOfTenant(stay.tenantId))}:stay:${stayKey(stay)}`,
    fingerprint: (shard, digest) => `${base(shard)}:fingerprint:${digest}`,
    ofCustomer: (shard, what, slug) => `${base(shard)}:${what}:customer:${slug}`,
    ofPerson: (shard, what, person) => `${base(shard)}:${what}:person:${personKey(person)}`,
    stuck: (shard) => `${base(shard)}:stuck`,
    punctuality: (shard) => `${base(shard)}:punctuality`,
    ledger: (shard) => `${base(shard)}:ledger`,
    committed: (shard, nonce) => `${base(shard)}:committed:${nonce}`,
    asks: (person) => loose('asks', personKey(person)),
    pace: (place) => loose('pace', place),
    message: (itemId) => loose('message', itemId),
    seen: (key) => loose('seen', key),
    installation: (key) => loose('installation', key),
    shardCount: () => `${base(0)}:shards`,
  };
}

/**
 * The keys of the due index, for scripts: `KEYS[1]` is the base of the shard.
 * `lanes:<class>`: lanes by the instant they want to be looked at. `due:<class>:<lane>`: jobs by the instant they are
 * due, or their lease ends. `lane:<class>:<lane>`: budget (`n` tokens at `t`) and `busy` until. `job:<id>`: the rest.
 */
export const DUE_KEYS = `
local base = KEYS[1]
local function lanesKey(class) return base .. ':lanes:' .. class end
local function dueKey(class, lane) return base .. ':due:' .. class .. ':' .. lane end
local function laneKey(class, lane) return base .. ':lane:' .. class .. ':' .. lane end
local function jobKey(id) return base .. ':job:' .. id end
local fenceKey = base .. ':fence'
`;

/** FNV-1a, 32 bits: spreads well, and stays the same for ever. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}
