// Package socket is the Lua module "socket": sockets that a script connects and
// sends data to. There is no receiving.
//
//	socket:connect(address [, {type = 'stream' | 'dgram' | 'seqpacket'}]) -> socket | nil, err
//	s:send(data [, start [, end]]) -> bytes sent | nil, err
//	s:close()
//
// Addresses are those of package address, host names included, and address
// objects. connect and send wait, without holding up other tasks, for a bounded
// time.
//
// A socket belongs to whoever holds it, not to the task that made it: one that the
// configuration keeps in a global serves all handlers, which may send at the same
// time. It is closed by close, when the garbage collector finds it, or with the
// runtime. A wait ends with the task that waits.
package socket
