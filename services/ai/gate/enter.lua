-- All that precedes a call of a model, in one step: the request's claim and its kept answer, the choice of the model by
-- what is left of the budget, the model's circuit breaker, and the reservation. `call_scripts.py` puts breaker.lua and
-- budget.lua before this text, as the functions `breaker` and `budget`.
-- KEYS: claim, answer, the two of the budget, then a breaker for each choice.
-- ARGV[1]: JSON. claim: holder and seconds, missing for further calls; look: arguments of `budget`; choices: each with
-- from (the least share of the budget that is left), and the arguments of `breaker` and of `budget` (reserve).
-- Returns done, spent, held, the number of the choice, what its breaker returned, the claim's holder, the kept answer.
-- done: that of budget.lua, or 3 (the breaker refuses), 4 (answered) or 5 (another replica has the claim).
local asked = cjson.decode(ARGV[1])
local claim, wallet = asked.claim, {KEYS[3], KEYS[4]}
if claim then
  local kept = redis.call('GET', KEYS[2])
  if kept then return {4, -1, -1, 0, 0, 0, 0, '', kept} end
  if not redis.call('SET', KEYS[1], claim[1], 'EX', claim[2], 'NX') then
    local holder = redis.call('GET', KEYS[1])
    if holder ~= claim[1] then return {5, -1, -1, 0, 0, 0, 0, holder, ''} end
    redis.call('EXPIRE', KEYS[1], claim[2])
  end
end

local known = budget(wallet, asked.look)
if known[1] < 0 then return {known[1], -1, -1, 0, 0, 0, 0, '', ''} end
local limit = tonumber(asked.look[4])
local left = limit > 0 and 1 - (known[2] + known[3]) / limit or 0
local number = #asked.choices
for i, choice in ipairs(asked.choices) do
  if left >= choice.from then
    number = i
    break
  end
end

local choice, own = asked.choices[number], {KEYS[4 + number]}
local view = breaker(own, choice.breaker)
if view[1] == 2 then return {3, known[2], known[3], number, view[1], view[2], view[3], '', ''} end
local reserved = budget(wallet, choice.reserve)
if reserved[1] ~= 1 then -- a probe that cannot be paid is left to another call
  choice.breaker[1] = 'nothing'
  breaker(own, choice.breaker)
end
return {reserved[1], reserved[2], reserved[3], number, view[1], view[2], view[3], '', ''}
