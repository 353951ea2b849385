-- A workspace's budget of one day, in millionths of a dollar. All of its rules are here.
-- KEYS[1]: a hash. spent, held: of the day; s:CUSTOMER, h:CUSTOMER: of a customer; r:CALL: the reservation of a call;
-- whole: the day was begun with nothing spent, so a customer without s: has spent nothing. KEYS[2]: the calls by when
-- their reservation lapses.
-- ARGV: what (look, load, load_customer, reserve, settle), call (CUSTOMER/...; no customer: no share), amount, limit,
-- now (ms; 0: the time of this server), lapse (ms), TTL in seconds, share (of a customer; -1: no limit).
-- Returns 1 (done), 0 (no room in the day), 2 (no room in the customer's share), -1 (nothing is known of this day: load
-- it) or -2 (nothing is known of this customer: load_customer), spent and held.
local key, calls = KEYS[1], KEYS[2]
local what, call, amount, limit = ARGV[1], 'r:' .. ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local now, lapse, lives, share = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local spent = tonumber(redis.call('HGET', key, 'spent') or '-1')

local function customer_of(name) return string.match(name, '^r:([^/]+)/') end

-- Returns what a customer has spent; nil: not known.
local function spent_by(customer)
  local known = redis.call('HGET', key, 's:' .. customer)
  if not known and redis.call('HGET', key, 'whole') then known = '0' end
  return known and tonumber(known)
end

local function spend(customer, paid)
  redis.call('HINCRBY', key, 'spent', string.format('%.0f', paid))
  if customer and spent_by(customer) then redis.call('HINCRBY', key, 's:' .. customer, string.format('%.0f', paid)) end
end

if what == 'load' then
  if spent < 0 and amount == 0 then redis.call('HSET', key, 'whole', '1') end
  redis.call('HSET', key, 'spent', string.format('%.0f', math.max(spent, amount)))
  redis.call('EXPIRE', key, lives)
  return {1, math.max(spent, amount), tonumber(redis.call('HGET', key, 'held') or '0')}
end
if spent < 0 then return {-1, 0, 0} end
if what == 'load_customer' then
  local customer = customer_of(call)
  redis.call('HSET', key, 's:' .. customer, string.format('%.0f', math.max(spent_by(customer) or 0, amount)))
  return {1, spent, tonumber(redis.call('HGET', key, 'held') or '0')}
end

local function release(name)
  local had = tonumber(redis.call('HGET', key, name) or '0')
  if had > 0 then -- Redis refuses -0 as a number
    redis.call('HDEL', key, name)
    redis.call('ZREM', calls, name)
    redis.call('HINCRBY', key, 'held', string.format('%.0f', -had))
    local customer = customer_of(name)
    if customer then redis.call('HINCRBY', key, 'h:' .. customer, string.format('%.0f', -had)) end
  end
  return had
end

-- Lapsed reservations: the process that made them died or was cut off, so the calls count as made.
for _, name in ipairs(redis.call('ZRANGEBYSCORE', calls, '-inf', now, 'LIMIT', 0, 100)) do
  spend(customer_of(name), release(name))
end

-- Returns 1, 2 or -2. The first call of a day always fits: a share too small for any call would be no share.
local function room_in_share(customer)
  if not customer or share < 0 then return 1 end
  local theirs = spent_by(customer)
  if not theirs then return -2 end
  theirs = theirs + tonumber(redis.call('HGET', key, 'h:' .. customer) or '0')
  return theirs > 0 and theirs + amount > share and 2 or 1
end

local done = 1
if what == 'reserve' then
  release(call)
  spent = tonumber(redis.call('HGET', key, 'spent'))
  local held = tonumber(redis.call('HGET', key, 'held') or '0')
  if spent + held + amount > limit then
    done = 0
  else
    done = room_in_share(customer_of(call))
  end
  if done == 1 then
    local customer = customer_of(call)
    if customer then redis.call('HINCRBY', key, 'h:' .. customer, string.format('%.0f', amount)) end
    redis.call('HSET', key, call, string.format('%.0f', amount))
    redis.call('HINCRBY', key, 'held', string.format('%.0f', amount))
    redis.call('ZADD', calls, now + lapse, call)
    redis.call('EXPIRE', calls, lives)
  end
elseif what == 'settle' then
  release(call)
  spend(customer_of(call), amount)
end
return {done, tonumber(redis.call('HGET', key, 'spent')), tonumber(redis.call('HGET', key, 'held') or '0')}
