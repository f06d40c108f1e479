import { script, type Script } from './script.ts';

/**
 * Takes or keeps the lease of the repair. KEYS: repair. ARGV: holder, leaseMs. Answers the place reached, or nil when another place holds it.
 * Time comes from the server.
 */
export const leaseScript = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local state = redis.call('HMGET', KEYS[1], 'holder', 'until', 'place')
if state[1] and state[1] ~= ARGV[1] and tonumber(state[2]) > now then return nil end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'until', now + ARGV[2])
return state[3] or ''
`);

/** Records the place reached, unless another place has taken over. KEYS: repair. ARGV: holder, place. */
export const placeScript = script(`
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'place', ARGV[2])
return 1
`);

/** For the greeting. */
export const repairScripts: readonly Script[] = [leaseScript, placeScript];
