package pond

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"time"
)

// ErrMalformed says that a datagram is no record.
var ErrMalformed = errors.New("pond: malformed datagram")

// Decode reads a datagram, for tools and tests. Attributes that a [Record] has no field for are
// skipped; one that the protocol does not have is [ErrMalformed], as all else that is wrong.
func Decode(b []byte) (Record, error) {
	if len(b) < 8 || binary.BigEndian.Uint32(b) != magic {
		return Record{}, fmt.Errorf("%w: it does not begin with %#x", ErrMalformed, magic)
	}
	rest, sum := b[4:len(b)-4], binary.BigEndian.Uint32(b[len(b)-4:])
	if crc32.ChecksumIEEE(rest) != sum {
		return Record{}, fmt.Errorf("%w: its checksum is wrong", ErrMalformed)
	}
	var r Record
	for len(rest) > 0 {
		attribute, payload, after, err := cutAttribute(rest)
		if err != nil {
			return Record{}, err
		}
		r.set(attribute, payload)
		rest = after
	}
	return r, nil
}

// cutAttribute takes the first attribute off b. The payload of a string comes without its NUL.
func cutAttribute(b []byte) (attribute byte, payload, rest []byte, err error) {
	attribute, b = b[0], b[1:]
	size := payloadSize(attribute)
	switch {
	case size == unknownAttribute:
		return 0, nil, nil, fmt.Errorf("%w: unknown attribute %d", ErrMalformed, attribute)
	case size == stringPayload:
		payload, rest, ok := bytes.Cut(b, []byte{0})
		if !ok {
			return 0, nil, nil, fmt.Errorf("%w: the string of attribute %d has no end", ErrMalformed, attribute)
		}
		return attribute, payload, rest, nil
	case size > len(b):
		return 0, nil, nil, fmt.Errorf("%w: attribute %d is cut off", ErrMalformed, attribute)
	}
	return attribute, b[:size], b[size:], nil
}

// set stores one attribute, whose payload has the right size.
func (r *Record) set(attribute byte, payload []byte) {
	switch attribute {
	case attrTimestamp:
		r.Timestamp = time.UnixMicro(int64(binary.BigEndian.Uint64(payload))).UTC()
	case attrRemoteHost:
		r.RemoteHost = string(payload)
	case attrHost:
		r.Host = string(payload)
	case attrSite:
		r.Site = string(payload)
	case attrForwardedTo:
		r.ForwardedTo = string(payload)
	case attrMessage:
		r.Message = string(payload)
	case attrJSON:
		r.JSON = string(payload)
	case attrLength:
		r.HasLength, r.Length = true, binary.BigEndian.Uint64(payload)
	case attrTraffic:
		r.HasTraffic = true
		r.Received, r.Sent = binary.BigEndian.Uint64(payload), binary.BigEndian.Uint64(payload[8:])
	case attrDuration:
		r.HasDuration, r.Duration = true, microseconds(binary.BigEndian.Uint64(payload))
	case attrType:
		r.Type = Type(payload[0])
	case attrTruncated:
		r.Truncated = r.Truncated || payload[0] == attrMessage
	}
}

// microseconds returns the longest duration there is for what no duration can hold.
func microseconds(n uint64) time.Duration {
	return time.Duration(min(n, math.MaxInt64/uint64(time.Microsecond))) * time.Microsecond
}
