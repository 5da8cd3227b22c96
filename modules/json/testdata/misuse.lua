local valid = {dump = {1}, parse = {'1'}, array = {{}}}

--- every function has a valid call
for name, f in pairs(json) do
  if type(f) == 'function' then f(unpack(valid[name])) end
end

--- too few and too many arguments
for name in pairs(valid) do
  assert.fails(json[name], 'json.' .. name .. ': expected 1 argument, got 0')
  assert.fails(function() json[name](nil, nil) end, 'json.' .. name .. ': expected 1 argument, got 2')
end

--- arguments of a wrong type
local co = coroutine.create(print)
for _, v in ipairs{true, {}, print, co, json.null} do
  assert.fails(function() json.parse(v) end, "bad argument #1 to 'json.parse' %(string expected, got ")
end
assert.fails(function() json.parse(nil) end, "bad argument #1 to 'json.parse' %(string expected, got nil")
for _, v in ipairs{true, 1, 'x', print, co, json.null} do
  assert.fails(function() json.array(v) end, "bad argument #1 to 'json.array' %(table expected, got ")
end
for _, v in ipairs{print, co, io.stdout} do
  assert.fails(function() json.dump(v) end, 'json.dump: cannot encode %a+ to JSON')
  assert.fails(function() json.dump{[v] = 1} end, 'json.dump: key a %a+ in an object')
end

--- a table that has a metatable cannot be marked
json.array(setmetatable({}, {})) --> error: bad argument #1 to 'json.array' (table without metatable expected)

--- strings of 10 MB
local big = ('x'):rep(10 * 1024 * 1024)
assert(json.parse(json.dump(big)) == big)
assert.is_nil(json.parse(big))
assert.fails(function() json.array(big) end, 'table expected')
assert(#select(2, json.parse('{"' .. big .. '":x}')) < 200)

--- text that would have no end
local t = ('x'):rep(1000)
for i = 1, 60 do t = {t, t} end
json.dump(t) --> error: json.dump: JSON text of more than 67108864 bytes
