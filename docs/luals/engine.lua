---@meta
-- Generated from the descriptions in qrelay's source by "go generate ./docs".

---What memoize returns. It is called like the function that it was made of.
---@class memoize
---@overload fun(...: any): any
local memo = {}

---Forgets the value for these arguments, also that of a call of fn that is under way.
---@param ... any
function memo:invalidate(...) end

---Forgets all values.
function memo:clear() end

---The address of a socket: IP address and port, path, or abstract name. tostring() gives its text;
---equal addresses are equal.
---@class address

---Waits for that many seconds, fractions allowed, while other tasks run. Negative and infinite
---times raise.
---@param seconds number
function sleep(seconds) end

---Returns readable text of any value: keys sorted, cycles marked.
---@param value any
---@return string string
function inspect(value) end

---Returns an object that is called like fn and remembers what fn returned for these arguments for
---ttl seconds (60), the last capacity (1000) combinations of them. Calls at the same time with the
---same arguments share one call of fn. For stale further seconds (0) a call gets the old value at
---once while a new one is fetched in the background. Errors, and results nil, message, are not
---remembered. Waits if it has to call fn.
---@param fn function
---@param options? {ttl?: number, capacity?: integer, stale?: number}
---@return memoize memo
function memoize(fn, options) end
