-- the last field has a name, and a call as its value
local function one(a) return a end
local function several(...) return ... end

local function check(t, n, x)
  assert(#t == n, #t)
  assert(t.x == x)
  for i = 1, n do assert(t[i] == i) end
end

check({1, 2, x = one(3)}, 2, 3)
check({one(1), one(2), x = one(3)}, 2, 3)
check({one(1), several(2, 9), x = several(3, 4)}, 2, 3)
check({x = one(3)}, 0, 3)
check({1, x = several()}, 1, nil)
check({x = one(3), several(1, 2)}, 2, 3)
check((function(...) return {1, x = ...} end)(5, 6), 1, 5)
