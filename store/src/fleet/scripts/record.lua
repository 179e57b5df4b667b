-- Writes one partner's batch, once: remembers its id with its calls and adds to the counters, or does nothing at all.
-- KEYS: the mark of a batch that was rolled up, the waiting batches, then the counters named by their place in this list.
-- ARGV: batch id, its calls, the node or '', seconds that counters are kept, {add: [[key, field, n]], release: [[key, n]]}.
if redis.call('EXISTS', KEYS[1]) == 1 or redis.call('HSETNX', KEYS[2], ARGV[1], ARGV[2]) == 0 then
  return 0
end
local change = cjson.decode(ARGV[5])
for _, add in ipairs(change.add) do
  redis.call('HINCRBY', KEYS[add[1]], add[2], add[3])
end
-- What the node held of a quota has become a waiting call; both in one step, so that no share is free in between.
if ARGV[3] ~= '' then
  for _, release in ipairs(change.release) do
    local held = tonumber(redis.call('HGET', KEYS[release[1]], ARGV[3]) or '0')
    if held > 0 then
      redis.call('HSET', KEYS[release[1]], ARGV[3], math.max(0, held - release[2]))
    end
  end
end
for place = 3, #KEYS do
  redis.call('EXPIRE', KEYS[place], ARGV[4])
end
return 1
