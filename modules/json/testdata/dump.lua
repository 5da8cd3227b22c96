--- the example of the manual
assert.eq(json.dump{x=42, y="z"}, '{"x":42,"y":"z"}')

--- scalars
assert.eq(json.dump(nil), 'null')
assert.eq(json.dump(true), 'true')
assert.eq(json.dump(false), 'false')
assert.eq(json.dump('gr\195\188n'), '"gr\195\188n"')
assert.eq(json.dump(json.null), 'null')

--- integers have all their digits, other numbers read back the same
assert.eq(json.dump(2^53), '9007199254740992')
assert.eq(json.dump(1e15), '1000000000000000')
assert.eq(json.dump(0.1), '0.1')
for _, n in ipairs{1/3, 1e300, -5e-324, 2^53 + 2, 123456.789} do
  assert.eq(json.parse(json.dump(n)), n)
end

--- a table with the keys 1 to n is an array, an empty one an object
assert.eq(json.dump{'a', 'b', {1, 2}}, '["a","b",[1,2]]')
assert.eq(json.dump{}, '{}')

--- members are in byte order
assert.eq(json.dump{b=1, a=2, B=3, ['10']=4, ['9']=5}, '{"10":4,"9":5,"B":3,"a":2,"b":1}')

--- json.array makes an array of any table, and returns it
local t = {}
assert(json.array(t) == t)
assert.eq(json.dump(t), '[]')
t[1] = 'x'
assert.eq(json.dump(t), '["x"]')
assert(json.array(t) == t)
assert.eq(json.dump{list = json.array{}}, '{"list":[]}')

--- json.null is null inside tables
assert.eq(json.dump{1, json.null, a = nil}, '[1,null]')
assert.eq(json.dump{a = json.null}, '{"a":null}')
assert.eq(tostring(json.null), 'null')

--- metamethods are not asked
local t = setmetatable({a = 1}, {__index = {b = 2}, __tostring = function() return 'no' end, __pairs = function() return function() end end})
assert.eq(json.dump(t), '{"a":1}')

--- a table may be used twice
local t = {1}
assert.eq(json.dump{t, t, {t}}, '[[1],[1],[[1]]]')

--- a cycle
local t = {}
t.list = {1, 2, t}
json.dump(t) --> error: json.dump: table contains itself at .list[3]

--- a value that JSON does not have
json.dump{a = {1, 2, print}} --> error: json.dump: cannot encode function to JSON at .a[3]

--- not a number
json.dump{[1] = 0/0} --> error: json.dump: JSON has no number for NaN at [1]

--- infinity
json.dump(1/0) --> error: json.dump: JSON has no number for +Inf

--- invalid UTF-8
json.dump{subject = 'gr\252n'} --> error: json.dump: string with invalid UTF-8 at byte 3 at .subject

--- a hole
json.dump{a = {1, nil, 3}} --> error: json.dump: hole in an array of 3 elements; json.null stands for null at .a[2]

--- a mixed table
json.dump{1, 2, x = 3} --> error: json.dump: key "x" in an array: a table is an array with the keys 1 to n without holes, or an object with strings as keys

--- an array that became an object
local t = json.array{}
t.x = 1
json.dump(t) --> error: json.dump: key "x" in an array

--- nesting has a limit
local function deep(n) local t = {} for i = 2, n do t = {t} end return t end
assert.eq(#json.dump(deep(10000)), 20000)
assert.fails(function() json.dump(deep(10001)) end, '^[^\n]*json.dump: more than 10000 tables inside each other at %[1%]%[1%]')
