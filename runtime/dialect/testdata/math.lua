-- The math library.
eq(math.floor(2.7), 2) eq(math.floor(-2.7), -3) eq(math.ceil(2.1), 3) eq(math.abs(-5), 5) eq(math.sqrt(16), 4) eq(math.huge, 1/0) eq(math.pi, 3.141592653589793)
eq(math.max(1, 5, 3), 5) eq(math.min(4, 2, 8), 2) eq(math.max('7', 3), 7) eq(math.fmod(7, 3), 1) eq(math.fmod(-7, 3), -1) eq(math.mod(7, 3), 1)
results(math.modf(3.7)){3, 3.7 - 3} results(math.modf(-3.5)){-3, -0.5} results(math.modf(1/0)){1/0, 0} results(math.modf(5)){5, 0}
results(math.frexp(8)){0.5, 4} eq(math.ldexp(0.5, 4), 8) eq(math.pow(2, 10), 1024) eq(math.exp(0), 1) eq(math.log(math.exp(1)), 1) eq(math.log10(1000), 3)
eq(math.log(8, 2), 3) eq(math.log(100, 10), 2) assert(math.abs(math.log(9, 3) - 2) < 1e-12) eq(math.deg(math.pi), 180) eq(math.rad(180), math.pi)
eq(math.atan2(1, 1), math.pi / 4) eq(math.atan(1), math.pi / 4) eq(math.atan(1, -1), math.pi * 3 / 4) eq(math.sin(0), 0) eq(math.cos(0), 1) eq(math.tan(0), 0)
eq(math.sinh(0), 0) eq(math.cosh(0), 1) eq(math.tanh(0), 0) eq(math.asin(1), math.pi / 2) eq(math.acos(1), 0)
eq(math.type(1), 'integer') eq(math.type(1.5), 'float') eq(math.type(2^60), 'float') eq(math.type('1'), nil) eq(math.type(1/0), 'float')
eq(math.tointeger(3), 3) eq(math.tointeger(3.5), nil) eq(math.tointeger('8'), 8) eq(math.tointeger({}), nil) eq(math.ult(1, 2), true) eq(math.ult(-1, 2), false)
eq(math.maxinteger, 2^53) eq(math.mininteger, -2^53) eq(math.type(math.maxinteger), 'integer')
for _ = 1, 200 do
  local x = math.random() assert(x >= 0 and x < 1)
  local d = math.random(6) assert(d >= 1 and d <= 6 and d == math.floor(d))
  local r = math.random(-3, 3) assert(r >= -3 and r <= 3)
end
eq(math.random(1), 1) eq(math.random(5, 5), 5) assert(math.random(2^53) > 0)
math.randomseed(42) local a, b = math.random(1e9), math.random(1e9) math.randomseed(42) eq(math.random(1e9), a) eq(math.random(1e9), b) math.randomseed()
eq(math.random(0), 1) eq(math.random(2, 1), 2) eq(math.random(0/0), 0/0)
fails('number expected, got no value', math.max) fails('number expected, got nil', math.floor, nil) fails('number expected, got string', math.floor, 'x')
