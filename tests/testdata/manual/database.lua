db = pg:new('dbname=foo', 'schemaname')

db:listen('bar', function()
  print("Received a PostgreSQL NOTIFY")
end)

function reload()
  print('reload')
end

qmqp_listen('/run/cm4all/qrelay/qrelay.sock', function(m)
  local result = assert(db:execute('SELECT id, name FROM bar'))
  local row = result:fetch({}, "a")
  print(row.id, row.name)

  local result = assert(
      db:execute('SELECT name FROM bar WHERE id=$1', {42}))
  row = result:fetch({}, "n")
  print(row[1], pg:encode_array({'a', 'b'}), pg:decode_array('{1,2}')[2])
  return m:discard()
end)
