package runtime

import "testing"

// TestForgetInCoroutines empties a table while coroutines, which wait anywhere,
// run over it.
func TestForgetInCoroutines(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	script(t, rt, `
local t, loops = {}, {}
for i = 1, 9000 do t['k' .. i] = i end
local function visit(visited)
  for k, v in pairs(t) do
    assert(not visited[k])
    visited[k] = true
    pcall(coroutine.yield, k)
  end
  return nil
end
for i = 1, 20 do
  local visited = {}
  loops[i] = {visited = visited, step = coroutine.wrap(visit)}
  for _ = 1, i * 50 do loops[i].last = loops[i].step(visited) end
end
local kept = {}
for i = 1, 9000 do
  local k = 'k' .. i
  if i % 4 == 0 then kept[k] = true else t[k] = nil end
end
for _, loop in ipairs(loops) do t[loop.last] = nil kept[loop.last] = nil end
assert(not pcall(next, t, 'k1'), 'no key was forgotten')
for _, loop in ipairs(loops) do
  repeat until not loop.step()
  for k in pairs(kept) do assert(loop.visited[k], k) end
end
`)
}
