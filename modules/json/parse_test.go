package json

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"
)

func newState(t testing.TB) *lua.LState {
	t.Helper()
	L := lua.NewState()
	t.Cleanup(L.Close)
	return L
}

// What RFC 8259 allows, and how it reads back: the text that Append writes.
func TestParseAccepts(t *testing.T) {
	L := newState(t)
	for _, c := range []struct{ text, want string }{
		{`null`, `null`}, {`true`, `true`}, {`false`, `false`},
		{`0`, `0`}, {`-0`, `0`}, {`42`, `42`}, {`-1`, `-1`}, {`1.5`, `1.5`}, {`-0.25`, `-0.25`}, {`1.0`, `1`},
		{`1e3`, `1000`}, {`1E3`, `1000`}, {`1e+3`, `1000`}, {`1e-3`, `0.001`}, {`1.5e2`, `150`}, {`0e0`, `0`}, {`0.10`, `0.1`},
		{`9007199254740992`, `9007199254740992`}, {`-9007199254740992`, `-9007199254740992`},
		{`9007199254740993`, `9007199254740992`}, {`18446744073709551616`, `18446744073709552000`},
		{`1e308`, `1e+308`}, {`5e-324`, `5e-324`}, {`1e-400`, `0`}, {`0.000001`, `0.000001`}, {`1e-7`, `1e-7`}, {`1e-10`, `1e-10`}, {`1e-100`, `1e-100`}, {`1e21`, `1e+21`},
		{`""`, `""`}, {`"a"`, `"a"`}, {`"a\u0000b"`, `"a\u0000b"`}, {`"\"\\\/\b\f\n\r\t"`, `"\"\\/\b\f\n\r\t"`},
		{`"\u00e9\u20ac\uD83D\ude00"`, `"é€😀"`}, {"\"\x7f\u2028\uffff\ufffd\"", "\"\x7f\u2028\uffff\ufffd\""}, {`"\ufffd"`, `"�"`},
		{`[]`, `[]`}, {`{}`, `{}`}, {`[[],{}]`, `[[],{}]`}, {`[null]`, `[null]`}, {`{"a":null}`, `{"a":null}`},
		{`[1,null,3]`, `[1,null,3]`}, {`[null,null]`, `[null,null]`}, {` [ 1 , 2 ] `, `[1,2]`},
		{"\t\r\n { \"a\" : 1 , \"b\" : [ ] }\n", `{"a":1,"b":[]}`},
		{`{"b":1,"a":2,"":3}`, `{"":3,"a":2,"b":1}`}, {`{"1":"a"}`, `{"1":"a"}`}, {`{"a":1,"a":2}`, `{"a":2}`},
		{`{"a":1,"a":null}`, `{"a":null}`}, {`{"a\u0000":1}`, `{"a\u0000":1}`},
	} {
		v, err := Parse(L, c.text)
		if err != nil {
			t.Errorf("Parse(%s): %v", c.text, err)
			continue
		}
		if got, err := Append(nil, v); err != nil || string(got) != c.want {
			t.Errorf("Parse(%s) is written as %s, %v, want %s", c.text, got, err, c.want)
		}
	}
}

