package daemon

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
	"testing"
)

// The sockets are made as root, handlers run as the user.
func TestUser(t *testing.T) {
	config := handler("local f = io.open('/proc/self/status') print(f:read('*a'):match('Uid:[^\\n]*')) return m:discard()")
	if os.Geteuid() != 0 {
		d := newDaemon(t, config)
		d.order.Become = "nobody"
		d.start()
		d.wantExit(1)
		d.says("root")
		return
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	d := newDaemon(t, config)
	d.order.Become = "nobody"
	uid, err := strconv.Atoi(nobody.Uid)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(d.dir, uid, -1); err != nil { // or it cannot remove its socket
		t.Fatal(err)
	}
	d.start()
	d.says("listening")
	d.wantReply(d.send(), "10:Kdiscarded,")
	want := fmt.Sprintf("Uid:%s", strings.Repeat("\t"+nobody.Uid, 4))
	d.printed(want)
	d.stop()
	if d.exists("q") {
		t.Error("the socket is left behind")
	}
}

func TestUnknownUser(t *testing.T) {
	d := newDaemon(t, handler("return m:discard()"))
	d.order.Become = "no-such-user"
	d.start()
	d.wantExit(1)
	d.says("no-such-user")
	if d.exists("q") {
		t.Error("the socket is left behind")
	}
}
