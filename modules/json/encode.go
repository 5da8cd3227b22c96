package json

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"
	luajson "layeh.com/gopher-json"
)

const (
	// maxDepth is how deep arrays and objects may nest, both ways; it bounds the
	// Go stack. encoding/json has the same limit.
	maxDepth = 10_000
	// maxOutput bounds the text in bytes, but for the last string. Values that are
	// used several times can make it grow without end.
	maxOutput = 64 << 20
	// maxExact is the largest number up to which all integers are exact.
	maxExact = 1 << 53
)

// Append appends the JSON text of v to dst. The members of objects are in byte
// order of their names. The error is a *[PathError]. The caller must hold the turn.
func Append(dst []byte, v lua.LValue) ([]byte, error) {
	e := encoder{dst: dst, limit: len(dst) + maxOutput}
	if err := e.value(v); err != nil {
		return nil, err
	}
	return e.dst, nil
}

type encoder struct {
	dst     []byte
	limit   int        // of len(dst)
	open    openTables // the tables around the value at hand
	members []member   // of all of them, the innermost last
}

type member struct {
	name  string
	value lua.LValue
}

func (e *encoder) value(v lua.LValue) error {
	if len(e.dst) > e.limit {
		return fail("JSON text of more than %d bytes", maxOutput)
	}
	switch v := v.(type) {
	case lua.LString:
		return e.string(string(v))
	case lua.LNumber:
		return e.number(float64(v))
	case lua.LBool:
		e.dst = strconv.AppendBool(e.dst, bool(v))
		return nil
	case *lua.LTable:
		return e.table(v)
	case *lua.LUserData:
		if isNull(v) {
			e.dst = append(e.dst, "null"...)
			return nil
		}
	}
	return e.leaf(v)
}

// leaf leaves the remaining types to gopher-json, which writes nil and words the
// error for what JSON cannot express. Its tables would not do: it knows neither
// empty objects nor null, refuses a table that is used twice, escapes <, > and &,
// replaces invalid UTF-8, and its errors do not say where they are.
func (e *encoder) leaf(v lua.LValue) error {
	text, err := luajson.Encode(v)
	if err != nil {
		if cause := errors.Unwrap(err); cause != nil {
			err = cause // without "json: error calling MarshalJSON"
		}
		return fail("%s", err)
	}
	e.dst = append(e.dst, text...)
	return nil
}

// number writes integers up to 2^53 with all digits and everything else in the
// shortest form that reads back as the same number (as ECMAScript does).
func (e *encoder) number(n float64) error {
	switch abs := math.Abs(n); {
	case abs <= maxExact && n == math.Trunc(n):
		e.dst = strconv.AppendInt(e.dst, int64(n), 10)
	case math.IsNaN(n) || math.IsInf(n, 0):
		return fail("JSON has no number for %v", n)
	case abs < 1e-6 || abs >= 1e21:
		e.dst = strconv.AppendFloat(e.dst, n, 'e', -1, 64)
		if end := len(e.dst); e.dst[end-4] == 'e' && e.dst[end-2] == '0' { // 1e-07
			e.dst[end-2] = e.dst[end-1]
			e.dst = e.dst[:end-1]
		}
	default:
		e.dst = strconv.AppendFloat(e.dst, n, 'f', -1, 64)
	}
	return nil
}

// string escapes what RFC 8259 section 7 demands and nothing else.
func (e *encoder) string(s string) error {
	if !utf8.ValidString(s) {
		return fail("string with invalid UTF-8 at byte %d", 1+invalidAt(s))
	}
	e.dst = append(e.dst, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		e.dst = append(e.dst, s[from:i]...)
		from = i + 1
		e.escape(c)
	}
	e.dst = append(e.dst, s[from:]...)
	e.dst = append(e.dst, '"')
	return nil
}

func (e *encoder) escape(c byte) {
	short := c
	switch c {
	case '"', '\\':
	case '\b':
		short = 'b'
	case '\f':
		short = 'f'
	case '\n':
		short = 'n'
	case '\r':
		short = 'r'
	case '\t':
		short = 't'
	default:
		e.dst = append(e.dst, '\\', 'u', '0', '0', "01"[c>>4], "0123456789abcdef"[c&15])
		return
	}
	e.dst = append(e.dst, '\\', short)
}

// invalidAt returns the position of the first byte that is not UTF-8.
func invalidAt(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return len(s)
}

// table writes an array if the keys are 1…n or the table is marked as one, else
// an object. It looks at the raw table, not at its metamethods.
func (e *encoder) table(t *lua.LTable) error {
	if err := e.enter(t); err != nil {
		return err
	}
	n := t.MaxN()
	var after lua.LValue = lua.LNil
	if n > 0 {
		after = lua.LNumber(n)
	}
	key, _ := t.Next(after) // the first key that is not one of 1…n
	var err error
	switch {
	case n > 0 && key != lua.LNil, IsArray(t) && key != lua.LNil:
		err = oddKey(key, "array")
	case n > 0 || IsArray(t):
		err = e.array(t, n)
	default:
		err = e.object(t)
	}
	e.open.pop()
	return err
}

// enter refuses what would not end: cycles and too much depth.
func (e *encoder) enter(t *lua.LTable) error {
	switch {
	case e.open.contains(t):
		return fail("table contains itself")
	case len(e.open.stack) == maxDepth:
		return fail("more than %d tables inside each other", maxDepth)
	}
	e.open.push(t)
	return nil
}

func oddKey(key lua.LValue, kind string) error {
	text := fmt.Sprintf("a %s", key.Type())
	switch key := key.(type) {
	case lua.LNumber, lua.LBool:
		text = key.String()
	case lua.LString:
		text = quote(string(key))
	}
	return fail("key %s in an %s: a table is an array with the keys 1 to n without holes, or an object with strings as keys", text, kind)
}

func (e *encoder) array(t *lua.LTable, n int) error {
	e.dst = append(e.dst, '[')
	for i := 1; i <= n; i++ {
		if i > 1 {
			e.dst = append(e.dst, ',')
		}
		v := t.RawGetInt(i)
		if v == lua.LNil {
			return index(fail("hole in an array of %d elements; json.null stands for null", n), i)
		}
		if err := e.value(v); err != nil {
			return index(err, i)
		}
	}
	e.dst = append(e.dst, ']')
	return nil
}

func (e *encoder) object(t *lua.LTable) error {
	base := len(e.members)
	odd := lua.LValue(lua.LNil)
	t.ForEach(func(k, v lua.LValue) {
		if name, ok := k.(lua.LString); ok {
			e.members = append(e.members, member{string(name), v})
		} else {
			odd = k
		}
	})
	if odd != lua.LNil {
		return oddKey(odd, "object")
	}
	end := len(e.members)
	slices.SortFunc(e.members[base:end], func(a, b member) int { return strings.Compare(a.name, b.name) })
	e.dst = append(e.dst, '{')
	for i := base; i < end; i++ {
		if i > base {
			e.dst = append(e.dst, ',')
		}
		m := e.members[i] // the slice may move while the value is written
		if err := e.member(m); err != nil {
			return field(err, m.name)
		}
	}
	e.dst = append(e.dst, '}')
	clear(e.members[base:end])
	e.members = e.members[:base]
	return nil
}

func (e *encoder) member(m member) error {
	if err := e.string(m.name); err != nil {
		return err
	}
	e.dst = append(e.dst, ':')
	return e.value(m.value)
}
