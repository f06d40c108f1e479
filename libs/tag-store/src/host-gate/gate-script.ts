import { createHash } from 'node:crypto';
import { PATIENCE_MS, RECHECK_MS } from './decider.ts';
import { LONGEST_REST_MS } from './port.ts';

/**
 * The line in front of one host; does what `HostState` does. Time comes from the server.
 * KEYS: leases (sorted set: token, end), line (sorted set: token, number), patience (sorted set: token, end), state (hash).
 * ARGV: `enter`, token, limits (JSON), patience in ms | `leave`, token, limits, kind, ms, random | `giveUp`, token, limits.
 * Answers `enter` with `{'go', delay}`, `{'wait', recheck}` or `{'no', reason, retryAfter}`. Tells those who should ask again on the channel of
 * the instance that begins their token.
 */
const source = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local leases, line, patience, state = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local op, token, limits = ARGV[1], ARGV[2], cjson.decode(ARGV[3])
local known = {}
local flat = redis.call('HGETALL', state)
for index = 1, #flat, 2 do known[flat[index]] = tonumber(flat[index + 1]) end
local function get(name) return known[name] or 0 end
local function set(name, value)
  known[name] = value
  redis.call('HSET', state, name, string.format('%.0f', value))
end
redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', patience, '-inf', now)) do
  redis.call('ZREM', line, gone)
  redis.call('ZREM', patience, gone)
end
local function places()
  if get('failures') >= limits.failures then return 1 end
  return limits.concurrency
end
local function quit()
  redis.call('ZREM', line, token)
  redis.call('ZREM', patience, token)
end
local function tell()
  local free = places() - redis.call('ZCARD', leases)
  if free <= 0 then return end
  for _, waiting in ipairs(redis.call('ZRANGE', line, 0, free - 1)) do
    redis.call('PUBLISH', 'wake:gate:' .. string.match(waiting, '^[^/]*'), waiting)
  end
end
local function enter(left)
  if not redis.call('ZSCORE', line, token) then
    set('number', get('number') + 1)
    redis.call('ZADD', line, get('number'), token)
  end
  redis.call('ZADD', patience, now + ${String(PATIENCE_MS)}, token)
  local rank = redis.call('ZRANK', line, token)
  local earliest = math.max(now, get('nextAt'), get('restUntil'), get('openUntil'))
  local wait = earliest + rank * limits.intervalMs - now
  if wait > left then
    quit()
    local reason = 'busy'
    if get('restUntil') > now + left then reason = 'resting'
    elseif get('openUntil') > now + left then reason = 'broken' end
    return { 'no', reason, wait }
  end
  if rank >= places() - redis.call('ZCARD', leases) then return { 'wait', ${String(RECHECK_MS)} } end
  quit()
  redis.call('ZADD', leases, earliest + limits.leaseMs, token)
  set('nextAt', earliest + limits.intervalMs)
  return { 'go', earliest - now }
end
local function leave(kind, ms, random)
  local lease = redis.call('ZSCORE', leases, token)
  local began = now
  if lease then began = tonumber(lease) - limits.leaseMs end
  redis.call('ZREM', leases, token)
  if kind == 'answered' or kind == 'rest' then
    set('failures', 0)
    set('opened', 0)
    set('openUntil', 0)
  end
  if kind == 'rest' then set('restUntil', math.max(get('restUntil'), now + math.min(ms, ${String(LONGEST_REST_MS)}))) end
  if kind == 'failed' and began >= get('openUntil') then
    set('failures', get('failures') + 1)
    if get('failures') >= limits.failures then
      local full = math.min(limits.mostMs, limits.firstMs * 2 ^ math.min(get('opened'), 30))
      set('opened', get('opened') + 1)
      set('openUntil', now + math.floor(full / 2 + full / 2 * random))
    end
  end
  tell()
  return 1
end
local answer = 1
if op == 'enter' then answer = enter(tonumber(ARGV[4]))
elseif op == 'leave' then answer = leave(ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]))
else quit() end
local last = math.max(now, get('nextAt'), get('restUntil'), get('openUntil'))
local ttl = last - now + limits.leaseMs + limits.mostMs
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, string.format('%.0f', ttl)) end
return answer
`;

/** The script and the SHA-1 by which Redis keeps it. */
export const gateScript = { source, sha: createHash('sha1').update(source).digest('hex') };
