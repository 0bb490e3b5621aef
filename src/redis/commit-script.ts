import { DUE_PRELUDE } from './due-scripts.ts';
import type { Script } from './script.ts';
import { defineScript } from './script.ts';

/** A record as it will be stored. `json` begins with `{"revision":<n>`; a `ttlMs` of 0 keeps it for ever. */
export interface PlannedRecord {
  what: 'request' | 'grant' | 'stay';
  key: string;
  revision: number;
  json: string;
  ttlMs: number;
}

/** A job as it will be. */
export type PlannedJob = { id: string; class: string; lane: string; at: number } | { id: string; done: true };

/** One commit in the words of Redis: full keys, nothing left to decide but what only the stored state can tell. */
export interface CommitPlan {
  nonce: string;
  now: number;
  claim?: { id: string; token: string };
  records: PlannedRecord[];
  /** `take`: nobody else may hold it. `free`: let go of it, if this id holds it. */
  fingerprint?: { key: string; id: string; act: 'take' | 'free' };
  add: Array<{ key: string; member: string }>;
  remove: Array<{ key: string; member: string }>;
  expire: Array<{ key: string; ttlMs: number }>;
  /** One more figure in a sorted set that keeps what is not older than `keepFrom`, and at most `most`. */
  figure?: { key: string; member: string; at: number; keepFrom: number; most: number };
  jobs: PlannedJob[];
  mail: Array<{ id: string; class: 'mail'; lane: string; at: number; item: string }>;
  ledger: string;
  entries: string[];
}

/**
 * All or nothing: every check comes before the first write. Answers `{'ok'}`, `{'lease'}`, `{'conflict', what}` or
 * `{'pending', id}`. A job that somebody else holds a lease on is not touched: the wish waits for the lease to end. The
 * lease's own change ends it, at the earlier of both instants. A plan that was carried out before is not carried out
 * again, so a connection may send it twice.
 */
const COMMIT_LUA = `${DUE_PRELUDE}
local plan = cjson.decode(ARGV[1])
if redis.call('EXISTS', plan.nonce) == 1 then return { 'ok' } end
local claim = plan.claim
if claim and redis.call('HGET', jobKey(claim.id), 'token') ~= claim.token then return { 'lease' } end
for _, record in ipairs(plan.records) do
  local stored = redis.call('GET', record.key)
  local revision = stored and tonumber(string.match(stored, '^{"revision":(%d+)')) or 0
  if revision ~= record.revision - 1 then return { 'conflict', record.what } end
end
local print = plan.fingerprint
if print and print.act == 'take' then
  local holder = redis.call('GET', print.key)
  if holder and holder ~= print.id then return { 'pending', holder } end
end

local function change(job)
  local held = redis.call('HMGET', jobKey(job.id), 'token', 'until', 'wish')
  local wish = held[3] ~= 'done' and held[3]
  if claim and claim.id == job.id then
    redis.call('HDEL', jobKey(job.id), 'tries')
    if not job.done then
      local at = wish and math.min(job.at, tonumber(string.match(wish, '^%S+'))) or job.at
      place(job.id, job.class, job.lane, at)
    elseif wish then applyWish(job.id, wish)
    else drop(job.id) end
  elseif held[1] and tonumber(held[2]) > plan.now then
    local words = job.done and 'done' or string.format('%.0f %s %s', job.at, job.class, job.lane)
    redis.call('HSET', jobKey(job.id), 'wish', words)
  elseif job.done then drop(job.id)
  else
    redis.call('HDEL', jobKey(job.id), 'tries')
    place(job.id, job.class, job.lane, job.at)
  end
end

for _, record in ipairs(plan.records) do
  if record.ttlMs > 0 then redis.call('SET', record.key, record.json, 'PX', record.ttlMs)
  else redis.call('SET', record.key, record.json) end
end
if print and print.act == 'take' then redis.call('SET', print.key, print.id) end
if print and print.act == 'free' and redis.call('GET', print.key) == print.id then redis.call('DEL', print.key) end
for _, each in ipairs(plan.remove) do redis.call('SREM', each.key, each.member) end
for _, each in ipairs(plan.add) do redis.call('SADD', each.key, each.member) end
for _, each in ipairs(plan.expire) do redis.call('PEXPIRE', each.key, each.ttlMs) end
local figure = plan.figure
if figure then
  redis.call('ZADD', figure.key, figure.at, figure.member)
  redis.call('ZREMRANGEBYSCORE', figure.key, '-inf', '(' .. string.format('%.0f', figure.keepFrom))
  redis.call('ZREMRANGEBYRANK', figure.key, 0, -figure.most - 1)
end
for _, job in ipairs(plan.jobs) do change(job) end
for _, item in ipairs(plan.mail) do
  redis.call('HSET', jobKey(item.id), 'item', item.item)
  change(item)
end
for _, entry in ipairs(plan.entries) do redis.call('XADD', plan.ledger, '*', 'entry', entry) end
redis.call('SET', plan.nonce, 1, 'PX', 60000)
return { 'ok' }`;

/** For commits that give: refused whole when Redis is full. */
export const COMMIT_GIVING: Script = defineScript('refuseOom', COMMIT_LUA);

/** For commits that take away or close: go on when Redis is full. */
export const COMMIT_TAKING: Script = defineScript('allowOom', COMMIT_LUA);
