// Package control is the Lua module "control_client": commands for beng-proxy and
// Workshop in their control protocol
// (https://beng-proxy.readthedocs.io/en/latest/control.html).
//
//	control_client:new(address) -> client | nil, err
//	client:build() -> builder
//	client:send(builder) -> true | nil, err
//	builder:fade_children(tag, …) -> builder, and so on
//
// A builder collects commands, each call of a method as many as it has arguments,
// and may be sent several times and to several clients. A client keeps its socket
// and serves all tasks. new and send wait, for a bounded time.
package control
