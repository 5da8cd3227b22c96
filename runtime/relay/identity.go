package relay

import (
	"log/slog"

	"qrelay/runtime/mail"
	"qrelay/runtime/peer"
)

// identify asks the kernel who connected, at once after accept: the process
// may end at any moment, and its number be given to another.
func (x *exchange) identify() {
	cred, err := x.conn.PeerCred()
	if err != nil {
		return // over TCP there is no process
	}
	pidfd, err := x.conn.PeerPidFD()
	x.peer = peer.New(cred, pidfd, err)
	x.seen.identified(x)
}

// logger returns a logger whose lines tell the client. It is made when there
// is something to log, which is not the case for most mails.
func (x *exchange) logger() *slog.Logger {
	if x.peer == nil {
		return x.server.log.With("client", x.from.String())
	}
	return x.server.log.With("pid", x.peer.PID, "uid", x.peer.UID)
}

// forget gives up the client's process.
func (x *exchange) forget() {
	if x.peer != nil {
		_ = x.peer.Close() // it was opened here, so it is not closed yet
	}
}

// client returns what the Received header says of the client.
func (x *exchange) client() *mail.Client {
	if x.peer == nil {
		return nil
	}
	return &mail.Client{PID: int32(x.peer.PID), UID: x.peer.UID, GID: x.peer.GID}
}
