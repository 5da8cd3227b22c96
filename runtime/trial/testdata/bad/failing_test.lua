test('passes', function() end)
test('fails', function() assert.eq(1, 2) end)
test('goes on for ever', function() while true do pcall(sleep, 3600) end end)
