package dialect

import (
	"fmt"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// greenwich is the zone that C's gmtime tells.
var greenwich = time.FixedZone("GMT", 0)

// os.date([format [, time]]) -> string | table
func (lib *library) date(L *lua.LState) int {
	format := optString(L, 1, "%c")
	t := lib.Now()
	if L.Get(2) != lua.LNil {
		t = time.Unix(int64(checkInt(L, 2)), 0)
	}
	if strings.HasPrefix(format, "!") {
		format, t = format[1:], t.In(greenwich)
	}
	if strings.HasPrefix(format, "*t") {
		L.Push(dateTable(L, t))
		return 1
	}
	out := string(appendDate(nil, format, t))
	checkSize(L, len(out))
	return pushString(L, out)
}

func dateTable(L *lua.LState, t time.Time) *lua.LTable {
	d := L.CreateTable(0, 9)
	for name, n := range map[string]int{
		"year": t.Year(), "month": int(t.Month()), "day": t.Day(),
		"hour": t.Hour(), "min": t.Minute(), "sec": t.Second(),
		"wday": int(t.Weekday()) + 1, "yday": t.YearDay(),
	} {
		d.RawSetString(name, lua.LNumber(n))
	}
	d.RawSetString("isdst", lua.LBool(t.IsDST()))
	return d
}

// dateLayouts are the conversions of C's strftime, in the C locale, that
// package time can write.
var dateLayouts = map[byte]string{
	'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'c': "Mon Jan _2 15:04:05 2006",
	'd': "02", 'D': "01/02/06", 'e': "_2", 'F': "2006-01-02", 'h': "Jan", 'H': "15", 'I': "03",
	'm': "01", 'M': "04", 'p': "PM", 'r': "03:04:05 PM", 'R': "15:04", 'S': "05", 'T': "15:04:05",
	'x': "01/02/06", 'X': "15:04:05", 'y': "06", 'Y': "2006", 'z': "-0700", 'Z': "MST", 'P': "pm",
}

// appendDate is strftime. An unknown conversion is copied.
func appendDate(out []byte, format string, t time.Time) []byte {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			out = append(out, format[i])
			continue
		}
		i++
		if layout, ok := dateLayouts[format[i]]; ok {
			out = t.AppendFormat(out, layout)
			continue
		}
		out = appendDatePart(out, format[i], t)
	}
	return out
}

func appendDatePart(out []byte, conversion byte, t time.Time) []byte {
	isoYear, isoWeek := t.ISOWeek()
	weekday := int(t.Weekday())
	number := func(width, n int) []byte { return fmt.Appendf(out, "%0*d", width, n) }
	switch conversion {
	case '%':
		return append(out, '%')
	case 'n':
		return append(out, '\n')
	case 't':
		return append(out, '\t')
	case 'C':
		return number(2, t.Year()/100)
	case 'g':
		return number(2, isoYear%100)
	case 'G':
		return number(1, isoYear)
	case 'j':
		return number(3, t.YearDay())
	case 'k':
		return fmt.Appendf(out, "%2d", t.Hour())
	case 'l':
		return fmt.Appendf(out, "%2d", (t.Hour()+11)%12+1)
	case 's':
		return fmt.Append(out, t.Unix())
	case 'u':
		return number(1, (weekday+6)%7+1)
	case 'U':
		return number(2, (t.YearDay()+6-weekday)/7)
	case 'V':
		return number(2, isoWeek)
	case 'w':
		return number(1, weekday)
	case 'W':
		return number(2, (t.YearDay()+6-(weekday+6)%7)/7)
	}
	return append(out, '%', conversion)
}

// os.time([table]) -> seconds since 1970
func (lib *library) time(L *lua.LState) int {
	if L.Get(1) == lua.LNil {
		return pushNumber(L, float64(lib.Now().Unix()))
	}
	d := checkTable(L, 1)
	sec, minute, hour := dateField(L, d, "sec", 0), dateField(L, d, "min", 0), dateField(L, d, "hour", 12)
	day, month, year := dateField(L, d, "day", -1), dateField(L, d, "month", -1), dateField(L, d, "year", -1)
	t := time.Date(year, time.Month(month), day, hour, minute, sec, 0, time.Local)
	seconds := t.Unix()
	if dst, ok := L.GetField(d, "isdst").(lua.LBool); ok && bool(dst) != t.IsDST() {
		// The fields are in the other of standard and summer time.
		if dst {
			seconds -= 3600
		} else {
			seconds += 3600
		}
	}
	return pushNumber(L, float64(seconds))
}

// dateField reads an integer; def -1 means that the field must be there.
func dateField(L *lua.LState, d *lua.LTable, name string, def int) int {
	v := L.GetField(d, name)
	n, ok := toNumber(v)
	switch {
	case !ok && (def < 0 || v != lua.LNil):
		raise(L, "field '%s' missing in date table", name)
	case !ok:
		return def
	case n < -1<<31 || n >= 1<<31:
		raise(L, "field '%s' is out of range", name)
	}
	return truncate(n)
}
