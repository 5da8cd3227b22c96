-- What test files have besides the functions in Go: see docs/testing-policies.md.

-- Whoever ends the process must not make tests pass that have not run.
function os.exit(status)
  error('os.exit(' .. tostring(status or 0) .. '): tests must not end the process', 2)
end

local function text(value)
  if type(value) == 'boolean' then return value and 't' or 'f' end
  if value ~= nil then return tostring(value) end
end

-- result behaves like that of db:execute.
local function result(rows)
  local r, at = {affected = rows.affected or #rows}, 0
  function r:fetch(t, mode)
    at = at + 1
    local row = rows[at]
    if not row then return end
    t = t or {}
    for k, v in pairs(row) do
      if (type(k) == 'number') == (mode == 'n') then t[k] = text(v) end
    end
    return t
  end
  function r:rows(mode)
    return function() return r:fetch({}, mode) end
  end
  return r
end

-- answerTo finds what a fake database returns for a query: rows, or nil and an error.
local function answerTo(answers, sql, params)
  if type(answers) == 'function' then return answers(sql, params) end
  local answer = answers[sql]
  if answer == nil then error('database: there is no answer for ' .. inspect(sql), 3) end
  if type(answer) == 'function' then return answer(params) end
  return answer
end

function database(answers)
  local db, channels = {queries = {}}, {}
  function db:execute(sql, params)
    table.insert(self.queries, {sql = sql, params = params or {}})
    local rows, err = answerTo(answers, sql, params or {})
    if not rows then return nil, err or 'query failed' end
    return result(rows)
  end
  function db:transaction(fn) return fn(self) end
  function db:listen(name, fn)
    if channels[name] then error('already listening to ' .. name, 2) end
    channels[name] = fn
  end
  function db:unlisten(name)
    local known = channels[name] ~= nil
    channels[name] = nil
    return known
  end
  function db:notify(name, payload)
    if channels[name] then channels[name](payload or '', 0, {payload or ''}) end
    return true
  end
  function db:close() end
  return db
end
