import { script, type Script } from './script.ts';

/** What the postings of a URL must say. KEYS: record. Answers: jobId, page, outbox. */
export const outboxScript = script(`
local record = redis.call('HMGET', KEYS[1], 'jobId', 'page', 'unposted')
return { record[1] or '', record[2] or '', record[3] or '' }
`);

/**
 * Sets the postings of one URL and empties its outbox, unless a newer result has come in: then its outbox names all of these tags, too.
 * KEYS: record, postings. ARGV: jobId of the record that is posted, urlHash, most members of a posting, then per posting
 * its score, or '' to remove. A posting that is full keeps its highest scores.
 * Answers how many postings differed, or -1 when the record is another one.
 */
export const settleScript = script(`
if (redis.call('HGET', KEYS[1], 'jobId') or '') ~= ARGV[1] then return -1 end
local url = ARGV[2]
local most = tonumber(ARGV[3])
local changed = 0
for index = 2, #KEYS do
  local key, score = KEYS[index], ARGV[index + 2]
  if score == '' then
    changed = changed + redis.call('ZREM', key, url)
  else
    local surplus = redis.call('ZCARD', key) - most
    if surplus < 0 then
      changed = changed + redis.call('ZADD', key, 'CH', score, url)
    else
      local worst = redis.call('ZRANGE', key, surplus, surplus, 'WITHSCORES')
      local lowest = tonumber(worst[2])
      if redis.call('ZSCORE', key, url) or tonumber(score) > lowest or (tonumber(score) == lowest and url > worst[1]) then
        changed = changed + redis.call('ZADD', key, 'CH', score, url)
        surplus = redis.call('ZCARD', key) - most
        if surplus > 0 then redis.call('ZREMRANGEBYRANK', key, 0, surplus - 1) end
      end
    end
  end
end
redis.call('HDEL', KEYS[1], 'unposted')
return changed
`);

/**
 * A page of a posting, best score first. KEYS: posting. ARGV: limit, then '' or score and member of the last entry given out.
 * Answers members and scores in turn.
 */
export const tagPageScript = script(`
local start = 0
if ARGV[2] ~= '' then
  local score = redis.call('ZSCORE', KEYS[1], ARGV[3])
  if score and tonumber(score) == tonumber(ARGV[2]) then
    start = redis.call('ZREVRANK', KEYS[1], ARGV[3]) + 1
  else
    -- The last entry has gone or moved: everything better than it has been given out.
    start = redis.call('ZCOUNT', KEYS[1], '(' .. ARGV[2], '+inf')
  end
end
return redis.call('ZREVRANGE', KEYS[1], start, start + ARGV[1] - 1, 'WITHSCORES')
`);

/**
 * Takes URLs out of a posting whose records are gone or do not bear its tag (any more).
 * KEYS: posting, then records. ARGV: tag, then the hash of each record. Answers how many were taken out.
 */
export const weedScript = script(`
local gone = {}
for index = 2, #KEYS do
  local json = redis.call('HGET', KEYS[index], 'tags')
  local bears = false
  for _, tag in ipairs(json and cjson.decode(json) or {}) do
    if tag == ARGV[1] then bears = true end
  end
  if not bears then gone[#gone + 1] = ARGV[index] end
end
if #gone == 0 then return 0 end
return redis.call('ZREM', KEYS[1], unpack(gone))
`);

/** For the greeting. */
export const postingScripts: readonly Script[] = [outboxScript, settleScript, tagPageScript, weedScript];
