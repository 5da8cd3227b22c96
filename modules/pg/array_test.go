package pg

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// texts makes elements; the word "<null>" stands for NULL.
func texts(values ...string) []text {
	var all []text
	for _, v := range values {
		if v == "<null>" {
			all = append(all, text{null: true})
		} else {
			all = append(all, text{s: v})
		}
	}
	return all
}

func TestEncodeArray(t *testing.T) {
	for want, elements := range map[string][]text{
		`{}`:                   nil,
		`{"a"}`:                texts("a"),
		`{"a",NULL,""}`:        texts("a", "<null>", ""),
		`{"NULL","{",","," "}`: texts("NULL", "{", ",", " "),
		`{"d\"e","f\\g","\\"}`: texts(`d"e`, `f\g`, `\`),
	} {
		if got := encodeArray(elements); got != want {
			t.Errorf("encodeArray(%v) = %s, want %s", elements, got, want)
		}
	}
}

func TestDecodeArray(t *testing.T) {
	for s, want := range map[string][]text{
		`{}`:                 nil,
		`{ }`:                nil,
		`{a}`:                texts("a"),
		`{a,b c,1.5}`:        texts("a", "b c", "1.5"),
		`{ a , "b" ,c }`:     texts("a", "b", "c"),
		`{NULL,"NULL",null}`: texts("<null>", "NULL", "<null>"),
		`{NUL\L}`:            texts("NULL"),
		`{"a\"b","a\\b"}`:    texts(`a"b`, `a\b`),
		`{"\x",a\,b,\ a\ }`:  texts("x", "a,b", " a "),
		`{"","{}",","}`:      texts("", "{}", ","),
		"{\"a\nb\"}":         texts("a\nb"),
		`[0:1]={a,b}`:        texts("a", "b"),
		`[-3:-3]={a}`:        texts("a"),
	} {
		got, err := decodeArray(s)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("decodeArray(%s) = %v, %v, want %v", s, got, err, want)
		}
	}
}

func TestDecodeArrayErrors(t *testing.T) {
	for s, want := range map[string]string{
		``:                 "byte 1: no array",
		`a`:                "byte 1: no array",
		` {a}`:             "byte 1: no array",
		`x{a}`:             "byte 1: no array",
		`[0:1={a,b}`:       "byte 1: no array",
		`[x]={a}`:          "byte 1: no array",
		`{`:                "byte 2: the array is not terminated",
		`{a`:               "byte 3: the array is not terminated",
		`{a,`:              "byte 4: the array is not terminated",
		`{a,b`:             "byte 5: the array is not terminated",
		`{"a`:              "byte 4: the array is not terminated",
		`{"a"`:             "byte 5: the array is not terminated",
		`{"a\`:             "byte 5: the array is not terminated",
		`{a\`:              "byte 4: the array is not terminated",
		`{"a"b}`:           `byte 5: unexpected 'b' after an element`,
		`{a"b"}`:           `byte 3: unexpected '"' in an element`,
		`{a{b}}`:           `byte 3: unexpected '{' in an element`,
		`{a}b`:             `byte 4: unexpected 'b' after the array`,
		`{a}}`:             `byte 4: unexpected '}' after the array`,
		`{}{}`:             `byte 3: unexpected '{' after the array`,
		`{"a",}`:           "byte 6: an element is empty",
		`{,a}`:             "byte 2: an element is empty",
		`{a,,b}`:           "byte 4: an element is empty",
		`{{a},{b}}`:        "byte 2: arrays of more than one dimension",
		`{a,{b}}`:          "byte 4: arrays of more than one dimension",
		`[1:1][1:1]={{a}}`: "byte 1: no array",
	} {
		got, err := decodeArray(s)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("decodeArray(%s) = %v, %v, want an error with %q", s, got, err, want)
		}
	}
	if _, err := decodeArray("{{}}"); !errors.Is(err, errNestedArray) {
		t.Errorf("got %v, want %v", err, errNestedArray)
	}
}

func FuzzDecodeArray(f *testing.F) {
	for _, s := range []string{`{}`, `{a,NULL,"b\"c"}`, `[0:1]={a,b}`, `{"\\`, `{{a}}`, `{ a b , c }`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		elements, err := decodeArray(s)
		if err != nil {
			if elements != nil {
				t.Errorf("%q: elements %v together with error %v", s, elements, err)
			}
			return
		}
		again, err := decodeArray(encodeArray(elements))
		if err != nil || !slices.Equal(again, elements) {
			t.Errorf("%q: decoded %v, after a round trip %v, %v", s, elements, again, err)
		}
	})
}