// What RFC 8259 forbids, and what is forbidden here beyond it.
func TestParseRefuses(t *testing.T) {
	L := newState(t)
	for _, c := range []struct{ text, err string }{
		{``, `line 1, column 1: unexpected end of the text, expected a value`},
		{" \n ", `line 2, column 2: unexpected end of the text, expected a value`},
		{`nul`, `line 1, column 1: unexpected 'n', expected a value`},
		{`nulll`, `line 1, column 5: unexpected 'l', expected the end of the text`},
		{`True`, `line 1, column 1: unexpected 'T', expected a value`},
		{`NaN`, `line 1, column 1: unexpected 'N', expected a value`},
		{`Infinity`, `line 1, column 1: unexpected 'I', expected a value`},
		{`+1`, `line 1, column 1: unexpected '+', expected a value`},
		{`-`, `line 1, column 2: unexpected end of the text, expected a digit`},
		{`-a`, `line 1, column 2: unexpected 'a', expected a digit`},
		{`01`, `line 1, column 2: unexpected '1', expected the end of the text`},
		{`-01`, `line 1, column 3: unexpected '1', expected the end of the text`},
		{`.5`, `line 1, column 1: unexpected '.', expected a value`},
		{`1.`, `line 1, column 3: unexpected end of the text, expected a digit`},
		{`1.e1`, `line 1, column 3: unexpected 'e', expected a digit`},
		{`1e`, `line 1, column 3: unexpected end of the text, expected a digit`},
		{`1e+`, `line 1, column 4: unexpected end of the text, expected a digit`},
		{`0x10`, `line 1, column 2: unexpected 'x', expected the end of the text`},
		{`1_000`, `line 1, column 2: unexpected '_', expected the end of the text`},
		{`1e309`, `line 1, column 1: number out of range`},
		{`[-1e400]`, `line 1, column 2: number out of range at [1]`},
		{`"`, `line 1, column 2: unexpected end of the text, expected the end of a string`},
		{`"a`, `line 1, column 3: unexpected end of the text, expected the end of a string`},
		{`'a'`, `line 1, column 1: unexpected '\'', expected a value`},
		{"\"a\nb\"", `line 1, column 3: control character 0x0a in a string, must be escaped`},
		{"\"\x00\"", `line 1, column 2: control character 0x00 in a string, must be escaped`},
		{"\"\x1f\"", `line 1, column 2: control character 0x1f in a string, must be escaped`},
		{`"\x41"`, `line 1, column 3: unexpected 'x', expected one of "\/bfnrtu after \`},
		{`"\`, `line 1, column 3: unexpected end of the text, expected one of "\/bfnrtu after \`},
		{`"\U0041"`, `line 1, column 3: unexpected 'U', expected one of "\/bfnrtu after \`},
		{`"\u12"`, `line 1, column 4: expected four hexadecimal digits after \u`},
		{`"\u12`, `line 1, column 4: expected four hexadecimal digits after \u`},
		{`"\u+123"`, `line 1, column 4: expected four hexadecimal digits after \u`},
		{`"\u12g4"`, `line 1, column 4: expected four hexadecimal digits after \u`},
		{`"\ud83d"`, `line 1, column 8: half a surrogate pair in a string`},
		{`"\ude00"`, `line 1, column 8: half a surrogate pair in a string`},
		{`"\ud83dx"`, `line 1, column 8: half a surrogate pair in a string`},
		{`"\ud83d\n"`, `line 1, column 8: half a surrogate pair in a string`},
		{`"\ud83d\u0041"`, `line 1, column 14: half a surrogate pair in a string`},
		{`"\ud83d\u"`, `line 1, column 10: expected four hexadecimal digits after \u`},
		{"\"a\xff\"", `line 1, column 3: invalid UTF-8 in a string`},
		{"\"a\xff\\n\"", `line 1, column 3: invalid UTF-8 in a string`},
		{"\"\xed\xa0\xbd\"", `line 1, column 2: invalid UTF-8 in a string`}, // a surrogate
		{"\"\xc0\x80\"", `line 1, column 2: invalid UTF-8 in a string`},     // overlong
		{"\"\xf4\x90\x80\x80\"", `line 1, column 2: invalid UTF-8 in a string`},
		{"\xff", `line 1, column 1: invalid UTF-8, expected a value`},
		{"\ufeff1", `line 1, column 1: unexpected '\ufeff', expected a value`},
		{"1\x00", `line 1, column 2: unexpected '\x00', expected the end of the text`},
		{"{\"a\":1}\x00garbage", `line 1, column 8: unexpected '\x00', expected the end of the text`},
		{"\x00", `line 1, column 1: unexpected '\x00', expected a value`},
		{"\f1", `line 1, column 1: unexpected '\f', expected a value`},
		{"\u00a01", `line 1, column 1: unexpected '\u00a0', expected a value`},
		{`1 2`, `line 1, column 3: unexpected '2', expected the end of the text`},
		{`{}{}`, `line 1, column 3: unexpected '{', expected the end of the text`},
		{`/**/1`, `line 1, column 1: unexpected '/', expected a value`},
		{`1//`, `line 1, column 2: unexpected '/', expected the end of the text`},
		{`[`, `line 1, column 2: unexpected end of the text, expected a value at [1]`},
		{`]`, `line 1, column 1: unexpected ']', expected a value`},
		{`[1`, `line 1, column 3: unexpected end of the text, expected ',' or ']'`},
		{`[1,]`, `line 1, column 4: unexpected ']', expected a value at [2]`},
		{`[,1]`, `line 1, column 2: unexpected ',', expected a value at [1]`},
		{`[1,,2]`, `line 1, column 4: unexpected ',', expected a value at [2]`},
		{`[1 2]`, `line 1, column 4: unexpected '2', expected ',' or ']'`},
		{`[1}`, `line 1, column 3: unexpected '}', expected ',' or ']'`},
		{`{`, `line 1, column 2: unexpected end of the text, expected a string, the name of a member`},
		{`{a:1}`, `line 1, column 2: unexpected 'a', expected a string, the name of a member`},
		{`{1:1}`, `line 1, column 2: unexpected '1', expected a string, the name of a member`},
		{`{"a"}`, `line 1, column 5: unexpected '}', expected ':' at .a`},
		{`{"a":}`, `line 1, column 6: unexpected '}', expected a value at .a`},
		{`{"a":1,}`, `line 1, column 8: unexpected '}', expected a string, the name of a member`},
		{`{"a":1 "b":2}`, `line 1, column 8: unexpected '"', expected ',' or '}'`},
		{`{"a":1]`, `line 1, column 7: unexpected ']', expected ',' or '}'`},
		{"{\n \"a\": {\"b c\": [1, 2,\n  x]}}", `line 3, column 3: unexpected 'x', expected a value at .a["b c"][3]`},
	} {
		v, err := Parse(L, c.text)
		if err == nil {
			t.Errorf("Parse(%q) = %v, want an error", c.text, v)
		} else if err.Error() != c.err {
			t.Errorf("Parse(%q):\n got %s\nwant %s", c.text, err, c.err)
		}
	}
}

func TestParseDepth(t *testing.T) {
	L := newState(t)
	for _, pair := range []string{"[]", "{}"} {
		open, end := pair[:1], pair[1:]
		if open == "{" {
			open = `{"a":`
		}
		deep := func(n int) string {
			return strings.Repeat(open, n-1) + pair + strings.Repeat(end, n-1)
		}
		v, err := Parse(L, deep(maxDepth))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := Append(nil, v); err != nil || string(text) != deep(maxDepth) {
			t.Errorf("Append of %d levels: %v", maxDepth, err)
		}
		if _, err := Parse(L, deep(maxDepth+1)); err == nil || !strings.Contains(err.Error(), "more than 10000 arrays and objects inside each other") {
			t.Errorf("Parse of %d levels: %v", maxDepth+1, err)
		}
		if _, err := Parse(L, strings.Repeat(open, 1_000_000)); err == nil {
			t.Error("Parse of a million levels succeeds")
		}
	}
}

func TestParseErrorsUnwrap(t *testing.T) {
	_, err := Parse(newState(t), `{"a":[1,x]}`)
	if e, ok := errors.AsType[*PathError](err); !ok || e.Path() != ".a[2]" {
		t.Errorf("Parse: %#v", err)
	}
}

// Texts that encoding/json takes mean the same here, and are refused for a reason
// it does not have; what Parse takes encoding/json takes too, and Append writes a
// text that means the same again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5,-3e7,true,false,null,"x"],"b":{}}`, `"\ud83d\ude00\u0000é"`, `[[],[[]],{"":[{}]}]`, `1e400`,
		"\"\xff\"", `{"a":1,"a":2}`, `9007199254740993`, `  null `, `"\ud800"`, "\ufeff1", `-0`, `[1,`, `{"a" 1}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		L := newState(t)
		v, err := Parse(L, text)
		if err != nil {
			if json.Valid([]byte(text)) && utf8.ValidString(text) && !refusedBeyondRFC(err) {
				t.Fatalf("Parse(%q): %v", text, err)
			}
			return
		}
		again, err := Append(nil, v)
		if err != nil {
			t.Fatalf("Append(Parse(%q)): %v", text, err)
		}
		var want, got any
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatalf("Parse takes %q, encoding/json says %v", text, err)
		}
		if err := json.Unmarshal(again, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("Parse(%q) is written as %q, %v", text, again, err)
		}
		v2, err := Parse(L, string(again))
		if err != nil {
			t.Fatalf("Parse(%q), which Append wrote: %v", again, err)
		}
		if text2, err := Append(nil, v2); err != nil || string(text2) != string(again) {
			t.Fatalf("%q is written as %q, then as %q, %v", text, again, text2, err)
		}
	})
}

func refusedBeyondRFC(err error) bool {
	for _, reason := range []string{"half a surrogate pair", "number out of range", "inside each other"} {
		if strings.Contains(err.Error(), reason) {
			return true
		}
	}
	return false
}
