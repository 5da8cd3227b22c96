package bench

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"qrelay/runtime/address"
	"qrelay/runtime/qmqp"
)

// Defaults of [Options].
const (
	DefaultClients    = 32
	DefaultOpenLimit  = 1000
	DefaultDuration   = 10 * time.Second
	DefaultTimeout    = time.Minute
	DefaultSize       = 2 << 10
	DefaultRecipients = 1
)

const (
	// maxSize is the largest request that a daemon can be told to take.
	maxSize = 1 << 30
	// maxRate is one mail per microsecond, more than sockets can carry.
	maxRate = 1e6
)

// Options say what load to make.
type Options struct {
	// Address is the server: a path, which may be relative if it has a slash,
	// @name, IP address or host name.
	Address string
	// Rate is how many mails begin per second, in an open loop; 0 makes a
	// closed loop.
	Rate float64
	// Clients is how many mails are submitted at once: always in a closed loop
	// (0 means DefaultClients), at most in an open one (0 means
	// DefaultOpenLimit).
	Clients int
	// Size is how many bytes a message has; 0 means DefaultSize.
	Size int
	// Recipients is how many each mail has; 0 means DefaultRecipients.
	Recipients int
	// Duration ends the load, and Count after so many mails, whichever comes
	// first. 0 means no such limit; both 0 means DefaultDuration. Mails that
	// were begun by then are waited for.
	Duration time.Duration
	Count    int64
	// Timeout is how long the server may take to accept a connection, to take
	// some more of a request, and to answer; 0 means DefaultTimeout.
	Timeout time.Duration
	// Progress gets a line that is overwritten twice a second, for a terminal;
	// nil means none.
	Progress io.Writer
}

func (o *Options) check() error {
	switch {
	case o.Address == "":
		return errors.New("no server to load: an address is needed")
	case !(o.Rate >= 0 && o.Rate <= maxRate):
		return fmt.Errorf("rate %g: mails per second expected, from 0 to %d", o.Rate, int(maxRate))
	case o.Clients < 0:
		return fmt.Errorf("%d clients: the number must not be negative", o.Clients)
	case o.Size < 0 || o.Size > maxSize:
		return fmt.Errorf("size %d: bytes expected, at most %d", o.Size, maxSize)
	case o.Recipients < 0 || o.Recipients > qmqp.MaxRecipients:
		return fmt.Errorf("%d recipients: a mail has 1 to %d", o.Recipients, qmqp.MaxRecipients)
	case o.Count < 0:
		return fmt.Errorf("count %d: it must not be negative", o.Count)
	case o.Duration < 0 || o.Timeout < 0:
		return fmt.Errorf("duration %v, timeout %v: they must not be negative", o.Duration, o.Timeout)
	}
	return nil
}

func (o *Options) setDefaults() {
	clients := DefaultClients
	if o.Rate > 0 {
		clients = DefaultOpenLimit
	}
	o.Clients = cmp.Or(o.Clients, clients)
	o.Size = cmp.Or(o.Size, DefaultSize)
	o.Recipients = cmp.Or(o.Recipients, DefaultRecipients)
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	if o.Count == 0 {
		o.Duration = cmp.Or(o.Duration, DefaultDuration)
	}
}

// resolve finds the server.
func (o *Options) resolve(ctx context.Context) (address.Address, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	server, err := address.Absolute(o.Address)
	if err != nil {
		return address.Address{}, err
	}
	return address.Resolve(ctx, server, qmqp.DefaultPort)
}

// request renders the mail that is sent again and again.
func (o *Options) request() []byte {
	const header = "From: <bench@bench.invalid>\nSubject: a mail of qrelay bench\n\n"
	const line = "All work and no play makes the relay a dull program, says line n.\n"
	message := append([]byte(header), bytes.Repeat([]byte(line), o.Size/len(line)+1)...)[:o.Size]
	recipients := make([]string, o.Recipients)
	for i := range recipients {
		recipients[i] = fmt.Sprintf("recipient%d@bench.invalid", i+1)
	}
	head, tail := qmqp.AppendRequest(nil, nil, nil, int64(len(message)), "bench@bench.invalid", recipients)
	return append(append(head, message...), tail...)
}
