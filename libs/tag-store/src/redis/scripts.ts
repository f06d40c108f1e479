import { postingScripts } from './posting-scripts.ts';
import { repairScripts } from './repair-scripts.ts';
import { script, type Script } from './script.ts';

export { script, type Script } from './script.ts';

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
-- First a write that Redis refuses when its memory is used up: it does not look again within a script.
redis.call('HSET', KEYS[1], 'jobId', ARGV[1], 'leaseUntil', now + ARGV[5])
redis.call('HDEL', KEYS[1], 'confirmed')
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('DEL', KEYS[2])
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

/**
 * Moves a watermark on. `key` and `partition` are the places of the key, and of the first of three arguments: partition or '', offset,
 * writes heard of or '' for never asked. Leaves in `count` the writes of the partition now, -1 where the store was thrown back.
 */
const advance = ({ key, partition, counts }: { key: number; partition: number; counts: boolean }): string => {
  const [hash, name] = [`KEYS[${String(key)}]`, `ARGV[${String(partition)}]`];
  const [offset, heard] = [`ARGV[${String(partition + 1)}]`, `ARGV[${String(partition + 2)}]`];
  return `
local count = 0
if ${name} ~= '' and ${heard} ~= '' then
  local known = redis.call('HMGET', ${hash}, ${name}, ${name} .. ':writes')
  if tonumber(known[2] or '0') < tonumber(${heard}) then
    count = -1
  else
    ${counts ? `count = redis.call('HINCRBY', ${hash}, ${name} .. ':writes', 1)` : ''}
    -- As text: an offset may be more than a number of Lua holds. Longer is greater, as there are no leading zeros.
    local at = known[1]
    if not at or #at < #${offset} or (#at == #${offset} and at < ${offset}) then
      redis.call('HSET', ${hash}, ${name}, ${offset})
    end
  end
end`;
};

/** KEYS: watermarks of the topic. ARGV: partition, offset, writes heard of. Not counted: nobody waits until it is durable. */
export const advanceScript = script(`${advance({ key: 1, partition: 1, counts: false })}
return count
`);

/**
 * How every durable write begins: it refuses those of another epoch, those of whom has met a primary of a later one, and those of jobs that
 * have ended; and it keeps the watermark of the partition from which the job came, with a count of the writes that brought one. Who has
 * heard of more writes than are counted speaks of a past that this store does not have (any more): then the watermark stays where it is.
 * Needs: KEYS: job, claim, epoch, watermarks of the topic. ARGV: jobId, url, acceptedAt, instant, ttlMs, epoch or '', least epoch,
 * partition or '', offset: the first of the partition that is not dealt with, writes heard of or '' for never asked.
 * Leaves in `count` what {@link advance} does.
 */
const guard = `
local epoch = tonumber(redis.call('GET', KEYS[3]) or '0')
if (ARGV[6] ~= '' and tonumber(ARGV[6]) ~= epoch) or epoch < tonumber(ARGV[7]) then
  return { 'stale-epoch', epoch }
end
${advance({ key: 4, partition: 8, counts: true })}
local status = redis.call('HGET', KEYS[1], 'status')
if status == 'done' or status == 'failed' then
  return { 'duplicate', count }
end
`;

/** Ends the job, which the store may not know (any more), and keeps it for its time. Each command less is one less for every replica. */
const end = (status: 'done' | 'failed', error = ''): string => `
if status then
  redis.call('HSET', KEYS[1], 'status', '${status}', 'updatedAt', ARGV[4]${error})
else
  redis.call('HSET', KEYS[1], 'id', ARGV[1], 'url', ARGV[2], 'status', '${status}', 'createdAt', ARGV[3], 'updatedAt', ARGV[4], 'attempts', 0${error})
end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
`;

/** Sets the URL free. Behind the first write of a script: taking away is allowed when the memory is used up, and all behind it then, too. */
const release = `
if redis.call('HGET', KEYS[2], 'jobId') == ARGV[1] then
  redis.call('DEL', KEYS[2])
end
`;

/**
 * Writes a result: record, job, claim and outbox in one step. The outbox is a field of the record: the tags, its own and those of the record
 * before it, whose postings may differ.
 * KEYS: those of the guard, record. ARGV: those of the guard, page, tags (JSON array of texts), ttlMs of the record or ''.
 * Answers: kind, count of the guard, then for 'applied' the outbox where it holds more than the tags that were given.
 */
export const applyScript = script(`${guard}
${end('done')}
${release}
local record = redis.call('HMGET', KEYS[5], 'acceptedAt', 'jobId', 'tags', 'unposted')
if record[1] and (record[1] > ARGV[3] or (record[1] == ARGV[3] and record[2] >= ARGV[1])) then
  return { 'superseded', count }
end
local unposted = ARGV[12]
if record[3] and (record[3] ~= unposted or record[4]) then
  local list, seen = {}, {}
  for _, json in ipairs({ unposted, record[3], record[4] or '[]' }) do
    for _, tag in ipairs(cjson.decode(json)) do
      if not seen[tag] then
        seen[tag] = true
        list[#list + 1] = tag
      end
    end
  end
  if #list > 0 then unposted = cjson.encode(list) end
end
redis.call('HSET', KEYS[5], 'page', ARGV[11], 'acceptedAt', ARGV[3], 'jobId', ARGV[1], 'tags', ARGV[12], 'unposted', unposted)
if ARGV[13] ~= '' then
  redis.call('PEXPIRE', KEYS[5], ARGV[13])
elseif record[1] then
  redis.call('PERSIST', KEYS[5])
end
if unposted == ARGV[12] then return { 'applied', count, '' } end
return { 'applied', count, unposted }
`);

/** Ends a job as failed. KEYS: those of the guard. ARGV: those of the guard, error (JSON). Answers as `applyScript`. */
export const failScript = script(`${guard}
${end('failed', ", 'error', ARGV[11]")}
${release}
return { 'applied', count }
`);

/** As `failScript`, but leaves alone a job that somebody has confirmed as queued. */
export const abandonScript = script(`
if redis.call('HGET', KEYS[2], 'jobId') == ARGV[1] and redis.call('HGET', KEYS[2], 'confirmed') then
  return { 'duplicate', 0 }
end
${failScript.source}`);

/** All of this file and of the postings: what a server is given when we come to it. */
export const allScripts: readonly Script[] = [
  claimScript,
  confirmScript,
  attemptScript,
  returnScript,
  applyScript,
  failScript,
  abandonScript,
  advanceScript,
  ...postingScripts,
  ...repairScripts,
];
