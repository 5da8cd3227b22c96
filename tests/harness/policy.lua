-- Runs a policy as it stands in a manual, with the addresses and programs that
-- it names replaced by ones that exist while a test runs.
local dir = os.getenv('T_DIR')
local next_hop = os.getenv('T_NEXT_HOP')

-- proxy returns what behaves like the mail object m.
local function proxy(m)
  local replaced = {
    connect = function(_, address, ...)
      m:connect(address, ...) -- raises if the address is none
      return m:connect(next_hop, ...)
    end,
    exec = function(_, program, ...)
      return m:exec(dir .. '/exec', program, ...)
    end,
    exec_raw = function(_, program, ...)
      return m:exec_raw(dir .. '/exec_raw', program, ...)
    end,
  }
  return setmetatable({}, {
    __index = function(_, name)
      local value = replaced[name] or m[name]
      if replaced[name] or type(value) ~= 'function' then return value end
      return function(_, ...) return value(m, ...) end
    end,
    __newindex = function(_, name, value) m[name] = value end,
  })
end

-- The first listener is at mail1.sock, the second at mail2.sock.
local listen, count = qmqp_listen, 0
function qmqp_listen(_, handler)
  count = count + 1
  listen(dir .. '/mail' .. count .. '.sock', function(m) return handler(proxy(m)) end)
end

-- Host names of manuals do not exist.
for _, name in ipairs{'qmqp_resolve', 'log_resolve', 'control_resolve'} do
  local resolve = _G[name]
  _G[name] = function(address)
    local ok, resolved = pcall(resolve, address)
    return ok and resolved or resolve('127.0.0.1:9')
  end
end

-- Log records go to the test, if it wants them.
local log = os.getenv('T_LOG')
if log then
  local resolve = log_resolve
  function log_resolve() return resolve(log) end
end

dofile(dir .. '/policy.lua')
