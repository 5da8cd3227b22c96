---@meta
-- Generated from the descriptions in qrelay's source by "go generate ./docs".

---Sockets to connect and send data to.
socket = {}

---A connected socket. It serves all handlers, which take turns.
---@class socket
local s = {}

---Sends a string or the part of it that start and end say, which are positions as in string.sub
---but must lie within. Waits for the peer to read, at most 10 seconds without progress.
---@param data string
---@param start? integer
---@param end_? integer
---@return integer? bytes
---@return string? err
function s:send(data, start, end_) end

---Closes the socket. Sending afterwards fails; closing again does nothing.
function s:close() end

---Connects to 'host:port', '[v6]:port', a path, '@name' or an address object. Waits, at most 20
---seconds.
---@param address string|address
---@param options? {type?: 'stream'|'dgram'|'seqpacket'}
---@return socket? socket
---@return string? err
function socket:connect(address, options) end
