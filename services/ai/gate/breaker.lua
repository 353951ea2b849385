-- One circuit breaker: admits calls of a model and records their outcome. All of its rules are here.
-- KEYS[1]: a hash. until: when it becomes half-open; times: opened in a row; holder, leased: token of the probe, its end;
-- good:N, bad:N: calls in the N-th slot of time.
-- ARGV: what (ask, good, bad, access, alive, nothing), token, now (ms; 0: the time of this server), window (ms),
-- min_calls, failure_share (percent), first_cooldown (ms), max_cooldown (ms), probe_lease (ms), given (ms).
-- Returns state (0 closed, 1 half open and the probe is the caller's, 2 open), ms until a call may be admitted, and
-- whether this call changed it (1 opened, 2 closed).
local key, what, token, now = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local window, min_calls, failure_share = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local first_cooldown, max_cooldown = tonumber(ARGV[7]), tonumber(ARGV[8])
local probe_lease, given = tonumber(ARGV[9]), tonumber(ARGV[10])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local opens = tonumber(redis.call('HGET', key, 'until') or '0')
local mine = opens > 0 and redis.call('HGET', key, 'holder') == token

local function open(ms, times)
  redis.call('DEL', key)
  redis.call('HSET', key, 'until', now + ms, 'times', times)
  redis.call('PEXPIRE', key, ms + 3600000)
  return {2, ms, 1}
end

if what == 'ask' then
  if opens == 0 then return {0, 0, 0} end
  local leased = tonumber(redis.call('HGET', key, 'leased') or '0')
  local refuses_until = math.max(opens, leased)
  if now < refuses_until then return {2, refuses_until - now, 0} end
  redis.call('HSET', key, 'holder', token, 'leased', now + probe_lease)
  return {1, 0, 0}
end

if what == 'nothing' then
  if mine then redis.call('HDEL', key, 'holder', 'leased') end
  return {0, 0, 0}
end

if what == 'access' then
  if opens > now + given then return {2, opens - now, 0} end
  return open(given, 0)
end

if opens > 0 then
  if not mine then return {2, math.max(0, opens - now), 0} end -- of a call that began before it opened
  if what == 'bad' then
    local times = tonumber(redis.call('HGET', key, 'times')) + 1
    return open(math.max(given, math.min(max_cooldown, first_cooldown * 2 ^ times)), times)
  end
  redis.call('DEL', key)
  return {0, 0, 2}
end

if what == 'alive' then return {0, 0, 0} end
local width = window / 6
local slot = math.floor(now / width)
redis.call('HINCRBY', key, what .. ':' .. slot, 1)
redis.call('PEXPIRE', key, window * 2)
local counts = {good = 0, bad = 0}
local all = redis.call('HGETALL', key)
for i = 1, #all, 2 do
  local kind, number = string.match(all[i], '(%a+):(%d+)')
  if tonumber(number) + 6 <= slot then
    redis.call('HDEL', key, all[i])
  else
    counts[kind] = counts[kind] + tonumber(all[i + 1])
  end
end
local total = counts.good + counts.bad
if what == 'bad' and total >= min_calls and counts.bad * 100 >= failure_share * total then
  return open(math.max(given, first_cooldown), 0)
end
return {0, 0, 0}
