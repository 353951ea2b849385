-- All that follows the last call of a request, in one step: its answer is kept unless another one is, its cost and its
-- outcome are recorded, and the claim is released. `breaker` and `budget`: see enter.lua.
-- KEYS: claim, answer, the two of the budget, breaker.
-- ARGV[1]: JSON. holder: of the claim; keep: seconds; settle and breaker: arguments of `budget` and `breaker`, missing if
-- the end of each call is recorded already. ARGV[2]: the answer.
-- Returns done, spent and held of budget.lua, what the breaker returned, and the other answer that is kept, if there is
-- one. After a done below 0 the budget is loaded and this runs once more, so the breaker, which counts, comes after it.
local asked = cjson.decode(ARGV[1])
local kept = ''
if not redis.call('SET', KEYS[2], ARGV[2], 'EX', asked.keep, 'NX') then kept = redis.call('GET', KEYS[2]) end
local settled, view = {1, -1, -1}, {0, 0, 0}
if asked.settle then settled = budget({KEYS[3], KEYS[4]}, asked.settle) end
if settled[1] < 0 then return {settled[1], -1, -1, 0, 0, 0, kept} end
if asked.breaker then view = breaker({KEYS[5]}, asked.breaker) end
if redis.call('GET', KEYS[1]) == asked.holder then redis.call('DEL', KEYS[1]) end
return {settled[1], settled[2], settled[3], view[1], view[2], view[3], kept}
