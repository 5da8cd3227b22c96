---@meta
-- Generated from the descriptions in qrelay's source by "go generate ./docs".

---Token buckets, one per key, to limit rates.
limiter = {}

---A token bucket for each key, in the daemon's memory.
---@class limiter
---@field keys integer How many keys are remembered: those whose bucket is not full, and some that became full lately.
local l = {}

---Takes n tokens (1 if left out) out of the key's bucket. If it has less, takes none and returns
---after how many seconds there will be enough; math.huge if n is more than burst.
---@param key string|number
---@param n? number
---@return boolean ok
---@return number? seconds
function l:allow(key, n) end

---Returns how many tokens the key's bucket has, to a millionth, and takes none.
---@param key string|number
---@return number tokens
function l:peek(key) end

---Fills the key's bucket.
---@param key string|number
function l:reset(key) end

---Makes a limiter: buckets of burst tokens that get rate tokens every per seconds (default 1).
---burst is rate if left out. At most capacity keys are remembered (default 65536).
---@param options {rate: number, per?: number, burst?: number, capacity?: integer}
---@return limiter limiter
function limiter.new(options) end
