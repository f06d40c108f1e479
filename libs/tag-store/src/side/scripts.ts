import { script } from '../redis/scripts.ts';

/** Takes a note away if it still says this. KEYS: note. ARGV: text. */
export const removeScript = script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`);

/**
 * Keeps a verdict, unless the one that is kept says the same. KEYS: verdicts, order, last number.
 * ARGV: subject, verdict (JSON), what it says, most verdicts. Answers the verdict that is kept now.
 */
export const recordScript = script(`
local before = redis.call('HGET', KEYS[1], ARGV[1])
if before and cjson.decode(before)['verdict'] == ARGV[3] then return before end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], redis.call('INCR', KEYS[3]), ARGV[1])
local surplus = redis.call('ZCARD', KEYS[2]) - ARGV[4]
if surplus > 0 then
  for _, subject in ipairs(redis.call('ZRANGE', KEYS[2], 0, surplus - 1)) do redis.call('HDEL', KEYS[1], subject) end
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, surplus - 1)
end
return ARGV[2]
`);

/** Verdicts after a number, oldest first. KEYS: verdicts, order. ARGV: number, most. Answers verdicts and numbers in turn. */
export const sinceScript = script(`
local places = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local answer = {}
for index = 1, #places, 2 do
  answer[#answer + 1] = redis.call('HGET', KEYS[1], places[index]) or ''
  answer[#answer + 1] = places[index + 1]
end
return answer
`);
