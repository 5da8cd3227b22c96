---@meta
-- Generated from the descriptions in qrelay's source by "go generate ./docs".

---Commands for beng-proxy and Workshop in their control protocol.
control_client = {}

---A client of one receiver of commands. It serves all handlers.
---@class control_client
local client = {}

---Returns an empty builder, whose methods add commands.
---@return control_builder builder
function client:build() end

---Sends the commands of a builder in one datagram. Waits while a local receiver's queue is full,
---at most 10 seconds. Nobody confirms.
---@param builder control_builder
---@return true? ok
---@return string? err
function client:send(builder) end

---Collects commands. Several arguments to one method are as many commands; every method returns
---the builder.
---@class control_builder
local builder = {}

---Lets child processes with this tag end when they have nothing to do; '' means all.
---@param tag? string
---@param ... string
---@return control_builder builder
function builder:fade_children(tag, ...) end

---Empties the filter cache of this tag.
---@param tag? string
---@param ... string
---@return control_builder builder
function builder:flush_filter_cache(tag, ...) end

---Ends the session.
---@param id? string
---@param ... string
---@return control_builder builder
function builder:discard_session(id, ...) end

---Empties the HTTP cache of this tag.
---@param tag? string
---@param ... string
---@return control_builder builder
function builder:flush_http_cache(tag, ...) end

---Ends child processes with this tag at once.
---@param tag? string
---@param ... string
---@return control_builder builder
function builder:terminate_children(tag, ...) end

---Closes the account's database connections.
---@param account? string
---@param ... string
---@return control_builder builder
function builder:disconnect_database(account, ...) end

---Forgets what the account has used up of its limits.
---@param account? string
---@param ... string
---@return control_builder builder
function builder:reset_limiter(account, ...) end

---Refuses connections of an IP address for a time. Without seconds it is an hour; 0 ends it at
---once. A string that is no IP address is sent as it is.
---@param address string
---@param ... any
---@return control_builder builder
function builder:reject_client(address, ...) end

---Delays connections of an IP address for a time. Without seconds it is an hour; 0 ends it at
---once. A string that is no IP address is sent as it is.
---@param address string
---@param ... any
---@return control_builder builder
function builder:tarpit_client(address, ...) end

---Cancels a job of Workshop.
---@param partition string
---@param id string
---@return control_builder builder
function builder:cancel_job(partition, id) end

---Connects to an IP address, 'host:port' (port 5478 if there is none), a path, '@name' or an
---address object. Waits for the resolver, at most 20 seconds.
---@param address string|address
---@return control_client? client
---@return string? err
function control_client:new(address) end
