---@meta
-- Generated from the descriptions in qrelay's source by "go generate ./docs".

---The mail that a handler decides about. After the handler has returned, any use raises "Stale
---object".
---@class mail
---@field sender string The envelope sender, empty for bounces. It can be set; a malformed address raises.
---@field recipients string[] The envelope recipients: a fresh table at each read.
---@field pid integer? The client's process id, nil if it is not a process of this machine.
---@field uid integer? The client's user id, or nil.
---@field gid integer? The client's group id, or nil.
---@field account string? The account that the mail is logged under. It can be set; nil clears it.
---@field cgroup cgroup? The client's control group, or nil. Raises if the client has exited.
---@field peer string? The address of a TCP client, nil for others.
---@field size integer The size of the message in bytes.
local m = {}

---Relays the mail to another QMQP server, whose reply the client gets. The address is numeric, a
---path, @name, or an address object. Only while the handler of the mail runs.
---@param address string|address
---@param options? {timeout?: number}
---@return action action
function m:connect(address, options) end

---Runs a program that speaks QMQP on its standard input and output. Only while the handler of the
---mail runs.
---@param program string
---@param arg? string|number
---@param ... string|number|{env?: table<string, string|number>, timeout?: number}
---@return action action
function m:exec(program, arg, ...) end

---Runs a program that reads the message, without envelope, on its standard input. Its exit status
---decides. Only while the handler of the mail runs.
---@param program string
---@param arg? string|number
---@param ... string|number|{env?: table<string, string|number>, timeout?: number}
---@return action action
function m:exec_raw(program, arg, ...) end

---Drops the mail and tells the client that it was accepted. Only while the handler of the mail
---runs.
---@return action action
function m:discard() end

---Refuses the mail for good. Only while the handler of the mail runs.
---@param text? string
---@return action action
function m:reject(text) end

---Inserts a header in front of the message; at most 16. Only while the handler of the mail runs.
---@param name string
---@param value string|number|cgroup|address
function m:insert_header(name, value) end

---Returns the first header of that name, unfolded. Only while the handler of the mail runs.
---@param name string
---@return string? string
function m:header(name) end

---Returns the client's control group path for a cgroup-v1 controller, or the unified path. Only
---while the handler of the mail runs.
---@param controller string
---@return string? path
function m:get_cgroup(controller) end

---Describes a mount point in the client's mount namespace. Only while the handler of the mail
---runs.
---@param mountpoint string
---@return {root: string, filesystem: string, source: string}? result
function m:get_mount_info(mountpoint) end

---What shall become of a mail. A handler returns it; only then it is done. tostring() describes
---it.
---@class action

---A control group of the client. tostring() gives its path, also later.
---@class cgroup
---@field path string The path as in /proc/PID/cgroup.
---@field xattr table<string, string?> Extended attributes: xattr.NAME reads user.NAME, nil if there is none; a name with a dot is used as it is.
---@field parent cgroup? The control group above, nil at the top.

---Listens on a socket path, @name, host:port, or the sockets of systemd, and calls handler(m) for
---each mail. Only while the configuration is read.
---@param address string|address|systemd
---@param handler fun(m: mail): action
function qmqp_listen(address, handler) end

---Makes an address object of a numeric IP address, host name, path or @name. Waits for the
---resolver; raises if there is no such host. Only while the configuration is read.
---@param address string
---@return address address
function qmqp_resolve(address) end

---Makes an address object of a numeric IP address, host name, path or @name. Waits for the
---resolver; raises if there is no such host. Only while the configuration is read.
---@param address string
---@return address address
function log_resolve(address) end

---Makes an address object of a numeric IP address, host name, path or @name. Waits for the
---resolver; raises if there is no such host. Only while the configuration is read.
---@param address string
---@return address address
function control_resolve(address) end

---The sockets that the service manager passes, as an address for qmqp_listen.
---@type systemd
systemd = nil

---@class systemd

---How many bytes the request of a client may have, message and envelope together: 16777216 unless
---it is set, 1024 to 1073741824. It holds for the listeners that are made afterwards. Only while
---the configuration is read.
---@type integer
max_size = nil

---How many connections the clients of one user id may have at once, over all listeners: any number
---unless it is set, 1 to 1000000. One more is answered with "too many connections", a temporary
---failure. Clients over IP have no user and do not count. Only while the configuration is read.
---@type integer?
max_connections_per_uid = nil

---How many bytes the requests of one user id may have together that are in progress: any number
---unless it is set, and then at least max_size. A mail that does not fit is answered with "too
---many mails in progress", a temporary failure. Clients over IP have no user and do not count.
---Only while the configuration is read.
---@type integer?
max_bytes_per_uid = nil

---The Pond server that gets a log record for each mail; none unless it is set. A string must be a
---numeric address, a path or @name; use log_resolve for host names. Only while the configuration
---is read.
---@type address|string|nil
log_server = nil

---A function of the script that the daemon calls as a task of its own on SIGHUP. While it runs,
---any number of further signals cause exactly one more run. Its errors are logged.
---@type fun()?
reload = nil
