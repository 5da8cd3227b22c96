package control

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/netip"
)

// Command is what beng-proxy or Workshop shall do.
type Command uint16

// The commands of the protocol that scripts can send.
const (
	FadeChildren       Command = 8
	FlushFilterCache   Command = 12
	DiscardSession     Command = 14
	FlushHTTPCache     Command = 15
	TerminateChildren  Command = 16
	DisconnectDatabase Command = 20
	ResetLimiter       Command = 22
	RejectClient       Command = 23
	TarpitClient       Command = 24
	CancelJob          Command = 25
)

const (
	magic      = 0x63046101
	headerSize = 4
	alignment  = 4
	maxPayload = math.MaxUint16
	// maxDatagram bounds what a script can pile up, in bytes. No socket takes as
	// much: UDP ends at 65507, local sockets at net.core.wmem_max.
	maxDatagram = 16 << 20
)

// ErrTooLarge means that a datagram would be larger than any socket takes.
var ErrTooLarge = errors.New("datagram too large")

// A Datagram is a sequence of commands: BE32 magic, then for each command BE16
// length of the payload, BE16 command, and the payload, padded with NULs to a
// multiple of four. The zero value has no command yet.
type Datagram struct {
	commands []byte
}

// Add appends a command. The payload is the concatenation of parts; it may have
// up to 65535 bytes.
func (d *Datagram) Add(c Command, parts ...string) error {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	switch {
	case size > maxPayload:
		return fmt.Errorf("payload of %d bytes, at most %d are possible", size, maxPayload)
	case len(d.commands)+headerSize+size > maxDatagram:
		return ErrTooLarge
	}
	d.commands = binary.BigEndian.AppendUint16(d.commands, uint16(size))
	d.commands = binary.BigEndian.AppendUint16(d.commands, uint16(c))
	for _, p := range parts {
		d.commands = append(d.commands, p...)
	}
	d.commands = append(d.commands, make([]byte, padding(size))...)
	return nil
}

func padding(size int) int { return (alignment - size%alignment) % alignment }

// Bytes returns the datagram as it is sent: a copy, so that commands can be added
// while it is on its way.
func (d *Datagram) Bytes() []byte {
	b := make([]byte, 0, headerSize+len(d.commands))
	b = binary.BigEndian.AppendUint32(b, magic)
	return append(b, d.commands...)
}

// Bans of clients.
const (
	defaultBan = 3600 // seconds
	maxBan     = math.MaxUint32
)

// banPayload returns the payload of RejectClient and TarpitClient: BE32 seconds
// before the address, 0 lifts the ban. A string that is no IP address is meant to
// be a payload that the script has put together.
//
// Compat: the C++ daemon sends the bare address, of which the receiver takes the
// first four characters for the seconds.
func banPayload(client string, seconds uint32) string {
	if !isIP(client) {
		return client
	}
	return string(binary.BigEndian.AppendUint32(nil, seconds)) + client
}

func isIP(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}
