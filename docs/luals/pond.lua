---@meta
-- Generated from the descriptions in qrelay's source by "go generate ./docs".

---Log records for a Pond server.
pond = {}

---Sends records to one Pond server.
---@class pond
local client = {}

---Sends a record. Strings: site, message, json, host, remote_host, forwarded_to. Numbers:
---timestamp (seconds since 1970, default now), duration (seconds), length, received, sent (bytes).
---type is one of unspecified, http_access, http_error, submission, ssh, job, history. Never waits;
---nobody confirms.
---@param options {type?: "unspecified"|"http_access"|"http_error"|"submission"|"ssh"|"job"|"history", timestamp?: number, site?: string|number, message?: string, json?: string, host?: string, remote_host?: string, forwarded_to?: string, length?: integer, received?: integer, sent?: integer, duration?: number}
---@return true? ok
---@return string? err
function client:send(options) end

---Makes a client for an IP address, 'host:port' (port 5479 if there is none), a path, '@name' or
---an address object. Waits for the resolver, at most 20 seconds.
---@param address string|address
---@return pond? client
---@return string? err
function pond:new(address) end
