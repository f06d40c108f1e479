import { createHash } from 'node:crypto';

/** A Lua script and the name under which Redis keeps it. */
export interface Script {
  readonly source: string;
  /** SHA-1 of the source, for EVALSHA. */
  readonly sha: string;
}

export function script(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}

/** Time comes from the server: the clocks of two claimers need not agree. */
const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * Claims a URL, or joins the job that is under way.
 * KEYS: claim, job. ARGV: jobId, url, acceptedAt, instant, leaseMs, ttlMs, prefix of job keys.
 * Answers: state, jobId, then the fields of the job.
 */
export const claimScript = script(`${now}
local current = redis.call('HGET', KEYS[1], 'jobId')
if current then
  local key = ARGV[7] .. string.sub(current, 34)
  local status = redis.call('HGET', key, 'status')
  local confirmed = redis.call('HGET', KEYS[1], 'confirmed')
  if (status == 'queued' or status == 'running') and (confirmed or current ~= ARGV[1]) then
    local state = status
    if status == 'queued' and not confirmed then
      state = 'pending'
      if tonumber(redis.call('HGET', KEYS[1], 'leaseUntil')) <= now then
        redis.call('HSET', KEYS[1], 'leaseUntil', now + ARGV[5])
        state = 'pending-expired'
      end
    end
    return { state, current, redis.call('HGETALL', key) }
  end
end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'jobId', ARGV[1], 'leaseUntil', now + ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('HSET', KEYS[2], 'id', ARGV[1], 'url', ARGV[2], 'status', 'queued', 'createdAt', ARGV[3], 'updatedAt', ARGV[4], 'attempts', 0)
redis.call('PEXPIRE', KEYS[2], ARGV[6])
return { 'claimed', ARGV[1], redis.call('HGETALL', KEYS[2]) }
`);

/** KEYS: claim. ARGV: jobId, ttlMs. */
export const confirmScript = script(`
if redis.call('HGET', KEYS[1], 'jobId') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'confirmed', 1)
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1
`);

/** Writes down a job that the store does not know (any more). Needs: KEYS[1] job; ARGV: jobId, url, acceptedAt, instant. */
const remember = `
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'id', ARGV[1], 'url', ARGV[2], 'status', 'queued', 'createdAt', ARGV[3], 'attempts', 0)
end
`;

/**
 * Counts an attempt. KEYS: job, claim. ARGV: jobId, url, acceptedAt, instant, ttlMs.
 * Answers: attempts; or 0 and the fields of the job that has ended.
 */
export const attemptScript = script(`
local status = redis.call('HGET', KEYS[1], 'status')
if status == 'done' or status == 'failed' then
  return { 0, redis.call('HGETALL', KEYS[1]) }
end
${remember}
redis.call('HSET', KEYS[1], 'status', 'running', 'updatedAt', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
local claimed = redis.call('HGET', KEYS[2], 'jobId')
if not claimed or claimed == ARGV[1] then
  redis.call('HSET', KEYS[2], 'jobId', ARGV[1], 'confirmed', 1)
  redis.call('PEXPIRE', KEYS[2], ARGV[5])
end
return { redis.call('HINCRBY', KEYS[1], 'attempts', 1) }
`);

/** Takes an attempt back. KEYS: job. */
export const returnScript = script(`
if redis.call('HGET', KEYS[1], 'status') == 'running' and tonumber(redis.call('HGET', KEYS[1], 'attempts')) > 0 then
  redis.call('HINCRBY', KEYS[1], 'attempts', -1)
end
return 1
`);

/** Refuses writes of another epoch and of jobs that have ended. Needs: KEYS[1] job, KEYS[2] claim, KEYS[3] epoch; ARGV[6]: epoch or ''. */
const guard = `
local epoch = tonumber(redis.call('GET', KEYS[3]) or '0')
if ARGV[6] ~= '' and tonumber(ARGV[6]) ~= epoch then
  return { 'stale-epoch', epoch }
end
local status = redis.call('HGET', KEYS[1], 'status')
if status == 'done' or status == 'failed' then
  return { 'duplicate' }
end
${remember}
if redis.call('HGET', KEYS[2], 'jobId') == ARGV[1] then
  redis.call('DEL', KEYS[2])
end
`;

/**
 * Writes a result: record, job, claim and outbox in one step.
 * KEYS: job, claim, epoch, record, outbox. ARGV: jobId, url, acceptedAt, instant, ttlMs, epoch, page, tags (JSON array of texts).
 * Answers: kind, then for 'applied' the tags whose postings may differ.
 */
export const applyScript = script(`${guard}
redis.call('HSET', KEYS[1], 'status', 'done', 'updatedAt', ARGV[4])
redis.call('HDEL', KEYS[1], 'error')
redis.call('PEXPIRE', KEYS[1], ARGV[5])
local record = redis.call('HMGET', KEYS[4], 'acceptedAt', 'jobId', 'tags')
if record[1] and (record[1] > ARGV[3] or (record[1] == ARGV[3] and record[2] >= ARGV[1])) then
  return { 'superseded' }
end
redis.call('HSET', KEYS[4], 'page', ARGV[7], 'acceptedAt', ARGV[3], 'jobId', ARGV[1], 'tags', ARGV[8])
for _, tag in ipairs(cjson.decode(record[3] or '[]')) do redis.call('SADD', KEYS[5], tag) end
for _, tag in ipairs(cjson.decode(ARGV[8])) do redis.call('SADD', KEYS[5], tag) end
return { 'applied', redis.call('SMEMBERS', KEYS[5]) }
`);

/** Ends a job as failed. KEYS: job, claim, epoch. ARGV: jobId, url, acceptedAt, instant, ttlMs, epoch, error (JSON). */
export const failScript = script(`${guard}
redis.call('HSET', KEYS[1], 'status', 'failed', 'updatedAt', ARGV[4], 'error', ARGV[7])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return { 'applied' }
`);

/** As `failScript`, but leaves alone a job that somebody has confirmed as queued. */
export const abandonScript = script(`
if redis.call('HGET', KEYS[2], 'jobId') == ARGV[1] and redis.call('HGET', KEYS[2], 'confirmed') then
  return { 'duplicate' }
end
${failScript.source}`);

/** What the postings of a URL must say. KEYS: record, outbox. Answers: jobId, page, tags in the outbox. */
export const outboxScript = script(`
local record = redis.call('HMGET', KEYS[1], 'jobId', 'page')
return { record[1] or '', record[2] or '', redis.call('SMEMBERS', KEYS[2]) }
`);

/**
 * Sets the postings of one URL. KEYS: postings. ARGV: urlHash, most members, then per key its score, or '' to remove.
 * A posting that is full loses its lowest scores.
 */
export const postScript = script(`
for index, key in ipairs(KEYS) do
  local score = ARGV[index + 2]
  if score == '' then
    redis.call('ZREM', key, ARGV[1])
  else
    redis.call('ZADD', key, score, ARGV[1])
    local surplus = redis.call('ZCARD', key) - ARGV[2]
    if surplus > 0 then redis.call('ZREMRANGEBYRANK', key, 0, surplus - 1) end
  end
end
return 1
`);

/**
 * Empties the outbox of what has been posted, unless a newer result came in between.
 * KEYS: record, outbox. ARGV: jobId of the record that was posted, then the tags. Answers 1, or 0 when it is newer.
 */
export const settledScript = script(`
if (redis.call('HGET', KEYS[1], 'jobId') or '') ~= ARGV[1] then return 0 end
for index = 2, #ARGV do redis.call('SREM', KEYS[2], ARGV[index]) end
return 1
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
