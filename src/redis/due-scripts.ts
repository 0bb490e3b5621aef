import { DUE_KEYS } from './keys.ts';
import { defineScript } from './script.ts';

/**
 * What every script of the due index shares. A job is in exactly one `due` set from the moment it is put there until it
 * is done; a lease only moves its score, so a crash can make it run again but never lose it. A lane's score in `lanes`
 * is never later than the instant it has something to do; looking too early corrects itself.
 */
export const DUE_PRELUDE = `${DUE_KEYS}
local LANE_TTL = 120000
local function wake(class, lane, at) redis.call('ZADD', lanesKey(class), 'LT', at, lane) end
local function leave(id, class, lane)
  redis.call('ZREM', dueKey(class, lane), id)
  if class == 'mail' and redis.call('HGET', laneKey(class, lane), 'holder') == id then
    redis.call('HDEL', laneKey(class, lane), 'busy', 'holder')
    local head = redis.call('ZRANGE', dueKey(class, lane), 0, 0, 'WITHSCORES')
    if head[2] then wake(class, lane, head[2]) end
  end
end
local function drop(id)
  local old = redis.call('HMGET', jobKey(id), 'class', 'lane')
  if old[1] then leave(id, old[1], old[2]) end
  redis.call('DEL', jobKey(id))
end
local function place(id, class, lane, at)
  local old = redis.call('HMGET', jobKey(id), 'class', 'lane')
  if old[1] then leave(id, old[1], old[2]) end
  redis.call('HDEL', jobKey(id), 'token', 'until', 'wish')
  redis.call('HSET', jobKey(id), 'class', class, 'lane', lane, 'at', at)
  redis.call('ZADD', dueKey(class, lane), at, id)
  wake(class, lane, at)
end
local function applyWish(id, wish)
  if wish == 'done' then drop(id) return end
  local at, class, lane = string.match(wish, '^(%S+) (%S+) (.*)$')
  place(id, class, lane, at)
end
`;

/**
 * ARGV: now, lease ms, at most so many jobs, at most so many of all classes but the first; then per class: name, at
 * most per lane, burst, refill per s.
 * Answers the next instant something is due (`''`: nothing is), then id, token, class, lane, due, tries, item per job.
 * A lane of class `mail` has one job out at a time and keeps its order: `busy` holds the lane, not the score.
 */
export const CLAIM = defineScript(
  'allowOom',
  `${DUE_PRELUDE}
local now, lease, total, rest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local out, nextAt = { '' }, nil
local function lend(id, class, lane, job)
  local token = redis.call('INCR', fenceKey)
  redis.call('HSET', jobKey(id), 'token', token, 'until', now + lease)
  if class == 'mail' then
    redis.call('HSET', laneKey(class, lane), 'busy', now + lease, 'holder', id)
    redis.call('PEXPIRE', laneKey(class, lane), LANE_TTL)
  else
    redis.call('ZADD', dueKey(class, lane), now + lease, id)
  end
  for _, part in ipairs({ id, tostring(token), class, lane, job[1], job[3] or '0', job[4] or '' }) do
    out[#out + 1] = part
  end
end
local function visit(class, lane, most, burst, refill)
  local held = redis.call('HMGET', laneKey(class, lane), 'n', 't', 'busy')
  local busy, tokens = tonumber(held[3] or 0), burst
  if burst > 0 then
    tokens = math.min(burst, tonumber(held[1] or burst) + math.max(0, now - tonumber(held[2] or now)) / 1000 * refill)
    most = math.min(most, math.floor(tokens))
  end
  if busy > now then most = 0 end
  local got = 0
  if most > 0 then
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', dueKey(class, lane), '-inf', now, 'LIMIT', 0, most)) do
      local job = redis.call('HMGET', jobKey(id), 'at', 'wish', 'tries', 'item')
      if not job[1] then redis.call('ZREM', dueKey(class, lane), id)
      elseif job[2] then applyWish(id, job[2])
      else lend(id, class, lane, job) got = got + 1 end
    end
  end
  if class == 'mail' and got > 0 then busy = now + lease end
  if burst > 0 then
    tokens = tokens - got
    redis.call('HSET', laneKey(class, lane), 'n', tostring(tokens), 't', now)
    redis.call('PEXPIRE', laneKey(class, lane), LANE_TTL)
  end
  local head = redis.call('ZRANGE', dueKey(class, lane), 0, 0, 'WITHSCORES')
  if not head[2] then redis.call('ZREM', lanesKey(class), lane) return got end
  local at = math.max(tonumber(head[2]), busy)
  if burst > 0 and tokens < 1 then at = math.max(at, now + math.ceil((1 - tokens) / refill * 1000)) end
  redis.call('ZADD', lanesKey(class), math.max(at, now + 1), lane)
  return got
end
for i = 5, #ARGV, 4 do
  local class, left = ARGV[i], i == 5 and total or math.min(total, rest)
  local perLane, burst, refill = tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3])
  if left > 0 then
    for _, lane in ipairs(redis.call('ZRANGEBYSCORE', lanesKey(class), '-inf', now, 'LIMIT', 0, 200)) do
      if left <= 0 then break end
      local got = visit(class, lane, math.min(left, perLane), burst, refill)
      left, total = left - got, total - got
      if i > 5 then rest = rest - got end
    end
    local head = redis.call('ZRANGE', lanesKey(class), 0, 0, 'WITHSCORES')
    if left > 0 and head[2] and (not nextAt or tonumber(head[2]) < nextAt) then nextAt = tonumber(head[2]) end
  end
end
if nextAt then out[1] = tostring(math.floor(nextAt)) end
return out`,
);

