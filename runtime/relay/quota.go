package relay

import (
	"errors"
	"fmt"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/buffer"
)

// Limits of max_connections_per_uid and max_bytes_per_uid.
const (
	maxUserConnections = 1_000_000
	maxUserBytes       = 1 << 40
)

// Names of the globals.
const (
	userConnectionsName = "max_connections_per_uid"
	userBytesName       = "max_bytes_per_uid"
)

var (
	errUserConnections = errors.New("the user has too many connections")
	// errUserBytes is for clients what a full memory is.
	errUserBytes = fmt.Errorf("of one user: %w", buffer.ErrFull)
)

// A quota bounds what the connections of each user take, so that nobody can
// take everything. Clients over IP have no user and no quota. A nil quota
// bounds nothing.
type quota struct {
	connections int   // of one user; 0: any number
	bytes       int64 // of requests of one user; 0: any number

	mu    sync.Mutex
	users map[uint32]*usage // those with connections

	refusals digest
}

// A usage is what the connections of one user take.
type usage struct {
	connections int
	bytes       int64
}

// enter counts a connection, unless it is one too many.
func (q *quota) enter(uid uint32) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	u := q.users[uid]
	switch {
	case u == nil:
		q.users[uid] = &usage{connections: 1}
		return true
	case q.connections > 0 && u.connections >= q.connections:
		return false
	}
	u.connections++
	return true
}

// take counts the bytes of a connection that has entered, unless they are too
// many.
func (q *quota) take(uid uint32, bytes int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	u := q.users[uid]
	if q.bytes > 0 && u.bytes+bytes > q.bytes {
		return false
	}
	u.bytes += bytes
	return true
}

// leave ends a connection that has entered and taken bytes.
func (q *quota) leave(uid uint32, bytes int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	u := q.users[uid]
	u.connections--
	u.bytes -= bytes
	if u.connections == 0 {
		delete(q.users, uid)
	}
}

// admit counts the connection of a user.
func (x *exchange) admit() error {
	q := x.server.quota
	if q == nil || x.peer == nil {
		return nil
	}
	if !q.enter(x.peer.UID) {
		return errUserConnections
	}
	x.admitted = true
	return nil
}

// admitBytes counts the bytes of the request.
func (x *exchange) admitBytes(size int64) error {
	if !x.admitted {
		return nil
	}
	if !x.server.quota.take(x.peer.UID, size) {
		return errUserBytes
	}
	x.bytes = size
	return nil
}

// leave gives back what the connection has counted. It may be called more than
// once.
func (x *exchange) leave() {
	if x.admitted {
		x.server.quota.leave(x.peer.UID, x.bytes)
		x.admitted, x.bytes = false, 0
	}
}

// logRefusal logs why a client was refused, but not each time that it has too
// much.
func (x *exchange) logRefusal(reply fmt.Stringer, err error) {
	if !errors.Is(err, errUserConnections) && !errors.Is(err, errUserBytes) {
		x.logger().Info("refused", "reply", reply.String(), "error", err.Error())
		return
	}
	if n := x.server.quota.refusals.add(time.Now()); n > 0 {
		x.logger().Warn("a user has too many mails in progress", "reply", reply.String(), "error", err.Error(), "refused", n)
	}
}

// readQuota reads the limits per user.
func (s *Server) readQuota(L *lua.LState) error {
	connections, err := limitGlobal(L, userConnectionsName, 1, maxUserConnections)
	if err != nil {
		return err
	}
	least := int64(minMaxSize)
	for _, l := range s.listeners {
		least = max(least, l.maxSize)
	}
	bytes, err := limitGlobal(L, userBytesName, least, maxUserBytes)
	if err != nil {
		return fmt.Errorf("%w; it must have room for a request of max_size", err)
	}
	if connections > 0 || bytes > 0 {
		s.quota = &quota{connections: int(connections), bytes: bytes, users: map[uint32]*usage{}}
	}
	return nil
}

// limitGlobal returns a global that is a whole number or nil; 0 for nil.
func limitGlobal(L *lua.LState, name string, low, high int64) (int64, error) {
	value := L.GetGlobal(name)
	if value == lua.LNil {
		return 0, nil
	}
	n, ok := value.(lua.LNumber)
	if !ok || n != lua.LNumber(int64(n)) || int64(n) < low || int64(n) > high {
		got := runtime.TypeName(value)
		if ok {
			got = n.String()
		}
		return 0, fmt.Errorf("%s: a whole number from %d to %d, or nil, expected, got %s", name, low, high, got)
	}
	return int64(n), nil
}
