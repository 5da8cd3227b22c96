-- /etc/cm4all/qrelay/config.lua: the policy of the QMQP relay.
--
-- This script runs once, when the daemon starts. "qrelay check" tells whether it
-- is sound. docs/policies.md has recipes.

-- The largest mail that is accepted, in bytes, and 16 MiB if this is not set.
-- It holds for the listeners that follow.
-- max_size = 32 * 1024 * 1024

-- A Pond server gets a log record for each mail.
-- log_server = log_resolve('pond.example')

-- Where mails go. Host names are looked up here and now, so this belongs to the
-- start, not into a handler. The port is 628 if there is none.
local next_hop = qmqp_resolve('127.0.0.1')

-- This function is called for each mail and returns what is to be done with it.
local function handler(m)
  return m:connect(next_hop)
end

-- Processes and containers submit here: "qrelay submit", or a copy of qrelay
-- that is called sendmail. With cm4all-qrelay.socket, replace the path by the
-- variable systemd, without quotes.
qmqp_listen('/run/cm4all/qrelay/qrelay.sock', handler)

-- "systemctl reload cm4all-qrelay" calls this function, if there is one.
-- function reload()
-- end
