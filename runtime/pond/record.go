package pond

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxDatagram is the most bytes that a record may take: what fits into one UDP datagram over IPv4.
const MaxDatagram = 65535 - 20 - 8

// ErrTooLarge says that a record does not fit into a datagram, even without its message.
var ErrTooLarge = errors.New("pond: record is too large")

// A Record is one event. What has its zero value, or a Has field that says no, is left out. Strings
// end at their first NUL byte, if they have one.
type Record struct {
	Timestamp time.Time // when the event happened

	RemoteHost  string // address of the client
	Host        string // name that the client asked for
	Site        string // account or site that the event belongs to
	ForwardedTo string // address of the next hop

	Message string // one line
	JSON    string // whatever goes with the type

	HasLength bool
	Length    uint64 // bytes of the content

	HasTraffic     bool
	Received, Sent uint64 // bytes on the wire

	HasDuration bool
	Duration    time.Duration

	Type Type

	// Truncated says that Message was cut. The encoder sees to it by itself.
	Truncated bool
}

// Append appends the record as a datagram. If it would be larger than [MaxDatagram] its message is
// cut and marked as such; if that is not enough it is [ErrTooLarge], and dst is returned as it was.
//
// The order of the attributes is that of the protocol's own sender, so that receivers of any age can
// read what they know: timestamp, remote host, host, site, forwarded to, message, length, traffic,
// duration, type, JSON, and last what was truncated.
func (r *Record) Append(dst []byte) ([]byte, error) {
	message, truncated, err := r.fit()
	if err != nil {
		return dst, err
	}
	start := len(dst)
	b := binary.BigEndian.AppendUint32(dst, magic)
	if !r.Timestamp.IsZero() {
		b = appendUint64(b, attrTimestamp, uint64(r.Timestamp.UnixMicro()))
	}
	b = appendString(b, attrRemoteHost, r.RemoteHost)
	b = appendString(b, attrHost, r.Host)
	b = appendString(b, attrSite, r.Site)
	b = appendString(b, attrForwardedTo, r.ForwardedTo)
	b = appendString(b, attrMessage, message)
	b = r.appendNumbers(b)
	b = appendString(b, attrJSON, r.JSON)
	if truncated {
		b = append(b, attrTruncated, attrMessage)
	}
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[start+4:])), nil
}

func (r *Record) appendNumbers(b []byte) []byte {
	if r.HasLength {
		b = appendUint64(b, attrLength, r.Length)
	}
	if r.HasTraffic {
		b = appendUint64(b, attrTraffic, r.Received)
		b = binary.BigEndian.AppendUint64(b, r.Sent)
	}
	if r.HasDuration {
		b = appendUint64(b, attrDuration, uint64(max(r.Duration, 0).Microseconds()))
	}
	if r.Type != Unspecified {
		b = append(b, attrType, byte(r.Type))
	}
	return b
}

func appendUint64(b []byte, attribute byte, value uint64) []byte {
	return binary.BigEndian.AppendUint64(append(b, attribute), value)
}

func appendString(b []byte, attribute byte, s string) []byte {
	if s = untilNUL(s); s == "" {
		return b
	}
	b = append(b, attribute)
	b = append(b, s...)
	return append(b, 0)
}

// untilNUL returns what of s a receiver would see.
func untilNUL(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	return s
}

// The most that a record takes without its strings: magic, numbers, type, mark, and checksum.
const (
	maxNumbers    = 4 + 9 + 9 + 17 + 9 + 2 + 2 + 4
	stringsFrame  = 2 // the attribute's byte and the NUL
	otherStrings  = 5
	maxWithoutAny = maxNumbers + (otherStrings+1)*stringsFrame
)

// fit returns as much of the message as there is room for, and whether it is less than all.
func (r *Record) fit() (message string, truncated bool, err error) {
	room := MaxDatagram - maxWithoutAny
	for _, s := range [otherStrings]string{r.RemoteHost, r.Host, r.Site, r.ForwardedTo, r.JSON} {
		room -= len(untilNUL(s))
	}
	if room < 0 {
		return "", false, fmt.Errorf("%w: it has %d bytes more than the %d of a datagram without its message",
			ErrTooLarge, -room, MaxDatagram)
	}
	message = untilNUL(r.Message)
	if len(message) <= room {
		return message, r.Truncated, nil
	}
	return cutRunes(message, room), true, nil
}

// cutRunes returns at most n bytes of s without cutting a character of UTF-8 in two.
func cutRunes(s string, n int) string {
	end := n
	for end > n-utf8.UTFMax && end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	if end > 0 && utf8.RuneStart(s[end]) {
		return s[:end]
	}
	return s[:n]
}
