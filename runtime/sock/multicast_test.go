package sock

import (
	"net"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A group of the local link can be connected to without naming the interface, and
// the datagrams go where the routes say.
func TestDialMulticastWithoutInterface(t *testing.T) {
	index, err := multicastInterface()
	if err != nil {
		t.Logf("NOT RUN with a receiver: this machine has no route for IPv6 multicast: %v", err)
		if _, err := DialType(t.Context(), parse(t, "[ff02::dead:beef]:9"), unix.SOCK_DGRAM); err == nil {
			t.Error("connected without a route")
		}
		return
	}
	ifi, err := net.InterfaceByIndex(index)
	if err != nil {
		t.Fatal(err)
	}
	group := net.ParseIP("ff02::dead:beef")
	member, err := net.ListenMulticastUDP("udp6", ifi, &net.UDPAddr{IP: group})
	if err != nil {
		t.Fatal(err)
	}
	defer member.Close()
	port := strconv.Itoa(member.LocalAddr().(*net.UDPAddr).Port)
	for _, to := range []string{"[ff02::dead:beef]:" + port, "[ff02::dead:beef%" + ifi.Name + "]:" + port} {
		c, err := DialType(t.Context(), parse(t, to), unix.SOCK_DGRAM)
		if err != nil {
			t.Errorf("%s: %v", to, err)
			continue
		}
		defer c.Close()
		if _, err := c.Write([]byte(to)); err != nil {
			t.Errorf("%s: %v", to, err)
			continue
		}
		member.SetReadDeadline(time.Now().Add(5 * time.Second))
		buf := make([]byte, 100)
		if n, err := member.Read(buf); err != nil || string(buf[:n]) != to {
			t.Errorf("%s: received %q, %v", to, buf[:n], err)
		}
	}
}
