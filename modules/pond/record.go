package pond

import (
	"fmt"
	"math"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/pond"
)

// fields returns the names that a record may have in Lua.
func fields() []string {
	return []string{"type", "timestamp", "site", "message", "json", "host", "remote_host", "forwarded_to",
		"length", "received", "sent", "duration"}
}

// Bounds of numbers in a record.
const (
	maxTimestamp = 253402300799 // the end of the year 9999, in seconds since 1970
	maxDuration  = 1e9          // seconds; 31 years
	maxBytes     = 1 << 53      // all integers up to here are exact
)

// record makes a record of a table. What is wrong in it raises.
func record(o *runtime.OptionsTable, now time.Time) *pond.Record {
	r := &pond.Record{
		Timestamp:   now,
		RemoteHost:  text(o, "remote_host"),
		Host:        text(o, "host"),
		Site:        text(o, "site"),
		ForwardedTo: text(o, "forwarded_to"),
		Message:     text(o, "message"),
		JSON:        text(o, "json"),
		HasLength:   o.Has("length"),
		Length:      size(o, "length"),
		HasTraffic:  o.Has("received") || o.Has("sent"),
		Received:    size(o, "received"),
		Sent:        size(o, "sent"),
		HasDuration: o.Has("duration"),
		Duration:    time.Duration(number(o, "duration", maxDuration) * float64(time.Second)),
	}
	if o.Has("timestamp") {
		seconds, fraction := math.Modf(number(o, "timestamp", maxTimestamp))
		r.Timestamp = time.Unix(int64(seconds), int64(fraction*1e9))
	}
	if o.Has("type") {
		t, err := pond.ParseType(o.String("type", ""))
		if err != nil {
			o.Error("type", err.Error())
		}
		r.Type = t
	}
	return r
}

// text returns a string; a number counts as its text, for sites are often numbers.
func text(o *runtime.OptionsTable, name string) string {
	if n, ok := o.Value(name).(lua.LNumber); ok {
		return n.String()
	}
	return o.String(name, "")
}

// number returns a number from 0 to limit.
func number(o *runtime.OptionsTable, name string, limit float64) float64 {
	n := o.Number(name, 0)
	if !(n >= 0 && n <= limit) {
		o.Error(name, fmt.Sprintf("number from 0 to %.0f expected, got %v", limit, lua.LNumber(n)))
	}
	return n
}

// size returns a number of bytes.
func size(o *runtime.OptionsTable, name string) uint64 {
	n := number(o, name, maxBytes)
	if n != math.Trunc(n) {
		o.Error(name, fmt.Sprintf("whole number expected, got %v", lua.LNumber(n)))
	}
	return uint64(n)
}
