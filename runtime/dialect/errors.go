package dialect

import (
	"regexp"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// ErrorValue gives an error object the words that LuaJIT uses, if it is a
// message of gopher-lua's virtual machine. pcall, xpcall and PCall have done
// so already; a host applies it to errors that it catches itself.
func ErrorValue(v lua.LValue) lua.LValue {
	s, ok := v.(lua.LString)
	if !ok {
		return v
	}
	if t := rewordError(string(s)); t != string(s) {
		return lua.LString(t)
	}
	return v
}

var (
	reArithmetic = regexp.MustCompile(`cannot perform (?:add|sub|mul|div|mod|pow) operation between (\w+) and (\w+)$`)
	reConcat     = regexp.MustCompile(`cannot perform concat operation between (\w+) and (\w+)$`)
	reCompare    = regexp.MustCompile(`attempt to compare (\w+) with (\w+)$`)
	reArgument   = regexp.MustCompile(`bad argument #(\d+) to ([^\s']+|\(anonymous\)) \(`)
)

// What messages of gopher-lua say of a value that cannot be called, and of one
// that cannot be indexed before the name of its type.
const (
	notCallable  = "attempt to call a non-function object"
	notIndexable = "attempt to index a non-table object("
)

// fixedErrors are messages without varying parts.
var fixedErrors = []struct{ gopher, luajit string }{
	{"__unm undefined", "attempt to perform arithmetic on a value that is no number"},
	{"__len undefined", "attempt to get length of a value that is no table or string"},
	{notCallable, "attempt to call a value that is no function"},
	{"for statement init must be a number", "'for' initial value must be a number"},
	{"for statement limit must be a number", "'for' limit must be a number"},
	{"for statement step must be a number", "'for' step must be a number"},
	{"too many recursions in gettable", "'__index' chain too long; possible loop"},
	{"too many recursions in settable", "'__newindex' chain too long; possible loop"},
	{"lua callstack overflow", "stack overflow"},
	{"registry overflow", "stack overflow (too many values on the stack)"},
}

func rewordError(s string) string {
	for _, e := range fixedErrors {
		if strings.HasSuffix(s, e.gopher) {
			return strings.TrimSuffix(s, e.gopher) + e.luajit
		}
	}
	switch {
	case strings.Contains(s, "cannot perform "):
		s = replaceMatch(s, reArithmetic, func(a, b string) string {
			return "attempt to perform arithmetic on a " + culprit(a, b, "number") + " value"
		})
		return replaceMatch(s, reConcat, func(a, b string) string {
			return "attempt to concatenate a " + culprit(a, b, "string", "number") + " value"
		})
	case strings.Contains(s, notIndexable):
		head, kind := cutIndexError(s)
		return head + "attempt to index a " + kind + " value"
	case strings.Contains(s, "attempt to compare "):
		return replaceMatch(s, reCompare, func(a, b string) string {
			if a == b {
				return "attempt to compare two " + a + " values"
			}
			return "attempt to compare " + a + " with " + b
		})
	case strings.Contains(s, "bad argument #"):
		return reArgument.ReplaceAllString(s, "bad argument #$1 to '$2' (")
	}
	return s
}

// cutIndexError returns what stands before the error, and the type that could
// not be indexed. The key at the end, which LuaJIT does not tell, may be any text.
func cutIndexError(s string) (head, kind string) {
	head, rest, _ := strings.Cut(s, notIndexable)
	kind, _, _ = strings.Cut(rest, ")")
	return head, kind
}

// replaceMatch replaces the first match of a pattern with two groups.
func replaceMatch(s string, re *regexp.Regexp, f func(a, b string) string) string {
	m := re.FindStringSubmatchIndex(s)
	if m == nil {
		return s
	}
	return s[:m[0]] + f(s[m[2]:m[3]], s[m[4]:m[5]]) + s[m[1]:]
}

// culprit picks the operand type that an operation cannot take.
func culprit(a, b string, good ...string) string {
	for _, g := range good {
		if a == g {
			return b
		}
	}
	return a
}
