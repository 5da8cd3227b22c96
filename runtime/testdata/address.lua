--- every form, printed back
for text, printed in pairs{
  ['192.168.0.2'] = '192.168.0.2:628', ['192.168.0.2:25'] = '192.168.0.2:25',
  ['::1'] = '[::1]:628', ['[::1]:4321'] = '[::1]:4321',
  ['/run/next.sock'] = '/run/next.sock', ['@next'] = '@next',
} do
  assert.eq(tostring(args.address(text)), printed)
  assert.eq(tostring(args.resolve(text)), printed)
  assert.eq(tostring(args.address(args.address(text))), printed)
end

--- equality and type
assert(args.address('@a') == args.address('@a'))
assert(args.address('@a') ~= args.address('@b'))
assert.eq(type(args.address('@a')), 'userdata')
assert.eq(('%s|%5s'):format(args.address('@a'), args.address('@b')), '@a|   @b')

--- host names are for resolvers only
assert.contains(tostring(args.resolve('localhost:25')), ':25')
assert.fails(function() args.address('localhost') end, 'host name')

--- malformed ones raise
for _, text in ipairs{'', 'a b', '[::1', '1.2.3.4:x', '1.2.3.4:65536'} do
  assert.fails(function() args.address(text) end, 'Malformed address for args.address')
  assert.fails(function() args.resolve(text) end, "bad argument #1 to 'args.resolve'")
end
for _, v in ipairs{42, true, {}, print} do
  assert.fails(function() args.address(v) end, "bad argument #1 to 'args.address' %(address expected")
end
