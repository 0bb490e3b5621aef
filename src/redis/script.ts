import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { findReplyCode, inRedis } from './redis-error.ts';

/** A Lua script and its SHA-1, by which the server knows it. */
export interface Script {
  lua: string;
  sha: string;
}

/**
 * `allowOom`: runs on a full server too, for what takes access away. `refuseOom`: refused whole when the server is
 * full, before it has written anything. `readOnly`: writes nothing.
 * Source: https://redis.io/docs/latest/develop/programmability/lua-api/#script_flags
 */
export function defineScript(room: 'allowOom' | 'refuseOom' | 'readOnly', lua: string): Script {
  const flags = { allowOom: ' flags=allow-oom', refuseOom: '', readOnly: ' flags=no-writes' }[room];
  const text = `#!lua${flags}\n${lua.trim()}\n`;
  return { lua: text, sha: createHash('sha1').update(text).digest('hex') };
}

/**
 * Runs a script; `key` is its `KEYS[1]`, and every other key it touches shares its hash tag.
 *
 * @throws {Unavailable} when the server cannot be reached or refuses for now; it may or may not have run
 */
export async function runScript(
  redis: Redis,
  script: Script,
  { key, args }: { key: string; args: ReadonlyArray<string | number> },
): Promise<unknown> {
  return inRedis(async () => {
    try {
      return await redis.evalsha(script.sha, 1, key, ...args);
    } catch (error) {
      // A restarted server has forgotten its scripts.
      if (findReplyCode(error) !== 'NOSCRIPT') throw error;
      return redis.eval(script.lua, 1, key, ...args);
    }
  });
}
