test('never seen', function() end
