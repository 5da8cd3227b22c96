--- encode_array
assert.eq(pg:encode_array({}), '{}')
assert.eq(pg:encode_array({'a', 'b c', 'd"e', 'f\\g', ''}), [[{"a","b c","d\"e","f\\g",""}]])
assert.eq(pg:encode_array({1, 2.5, 1e15, true, false}), '{"1","2.5","1000000000000000","1","0"}')
assert.eq(pg:encode_array({'a', nil, 'c'}), '{"a",NULL,"c"}')
assert.eq(pg:encode_array({'a', n = 3}), '{"a",NULL,NULL}')
assert.fails(function() pg:encode_array({'a', {}}) end, "bad argument #1 to 'pg:encode_array' %(element 2: unsupported type table")
assert.fails(function() pg:encode_array({x = 1}) end, 'the table must be a sequence, but has the key x')
assert.fails(function() pg:encode_array({[0] = 1}) end, 'has the key 0')
assert.fails(function() pg:encode_array({[1.5] = 1}) end, 'has the key 1.5')
assert.fails(function() pg:encode_array({[1e9] = 1}) end, 'the highest index is 1000000000')
assert.fails(function() pg:encode_array() end, 'expected 1 argument, got 0')
assert.fails(function() pg:encode_array('a') end, 'table expected, got string')
assert.fails(function() pg.encode_array('a') end, 'call it with a colon: pg:encode_array%(table%)')

--- decode_array
assert.eq(pg:decode_array('{}'), {})
assert.eq(pg:decode_array('{a,"b c",1.5}'), {'a', 'b c', '1.5'})
assert.eq(pg:decode_array([[{"a\"b","a\\b",""}]]), {'a"b', 'a\\b', ''})
assert.eq(pg:decode_array('{"NULL",NULL}'), {'NULL', n = 2})
assert.fails(function() pg:decode_array('{a') end, "bad argument #1 to 'pg:decode_array' %(malformed array at byte 3: the array is not terminated%)")
assert.fails(function() pg:decode_array('{{a}}') end, 'more than one dimension')
assert.fails(function() pg:decode_array(nil) end, 'string expected, got nil')
assert.fails(function() pg:decode_array('{}', '{}') end, 'expected 1 argument, got 2')
assert.fails(function() pg.decode_array('{}') end, 'call it with a colon')

--- NULL elements survive a round trip
local t = pg:decode_array('{NULL,a,NULL}')
assert.eq(t, {nil, 'a', nil, n = 3})
assert.eq(pg:encode_array(t), '{NULL,"a",NULL}')

--- the server understands them
local db = pg:new(conninfo)
local t = {'a', 'b c', 'd"e', 'f\\g', '', '{x}', ',', "it's", 'NULL', 'grün', ' '}
local row = assert(db:execute('SELECT $1::text[] AS v, array_length($1::text[], 1) AS n', {pg:encode_array(t)})):fetch()
assert.eq(row.n, '11')
assert.eq(pg:decode_array(row.v), t)
row = assert(db:execute("SELECT $1::int[] AS i, $2::bool[] AS b, '[0:1]={5,6}'::int[] AS z, ARRAY[]::text[] AS e", {pg:encode_array({3, nil, 2}), pg:encode_array({true, false})})):fetch()
assert.eq(pg:decode_array(row.i), {'3', nil, '2', n = 3})
assert.eq(pg:decode_array(row.b), {'t', 'f'})
assert.eq(pg:decode_array(row.z), {'5', '6'})
assert.eq(pg:decode_array(row.e), {})
