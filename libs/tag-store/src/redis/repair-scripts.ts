import { script, type Script } from './script.ts';

/** Time comes from the server: the clocks of two holders need not agree. */
const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * Takes or keeps the lease of the repair. KEYS: repair. ARGV: holder, leaseMs. Answers the place reached; 0 when another holder is at it, 1
 * when the repair rests.
 */
export const leaseScript = script(`${now}
local state = redis.call('HMGET', KEYS[1], 'holder', 'until', 'place', 'rest')
if tonumber(state[4] or 0) > now then return 1 end
if state[1] and state[1] ~= ARGV[1] and tonumber(state[2]) > now then return 0 end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'until', now + ARGV[2])
return state[3] or ''
`);

/** Records the place reached, unless another holder has taken over. KEYS: repair. ARGV: holder, place ('' at the end), restMs. */
export const placeScript = script(`${now}
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'place', ARGV[2])
if ARGV[2] == '' then redis.call('HSET', KEYS[1], 'rest', now + ARGV[3]) end
return 1
`);

/** For the greeting. */
export const repairScripts: readonly Script[] = [leaseScript, placeScript];
