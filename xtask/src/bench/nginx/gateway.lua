-- Key, rate and counters, two round trips to Redis for each call.
local redis = require 'nginx.redis'
local sha256 = require 'nginx.sha256'
local to_hex = require('nginx.string').to_hex

gateway = {}

local hash, sha
local known = {}

local RATE = [[
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
if arrival - now > burst then return 0 end
redis.call('SET', KEYS[1], string.format('%.0f', arrival + interval), 'PX', 2000)
return 1
]]

local function digest(text)
  local sum = sha256:new()
  sum:update(text)
  return to_hex(sum:final())
end

local function refuse(status)
  ngx.status = status
  return ngx.exit(status)
end

function gateway.admit(key, port)
  hash = hash or digest(key)
  local sent = ngx.var.http_authorization
  local text = sent and string.match(sent, '^Bearer (.+)$')
  if not text then return refuse(401) end
  -- The worker remembers whose hash it is, not the key.
  local digested = digest(text)
  if known[digested] == nil then known[digested] = digested == hash end
  if not known[digested] then return refuse(401) end

  local link = redis:new()
  link:set_timeout(1000)
  if not link:connect('127.0.0.1', port) then return refuse(503) end
  sha = sha or link:script('LOAD', RATE)
  if link:evalsha(sha, 1, 'rate:' .. digested, 1, 1000000) ~= 1 then return refuse(429) end
  local day = 'meter:northwind:' .. os.date('!%Y-%m-%d')
  link:init_pipeline(5)
  link:hincrby(day, 'total', 1)
  link:hincrby(day, 'parcels', 1)
  link:hincrby(day, 'parcels:success', 1)
  link:hincrby(day, 'parcels:key', 1)
  link:expire(day, 3024000)
  if not link:commit_pipeline() then return refuse(503) end
  link:set_keepalive(60000, 128)
end
