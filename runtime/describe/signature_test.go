package describe

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseSignature(t *testing.T) {
	tests := []struct {
		text string
		want Signature
	}{
		{"json.null", Signature{Callee: "json.null"}},
		{"result -> number", Signature{Callee: "result", Results: [][]string{{"number"}}}},
		{"s:close()", Signature{Callee: "s:close", Call: true}},
		{"f(a, b)", Signature{Callee: "f", Call: true, Params: []Param{{Name: "a"}, {Name: "b"}}}},
		{"f(a [, b [, c]])", Signature{Callee: "f", Call: true,
			Params: []Param{{Name: "a"}, {Name: "b", Optional: true}, {Name: "c", Optional: true}}}},
		{"f([a [, 'x' | 'y']]) -> table | nothing", Signature{Callee: "f", Call: true,
			Params:  []Param{{Name: "a", Optional: true}, {Name: "mode", Optional: true, Literals: []string{"'x'", "'y'"}}},
			Results: [][]string{{"table"}, nil}}},
		{"f(tag, …) -> builder", Signature{Callee: "f", Call: true, Params: []Param{{Name: "tag", Rest: true}}, Results: [][]string{{"builder"}}}},
		{"f(a, b… [, c])", Signature{Callee: "f", Call: true, Params: []Param{{Name: "a"}, {Name: "b", Rest: true}, {Name: "c", Optional: true}}}},
		{"f(...) -> ...", Signature{Callee: "f", Call: true, Params: []Param{{Name: "...", Rest: true}}, Results: [][]string{{"..."}}}},
		{"f(a [, {type = 'stream' | 'dgram', resync=true, env={…}, timeout=S, ttl=}])", Signature{Callee: "f", Call: true,
			Params: []Param{{Name: "a"}, {Name: "options", Optional: true, Fields: []Param{
				{Name: "type", Optional: true, Literals: []string{"'stream'", "'dgram'"}},
				{Name: "resync", Optional: true, Literals: []string{"true", "false"}},
				{Name: "env", Optional: true}, {Name: "timeout", Optional: true}, {Name: "ttl", Optional: true},
			}}}}},
		{"f{rate = …, per = …} -> limiter", Signature{Callee: "f", Call: true, Results: [][]string{{"limiter"}},
			Params: []Param{{Name: "options", Fields: []Param{{Name: "rate", Optional: true}, {Name: "per", Optional: true}}}}}},
		{"f() -> a, b | nil, err", Signature{Callee: "f", Call: true, Results: [][]string{{"a", "b"}, {"nil", "err"}}}},
		{"f() -> data, or nothing", Signature{Callee: "f", Call: true, Results: [][]string{{"data"}, nil}}},
		{"f() -> {root, source} | nil", Signature{Callee: "f", Call: true, Results: [][]string{{"{root, source}"}, {"nil"}}}},
	}
	for _, test := range tests {
		got, err := ParseSignature(test.text)
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", test.text, got, err, test.want)
		}
	}
}

func TestParseSignatureErrors(t *testing.T) {
	tests := map[string]string{
		"":                "a name is expected at the beginning",
		"(a)":             "a name is expected at the beginning",
		"f(a":             "',' or ')' expected instead of \"the end\"",
		"f(a b)":          "',' or ')' expected instead of \"b)\"",
		"f(a,,)":          "a name expected",
		"f(a,)":           "a name expected",
		"f(a [, b)":       "',' or ')' expected instead of \")\"",
		"f(a) b":          "nothing more expected instead of \"b\"",
		"f({type='x)":     "a quote expected",
		"f({a, {b}})":     "a name expected instead of \"{b}})\"",
		"f({env={x}})":    "'}' expected",
		"f{a) -> nothing": "',' or '}' expected",
	}
	for text, want := range tests {
		if got, err := ParseSignature(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v; want %s", text, got, err, want)
		}
	}
}

func TestReceiver(t *testing.T) {
	for callee, want := range map[string][2]string{"sleep": {}, "s:send": {"s", ":"}, "pg.Result.affected": {"pg.Result", "."}} {
		name, separator := Signature{Callee: callee}.Receiver()
		if got := [2]string{name, separator}; got != want {
			t.Errorf("%s: %q", callee, got)
		}
	}
}

func FuzzParseSignature(f *testing.F) {
	for _, seed := range []string{
		"socket:connect(address [, {type = 'stream' | 'dgram'}]) -> socket | nil, err", "f{a = …, b=true}", "f(...) -> {x, y}", "f([a [, 'x']], b…)",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sig, err := ParseSignature(text)
		if err != nil {
			return
		}
		if call := len(sig.Params) > 0; call && !sig.Call {
			t.Errorf("%q has parameters without being called: %+v", text, sig)
		}
		for _, p := range sig.Params {
			if p.Name == "" {
				t.Errorf("%q has a parameter without name: %+v", text, sig)
			}
		}
		if !strings.HasPrefix(strings.TrimLeft(text, " "), sig.Callee) {
			t.Errorf("%q does not begin with %q", text, sig.Callee)
		}
	})
}
