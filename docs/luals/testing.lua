---@meta
-- Generated from the descriptions in qrelay's source by "go generate ./docs".

---Adds a test. It fails if fn raises.
---@param name string
---@param fn function
function test(name, fn) end

---Runs a configuration as the daemon does at start-up, but listens nowhere.
---@param path string
function config(path) end

---Makes a mail of a client that does not exist; every field has a default.
---@param options {sender?: string, recipients?: string|string[], headers?: table<string, string>, body?: string, message?: string, uid?: integer, gid?: integer, pid?: integer, cgroup?: string, xattr?: table, mounts?: table, peer?: string}
---@return mail mail
function mail(options) end

---Calls the handler of a listener and returns what it decided: action, kind, target, args, env,
---text, timeout, sender, account, headers, calls. Raises what the handler raises.
---@param mail mail
---@param listener? string
---@return table decision
function submit(mail, listener) end

---Returns how long the test has slept. A test sleeps without waiting.
---@return number seconds
function clock() end

---Makes a fake database with the methods of a real one. The answers are a function of the SQL text
---and the parameters, which returns rows, {{column = value, …}, …}, or nil and a message; or a
---table of rows, or of functions of the parameters, by SQL text. db.queries lists what was asked.
---@param answers table|function
---@return table db
function database(answers) end