/** ARGV: now, lease ms, then id and token per job. Answers the ids whose lease was lost or given back. */
export const HEARTBEAT = defineScript(
  'allowOom',
  `${DUE_PRELUDE}
local till, lost = tonumber(ARGV[1]) + tonumber(ARGV[2]), {}
for i = 3, #ARGV, 2 do
  local id = ARGV[i]
  local job = redis.call('HMGET', jobKey(id), 'token', 'class', 'lane')
  if job[1] ~= ARGV[i + 1] then lost[#lost + 1] = id
  else
    redis.call('HSET', jobKey(id), 'until', till)
    if job[2] ~= 'mail' then redis.call('ZADD', dueKey(job[2], job[3]), 'XX', till, id)
    elseif redis.call('HGET', laneKey(job[2], job[3]), 'holder') == id then
      redis.call('HSET', laneKey(job[2], job[3]), 'busy', till)
      redis.call('PEXPIRE', laneKey(job[2], job[3]), LANE_TTL)
    end
  end
end
return lost`,
);

/**
 * Ends a lease. ARGV: id, token, now, outcome, instant. `done`: nothing is left to do. `again`: due again at the
 * instant. `pause`: keeps its turn, and its whole lane waits until the instant; `wait`: the same, and it does not count
 * as a try. A wish left meanwhile is granted instead. Answers 1, or 0 when the lease was lost.
 */
export const FINISH = defineScript(
  'allowOom',
  `${DUE_PRELUDE}
local id, now, outcome, at = ARGV[1], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local job = redis.call('HMGET', jobKey(id), 'token', 'class', 'lane', 'at', 'wish')
if job[1] ~= ARGV[2] then return 0 end
if outcome == 'done' then redis.call('HDEL', jobKey(id), 'tries') end
if outcome == 'again' or outcome == 'pause' then redis.call('HINCRBY', jobKey(id), 'tries', 1) end
if job[5] then applyWish(id, job[5])
elseif outcome == 'done' then drop(id)
elseif outcome == 'again' then place(id, job[2], job[3], at)
else place(id, job[2], job[3], job[4]) end
if outcome == 'pause' or outcome == 'wait' then
  redis.call('HSET', laneKey(job[2], job[3]), 'busy', at)
  redis.call('PEXPIRE', laneKey(job[2], job[3]), math.max(0, at - now) + LANE_TTL)
end
return 1`,
);

/** ARGV: now, classes. Answers per class: due instant of the head or `''`, and how many are due. */
export const HEADS = defineScript(
  'readOnly',
  `${DUE_KEYS}
local out = {}
for i = 2, #ARGV do
  local first, waiting = nil, 0
  for _, lane in ipairs(redis.call('ZRANGE', lanesKey(ARGV[i]), 0, -1)) do
    local head = redis.call('ZRANGE', dueKey(ARGV[i], lane), 0, 0, 'WITHSCORES')
    if head[2] and (not first or tonumber(head[2]) < first) then first = tonumber(head[2]) end
    waiting = waiting + redis.call('ZCOUNT', dueKey(ARGV[i], lane), '-inf', ARGV[1])
  end
  out[#out + 1] = first and tostring(math.floor(first)) or ''
  out[#out + 1] = waiting
end
return out`,
);
