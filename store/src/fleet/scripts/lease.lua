-- Leases calls of a month's quota to a node, takes calls back, or only renews what the node holds.
-- KEYS: the month's counters, what the nodes hold.
-- ARGV: node, product, quota, calls asked for (0: none), calls given back, what the node holds apart from these (-1: as before),
--       calls in SQL (-1: not known to the asker), milliseconds after which a silent node counts as gone.
-- Returns {-1, 0} where the calls in SQL are needed, else {calls leased, calls left for everybody}.
local node, product, quota, asked = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local settled = tonumber(redis.call('HGET', KEYS[1], product .. ':settled') or '-1')
local known = tonumber(ARGV[7])
if settled < 0 and known < 0 then
  return {-1, 0}
end
if known > settled then
  settled = known
  redis.call('HSET', KEYS[1], product .. ':settled', settled)
  redis.call('EXPIRE', KEYS[1], 3024000)
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local mine = tonumber(redis.call('HGET', KEYS[2], node) or '0')
if tonumber(ARGV[6]) >= 0 then
  mine = tonumber(ARGV[6])
else
  mine = math.max(0, mine - tonumber(ARGV[5]))
end
local others = 0
local fields = redis.call('HGETALL', KEYS[2])
local held, till = {}, {}
for at = 1, #fields, 2 do
  local name = string.match(fields[at], '^(.*):until$')
  if name then
    till[name] = tonumber(fields[at + 1])
  else
    held[fields[at]] = tonumber(fields[at + 1])
  end
end
for name, calls in pairs(held) do
  if (till[name] or 0) < now then
    redis.call('HDEL', KEYS[2], name, name .. ':until')
  elseif name ~= node then
    others = others + calls
  end
end
local waiting = tonumber(redis.call('HGET', KEYS[1], product .. ':waiting') or '0')
local free = quota - settled - waiting - others - mine
-- Near the end one at a time, so that no call is left lying on a node that nobody asks.
local share = math.min(asked, math.max(1, math.floor(free / 100)))
local leased = math.max(0, math.min(free, share))
redis.call('HSET', KEYS[2], node, mine + leased, node .. ':until', now + tonumber(ARGV[8]))
redis.call('EXPIRE', KEYS[2], 3024000)
return {leased, math.max(0, free - leased)}
