package status

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"qrelay/runtime/address"
)

const (
	// timeout is how long a daemon may take to answer.
	timeout = 10 * time.Second
	// maxReport bounds what is read: room for the mails of a busy daemon.
	maxReport = 64 << 20
)

// A Client asks one daemon.
type Client struct {
	address address.Address
	http    http.Client
}

// NewClient makes a client for the address that the configuration gave to
// metrics_listen: host:port, a path or @name. The port is DefaultPort unless it
// is given. Host names are looked up.
func NewClient(ctx context.Context, addr string) (*Client, error) {
	a, err := address.ResolveListen(ctx, addr, DefaultPort)
	if err != nil {
		return nil, err
	}
	c := &Client{address: a}
	c.http.Timeout = timeout
	c.http.Transport = &http.Transport{DialContext: c.dial, DisableKeepAlives: true}
	return c, nil
}

func (c *Client) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, c.address.Network("stream"), c.address.String())
}

// Ask returns what the daemon is doing.
func (c *Client) Ask(ctx context.Context) (*Report, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://qrelay"+Path, nil)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.explain(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s is no qrelay daemon: it answers %q", c.address, response.Status)
	}
	report := new(Report)
	if err := json.NewDecoder(io.LimitReader(response.Body, maxReport)).Decode(report); err != nil {
		return nil, fmt.Errorf("%s is no qrelay daemon: %w", c.address, err)
	}
	return report, nil
}

// explain tells what to do about an error.
func (c *Client) explain(err error) error {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("nobody listens on %s: the daemon is not running, or its configuration has no metrics_listen('%[1]s')", c.address)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%s is for the user and the group of the daemon: permission denied", c.address)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s does not answer", c.address)
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return fmt.Errorf("%s hangs up: it is not an address of metrics_listen", c.address)
	}
	return fmt.Errorf("asking %s: %w", c.address, err)
}
