-- Leases calls of a pace to a node: the generic cell rate algorithm on Redis' own clock, for several calls at once.
-- KEYS: the theoretical arrival of the next call. ARGV: microseconds between two calls, microseconds of burst, calls asked for.
-- Returns calls leased, calls left after them, microseconds until the next one and until all are there again.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local arrival = tonumber(redis.call('GET', KEYS[1]) or '0')
-- A clock that went back must not lock anybody out.
arrival = math.min(math.max(arrival, now), now + burst)
local room = math.floor((now + burst - arrival) / interval + 0.000001)
local leased = math.min(room, tonumber(ARGV[3]))
if leased > 0 then
  arrival = arrival + leased * interval
  redis.call('SET', KEYS[1], string.format('%.3f', arrival), 'PX', math.ceil((arrival - now) / 1000) + 1)
end
local left = room - leased
local wait = 0
if left < 1 then
  wait = math.max(1, math.ceil(arrival + interval - burst - now))
end
return {leased, left, wait, math.ceil(arrival - now)}
