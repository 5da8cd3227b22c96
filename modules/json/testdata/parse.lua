--- the example of the manual
assert.eq(json.parse('{"x":42,"y":"z"}'), {x = 42, y = 'z'})
assert.eq((inspect(json.parse('{"x":42,"y":"z"}')):gsub('%s', '')), '{x=42,y="z"}')

--- inspect does not show how arrays are marked
assert.eq(inspect(json.parse('[1,2,[]]')), '{ 1, 2, {} }')

--- scalars
assert.is_nil(json.parse('null'))
assert.eq(select('#', json.parse('null')), 1)
assert.eq(json.parse('true'), true)
assert.eq(json.parse('false'), false)
assert.eq(json.parse('-1.5e2'), -150)
assert.eq(json.parse('"gr\\u00fcn \\ud83d\\ude00\\n"'), 'gr\195\188n \240\159\152\128\n')
assert.eq(json.parse(42), 42)

--- integers that are too large for a double are rounded
assert.eq(json.parse('9007199254740993'), 2^53)
assert.eq(json.parse('9223372036854775808'), 2^63)
assert.eq(json.parse('18446744073709551615'), 2^64)

--- what was read is written the same
for _, s in ipairs{'[]', '{}', '[[],{}]', '[null]', '{"a":null,"b":[]}', '[1,2.5,"x",true,false]', '{"1":"a"}', '"\\u0000"'} do
  assert.eq(json.dump(json.parse(s)), s)
end

--- an array stays an array when its last element goes
local t = json.parse('[1]')
t[1] = nil
assert.eq(json.dump(t), '[]')

--- null inside tables
local t = json.parse('{"a":null,"b":[1,null,3]}')
assert(t.a == json.null)
assert(t.b[2] == json.null)
assert.eq(#t.b, 3)

--- the last of several members with the same name counts
assert.eq(json.parse('{"a":1,"a":2}'), {a = 2})

--- errors are returned and say where
local value, err = json.parse('{\n  "a": [1, 2,]\n}')
assert.is_nil(value)
assert.eq(err, "line 2, column 14: unexpected ']', expected a value at .a[3]")
assert.eq(select(2, json.parse('')), 'line 1, column 1: unexpected end of the text, expected a value')

--- a byte order mark, a NUL and anything else after the value are errors
for _, s in ipairs{'\239\187\1911', '1\0', '{"a":1}\0', '1 1', '{} x'} do
  local value, err = json.parse(s)
  assert.is_nil(value)
  assert(err)
end

--- nesting has a limit
assert(json.parse(('['):rep(10000) .. (']'):rep(10000)))
local value, err = json.parse(('['):rep(1000000))
assert.is_nil(value)
assert.contains(err, 'more than 10000 arrays and objects inside each other at [1][1]')

--- large texts
local parts = {}
for i = 1, 20000 do parts[i] = '{"id":' .. i .. ',"name":"n' .. i .. '"}' end
local t = json.parse('[' .. table.concat(parts, ',') .. ']')
assert.eq({#t, t[20000].id, t[12345].name}, {20000, 20000, 'n12345'})
