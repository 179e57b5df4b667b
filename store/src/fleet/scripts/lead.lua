-- Takes or keeps the lead for a while. KEYS: who leads. ARGV: the node, milliseconds.
local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[1] then
  return 0
end
-- A Redis whose memory is full refuses SET, unless the script has written already: DEL needs no memory.
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
