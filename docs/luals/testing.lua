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

assert = {}

---Raises unless the values are equal; tables are by their content. The error says what they are
---of.
---@param got any
---@param want any
---@param what? string
function assert.eq(got, want, what) end

---Raises unless calling fn, a function or a text that is compiled, raises an error that matches
---the Lua pattern. Returns the error as text.
---@param fn function|string
---@param pattern? string
---@return string message
function assert.fails(fn, pattern) end

---Raises unless the text has the part in it.
---@param text string
---@param part string
function assert.contains(text, part) end

---Raises unless the value is nil.
---@param got any
function assert.is_nil(got) end
