import { script } from '../redis/script.ts';

/**
 * Keeps a new crawl. KEYS: crawls of the tenant. ARGV: id, crawl (JSON), most crawls. Answers 1, or 0 where there is no room.
 * What ended makes room, and that which ended first before the others.
 */
export const addScript = script(`
local surplus = redis.call('HLEN', KEYS[1]) + 1 - ARGV[3]
if surplus > 0 then
  local ended = {}
  local flat = redis.call('HGETALL', KEYS[1])
  for index = 1, #flat, 2 do
    local readable, crawl = pcall(cjson.decode, flat[index + 1])
    if readable and (crawl.status == 'done' or crawl.status == 'failed') then
      ended[#ended + 1] = { flat[index], crawl.endedAt or '' }
    end
  end
  if #ended < surplus then return 0 end
  table.sort(ended, function(a, b) return a[2] < b[2] end)
  for index = 1, surplus do redis.call('HDEL', KEYS[1], ended[index][1]) end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
`);

/** Writes a crawl that is still there. KEYS: crawls of the tenant. ARGV: id, crawl (JSON). Answers 1, or 0 where it is not. */
export const updateScript = script(`
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
`);

/** Takes a crawl away. KEYS: crawls of the tenant. ARGV: id. Answers 1, or 0 where it is not. */
export const removeScript = script(`
return redis.call('HDEL', KEYS[1], ARGV[1])
`);
