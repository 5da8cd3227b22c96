package pond

import (
	"fmt"
	"strings"
)

const magic = 0x63046103

// The attributes of the protocol. Those that only a web server has are here for the decoder.
const (
	attrNOP         = 0
	attrTimestamp   = 1  // BE64, microseconds since 1970
	attrRemoteHost  = 2  // string
	attrSite        = 3  // string
	attrHTTPMethod  = 4  // one byte
	attrHTTPURI     = 5  // string
	attrHTTPReferer = 6  // string
	attrUserAgent   = 7  // string
	attrHTTPStatus  = 8  // BE16
	attrLength      = 9  // BE64, bytes
	attrTraffic     = 10 // two BE64, bytes received and sent
	attrDuration    = 11 // BE64, microseconds
	attrHost        = 12 // string
	attrMessage     = 13 // string
	attrForwardedTo = 14 // string
	attrType        = 15 // one byte
	attrJSON        = 16 // string
	attrAnalyticsID = 17 // string
	attrGenerator   = 18 // string
	attrContentType = 19 // one byte
	attrTruncated   = 20 // one byte: the attribute whose string was cut
)

// Payloads without a fixed size.
const (
	stringPayload    = -1
	unknownAttribute = -2
)

// payloadSize returns how many bytes follow an attribute's byte, or stringPayload, or unknownAttribute.
func payloadSize(attribute byte) int {
	switch attribute {
	case attrNOP:
		return 0
	case attrHTTPMethod, attrType, attrContentType, attrTruncated:
		return 1
	case attrHTTPStatus:
		return 2
	case attrTimestamp, attrLength, attrDuration:
		return 8
	case attrTraffic:
		return 16
	case attrRemoteHost, attrSite, attrHTTPURI, attrHTTPReferer, attrUserAgent, attrHost, attrMessage,
		attrForwardedTo, attrJSON, attrAnalyticsID, attrGenerator:
		return stringPayload
	}
	return unknownAttribute
}

// A Type says what kind of event a record is about.
type Type uint8

const (
	Unspecified Type = iota // left to the receiver's guess
	HTTPAccess              // one request of a web server's access log
	HTTPError               // one line of a web server's error log
	Submission              // one mail
	SSH                     // a message of a secure shell server
	Job                     // a message of a job's process
	History                 // one use of an application, mostly in JSON
)

// TypeNames returns the protocol's names of all types, in the order of their numbers.
func TypeNames() []string {
	return []string{"unspecified", "http_access", "http_error", "submission", "ssh", "job", "history"}
}

// ParseType returns the type that the protocol calls name.
func ParseType(name string) (Type, error) {
	names := TypeNames()
	for i, known := range names {
		if name == known {
			return Type(i), nil
		}
	}
	return 0, fmt.Errorf("no such record type %.20q (known: %s)", name, strings.Join(names, ", "))
}

// String returns the protocol's name of t.
func (t Type) String() string {
	if names := TypeNames(); int(t) < len(names) {
		return names[t]
	}
	return fmt.Sprintf("Type(%d)", uint8(t))
}
