package json

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"qrelay/runtime"
)

// benchText is an object of 4 KB with a bit of everything.
func benchText() string {
	var b strings.Builder
	b.WriteString(`{"id":4711,"sender":"sender@example.com","size":12345.5,"spam":false,"next":null,"recipients":[`)
	for i := range 30 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"address":"recipient%d@example.com","name":"Jürgen \"%d\" Müller","quota":%d,"used":%d.25,"active":%v,"tags":["a","b"]}`, i, i, i*1000, i, i%2 == 0)
	}
	b.WriteString(`]}`)
	return b.String()
}

func benchmarkLua(b *testing.B, loop string) {
	rt, err := runtime.New(runtime.Config{Modules: []runtime.Module{Module()}})
	if err != nil {
		b.Fatal(err)
	}
	defer rt.Close()
	if err := rt.DoString(b.Context(), "setup", fmt.Sprintf("text = [==[%s]==] value = json.parse(text)", benchText())); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(benchText())))
	b.ReportAllocs()
	b.ResetTimer()
	if err := rt.DoString(b.Context(), "bench", fmt.Sprintf("for i = 1, %d do %s end", b.N, loop)); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkParse(b *testing.B) {
	b.Run("lua", func(b *testing.B) { benchmarkLua(b, "json.parse(text)") })
	b.Run("encoding-json", func(b *testing.B) {
		text := []byte(benchText())
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			var v any
			if err := json.Unmarshal(text, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDump(b *testing.B) {
	b.Run("lua", func(b *testing.B) { benchmarkLua(b, "json.dump(value)") })
	b.Run("encoding-json", func(b *testing.B) {
		text := []byte(benchText())
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
