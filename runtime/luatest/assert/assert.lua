local builtin = assert

local function same(a, b, seen)
  if a == b or (a ~= a and b ~= b) then return true end
  if type(a) ~= 'table' or type(b) ~= 'table' then return false end
  if seen[a] == b then return true end
  seen[a] = b
  for k, v in pairs(a) do if not same(v, b[k], seen) then return false end end
  for k in pairs(b) do if a[k] == nil then return false end end
  return true
end

assert = setmetatable({}, {__call = function(_, ...) return builtin(...) end})

function assert.eq(got, want, what)
  if not same(got, want, {}) then
    error((what and what .. ': ' or '') .. 'got ' .. inspect(got) .. ', want ' .. inspect(want), 2)
  end
end

function assert.is_nil(got)
  if got ~= nil then error('got ' .. inspect(got) .. ', want nil', 2) end
end

function assert.contains(text, part)
  if type(text) ~= 'string' or not text:find(part, 1, true) then
    error('got ' .. inspect(text) .. ', which does not contain ' .. inspect(part), 2)
  end
end

function assert.fails(f, pattern)
  if type(f) == 'string' then f = builtin(loadstring(f)) end
  local ok, message = pcall(f)
  if ok then error('should have raised', 2) end
  message = tostring(message)
  if pattern and not message:find(pattern) then
    error('raised ' .. inspect(message) .. ', want ' .. inspect(pattern), 2)
  end
  return message
end
