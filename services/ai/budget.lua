-- A workspace's budget of one day, in millionths of a dollar. All of its rules are here.
-- KEYS[1]: a hash. spent, held; r:ID: what is held for a call. KEYS[2]: the calls by when they are given up.
-- ARGV: what (look, load, reserve, settle), call, amount, limit, now (ms; 0: as this server has it), lapse (ms),
-- seconds that all of it lives.
-- Returns 1 (done), 0 (no room) or -1 (nothing is known of this day: load it), spent and held.
local key, calls = KEYS[1], KEYS[2]
local what, call, amount, limit = ARGV[1], 'r:' .. ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local now, lapse, lives = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local spent = tonumber(redis.call('HGET', key, 'spent') or '-1')

if what == 'load' then
  redis.call('HSET', key, 'spent', string.format('%.0f', math.max(spent, amount)))
  redis.call('EXPIRE', key, lives)
  return {1, math.max(spent, amount), tonumber(redis.call('HGET', key, 'held') or '0')}
end
if spent < 0 then return {-1, 0, 0} end

local function release(name)
  local had = tonumber(redis.call('HGET', key, name) or '0')
  if had > 0 then -- for -0 is no number to Redis
    redis.call('HDEL', key, name)
    redis.call('ZREM', calls, name)
    redis.call('HINCRBY', key, 'held', string.format('%.0f', -had))
  end
  return had
end

-- Whoever held these died or was cut off: nobody knows what became of the call, so it counts as made.
for _, name in ipairs(redis.call('ZRANGEBYSCORE', calls, '-inf', now, 'LIMIT', 0, 100)) do
  redis.call('HINCRBY', key, 'spent', string.format('%.0f', release(name)))
end

local done = 1
if what == 'reserve' then
  release(call)
  spent = tonumber(redis.call('HGET', key, 'spent'))
  local held = tonumber(redis.call('HGET', key, 'held') or '0')
  if spent + held + amount > limit then
    done = 0
  else
    redis.call('HSET', key, call, string.format('%.0f', amount))
    redis.call('HINCRBY', key, 'held', string.format('%.0f', amount))
    redis.call('ZADD', calls, now + lapse, call)
    redis.call('EXPIRE', calls, lives)
  end
elseif what == 'settle' then
  release(call)
  redis.call('HINCRBY', key, 'spent', string.format('%.0f', amount))
end
return {done, tonumber(redis.call('HGET', key, 'spent')), tonumber(redis.call('HGET', key, 'held') or '0')}
