package control

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

// Datagrams as the C++ daemon sends them.
func TestDatagram(t *testing.T) {
	type command struct {
		c     Command
		parts []string
	}
	for _, c := range []struct {
		name     string
		commands []command
		want     string
	}{
		{"none", nil, "63046101"},
		{"empty", []command{{FadeChildren, []string{""}}}, "6304610100000008"},
		{"1 byte", []command{{FadeChildren, []string{"x"}}}, "630461010001000878000000"},
		{"2 bytes", []command{{FlushFilterCache, []string{"xx"}}}, "630461010002000c78780000"},
		{"3 bytes", []command{{FlushHTTPCache, []string{"bar"}}}, "630461010003000f62617200"},
		{"4 bytes", []command{{ResetLimiter, []string{"late"}}}, "63046101000400166c617465"},
		{"5 bytes", []command{{DiscardSession, []string{"xxxxx"}}}, "630461010005000e7878787878000000"},
		{"parts", []command{{CancelJob, []string{"ab", "\x00", "cd"}}}, "63046101000500196162006364000000"},
		{"several", []command{{TerminateChildren, []string{"foo"}}, {CancelJob, []string{"p", "\x00", "j"}}, {DisconnectDatabase, []string{"x"}}},
			"6304610100030010666f6f000003001970006a000001001478000000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d Datagram
			for _, cmd := range c.commands {
				if err := d.Add(cmd.c, cmd.parts...); err != nil {
					t.Fatal(err)
				}
			}
			if got := hex.EncodeToString(d.Bytes()); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestDatagramLimits(t *testing.T) {
	var d Datagram
	if err := d.Add(FadeChildren, strings.Repeat("x", maxPayload)); err != nil {
		t.Errorf("%d bytes: %v", maxPayload, err)
	}
	before := d.Bytes()
	err := d.Add(FadeChildren, strings.Repeat("x", maxPayload), "y")
	if err == nil || err.Error() != "payload of 65536 bytes, at most 65535 are possible" {
		t.Errorf("%d bytes: %v", maxPayload+1, err)
	}
	if !bytes.Equal(d.Bytes(), before) {
		t.Error("a refused command changed the datagram")
	}
	big := strings.Repeat("x", maxPayload)
	for range maxDatagram / maxPayload {
		err = d.Add(FadeChildren, big)
	}
	if !errors.Is(err, ErrTooLarge) || len(d.Bytes()) > maxDatagram+headerSize {
		t.Errorf("%d bytes: %v", len(d.Bytes()), err)
	}
}

func TestBytesIsACopy(t *testing.T) {
	var d Datagram
	d.Add(FadeChildren, "a")
	b := d.Bytes()
	d.Add(FadeChildren, "b")
	if got := hex.EncodeToString(b); got != "630461010001000861000000" {
		t.Errorf("got %s", got)
	}
}

func TestBanPayload(t *testing.T) {
	for _, c := range []struct {
		client  string
		seconds uint32
		want    string
	}{
		{"192.0.2.1", 3600, "\x00\x00\x0e\x10192.0.2.1"},
		{"2001:db8::1", 0, "\x00\x00\x00\x002001:db8::1"},
		{"fe80::1%eth0", maxBan, "\xff\xff\xff\xfffe80::1%eth0"},
		{"192.0.2.256", 3600, "192.0.2.256"},
		{"192.0.2.1:80", 3600, "192.0.2.1:80"},
		{"\x00\x00\x00\x0a192.0.2.1", 3600, "\x00\x00\x00\x0a192.0.2.1"},
		{"", 3600, ""},
	} {
		if got := banPayload(c.client, c.seconds); got != c.want {
			t.Errorf("banPayload(%q, %d) = %q", c.client, c.seconds, got)
		}
	}
}

// decode reads a datagram as a receiver does.
func decode(b []byte) (commands []Command, payloads []string, err error) {
	if len(b) < headerSize || binary.BigEndian.Uint32(b) != magic {
		return nil, nil, errors.New("no magic number")
	}
	for b = b[headerSize:]; len(b) > 0; {
		if len(b) < headerSize {
			return nil, nil, errors.New("half a header")
		}
		size := int(binary.BigEndian.Uint16(b))
		c := Command(binary.BigEndian.Uint16(b[2:]))
		b = b[headerSize:]
		if len(b) < size+padding(size) {
			return nil, nil, errors.New("half a payload")
		}
		if strings.Trim(string(b[size:size+padding(size)]), "\x00") != "" {
			return nil, nil, errors.New("padding is not zero")
		}
		commands, payloads = append(commands, c), append(payloads, string(b[:size]))
		b = b[size+padding(size):]
	}
	return commands, payloads, nil
}

func FuzzDatagram(f *testing.F) {
	f.Add(uint16(8), "foo", uint16(25), "p", "j")
	f.Add(uint16(0), "", uint16(65535), "", "\x00\x00")
	f.Add(uint16(23), "192.0.2.1", uint16(24), strings.Repeat("x", 70000), "y")
	f.Fuzz(func(t *testing.T, c1 uint16, p1 string, c2 uint16, p2, p3 string) {
		var d Datagram
		var commands []Command
		var payloads []string
		for _, add := range []struct {
			c     Command
			parts []string
		}{{Command(c1), []string{p1}}, {Command(c2), []string{p2, p3}}} {
			payload := strings.Join(add.parts, "")
			err := d.Add(add.c, add.parts...)
			if (err == nil) != (len(payload) <= maxPayload) {
				t.Fatalf("Add of %d bytes: %v", len(payload), err)
			}
			if err == nil {
				commands, payloads = append(commands, add.c), append(payloads, payload)
			}
		}
		gotC, gotP, err := decode(d.Bytes())
		if err != nil || len(gotC) != len(commands) {
			t.Fatalf("decode(%x) = %v, %q, %v", d.Bytes(), gotC, gotP, err)
		}
		for i := range commands {
			if gotC[i] != commands[i] || gotP[i] != payloads[i] {
				t.Fatalf("command %d: got %d %q, want %d %q", i, gotC[i], gotP[i], commands[i], payloads[i])
			}
		}
	})
}
