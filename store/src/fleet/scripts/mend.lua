-- Adds to a day's counters. KEYS: the day. ARGV: seconds that counters are kept, then fields, each with what is added to it.
for at = 2, #ARGV, 2 do
  redis.call('HINCRBY', KEYS[1], ARGV[at], ARGV[at + 1])
end
return redis.call('EXPIRE', KEYS[1], ARGV[1])
