---@meta
-- Generated from the descriptions in qrelay's source by "go generate ./docs".

---Serves metrics for Prometheus over HTTP on host:port, a socket path or @name. The port is 9628
---unless it is given. A socket's file has mode 0660. With {pprof=true} it also serves the Go
---profiler. There is no authentication. Only while the configuration is read.
---@param address string|address
---@param options? {pprof?: boolean}
function metrics_listen(address, options) end
