-- Lets go of one partner's batches that SQL has now.
-- KEYS: the waiting batches, then the others named by their place in this list.
-- ARGV: seconds that a batch is remembered, {batches: [{id, mark, counts: [[key, product, n]]}], settled: [[key, product, calls or -1]]}.
-- Returns 0, having done nothing, where a quota is counted whose calls in SQL were not given.
local change = cjson.decode(ARGV[2])
for _, settled in ipairs(change.settled) do
  if settled[3] < 0 and redis.call('HEXISTS', KEYS[settled[1]], settled[2] .. ':settled') == 1 then
    return 0
  end
end
for _, batch in ipairs(change.batches) do
  -- First of all: it makes room, and a Redis whose memory is full lets a script that has written already go on.
  local waited = redis.call('HDEL', KEYS[1], batch.id)
  redis.call('SET', KEYS[batch.mark], '1', 'EX', ARGV[1])
  if waited == 1 then
    for _, count in ipairs(batch.counts) do
      redis.call('HINCRBY', KEYS[count[1]], count[2] .. ':waiting', -count[3])
    end
  end
end
for _, settled in ipairs(change.settled) do
  local known = redis.call('HGET', KEYS[settled[1]], settled[2] .. ':settled')
  if known and tonumber(known) < settled[3] then
    redis.call('HSET', KEYS[settled[1]], settled[2] .. ':settled', settled[3])
  end
end
return 1
