--- functions of the engine are found by require as well
for _, name in ipairs{'sleep', 'inspect', 'memoize'} do
  assert(require(name) == _G[name])
end
assert.eq(require 'inspect' {x = 42}, '{\n  x = 42\n}')
