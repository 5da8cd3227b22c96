package dialect_test

import (
	"testing"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/dialect"
)

// benchmarks are loop bodies; each runs on plain gopher-lua and with the
// dialect.
var benchmarks = []struct{ name, setup, body string }{
	{"find plain", "local s = ('x'):rep(100) .. 'needle'", "s:find('needle', 1, true)"},
	{"find text", "local s = ('x'):rep(100) .. 'needle'", "s:find('needle')"},
	{"find class", "local s = ('x'):rep(100) .. '42'", "s:find('%d+')"},
	{"match address", "local s = 'user.name+tag@mail.example.com'", "s:match('^([^@]+)@([%w.-]+)$')"},
	{"match header", "local s = 'X-Spam-Status: Yes, score=12.3 required=5.0'", "s:match('score=([%d.]+)')"},
	{"match lazy", "local s = ('a'):rep(200) .. 'b'", "s:match('.-b')"},
	{"match anchored miss", "local s = ('a'):rep(200)", "s:match('^b')"},
	{"gmatch words", "local s = ('word '):rep(20)", "for w in s:gmatch('%a+') do end"},
	{"gsub text", "local s = ('a.b.'):rep(20)", "s:gsub('%.', '-')"},
	{"gsub function", "local s = ('ab '):rep(20)", "s:gsub('%a+', function(w) return w end)"},
	{"concat two", "local a, b = 'some', 'text'", "local c = a .. b"},
	{"concat five", "local a, b, n = 'some', 'text', 42", "local c = 'x' .. a .. b .. n .. 'y'"},
	{"pcall", "local f = function() end", "pcall(f)"},
	{"pcall error", "local f = function() error('x') end", "pcall(f)"},
	{"tostring integer", "", "tostring(12345)"},
	{"tostring fraction", "", "tostring(0.1)"},
	{"format", "", "string.format('%s=%d %5.2f', 'x', 42, 3.14159)"},
	{"pairs", "local t = {} for i = 1, 20 do t['k' .. i] = i end", "for k, v in pairs(t) do end"},
	{"ipairs", "local t = {} for i = 1, 20 do t[i] = i end", "for i, v in ipairs(t) do end"},
	{"sort", "local t = {} for i = 1, 50 do t[i] = i * 7919 % 101 end", "table.sort({unpack(t)})"},
	{"insert", "local t = {}", "table.insert(t, 1) table.remove(t)"},
	{"set and clear", "local t, k = {}, 'key'", "t[k] = 1 t[k] = nil"},
	{"next", "local t = {x = 1, y = 2}", "local k = next(t) k = next(t, k)"},
	{"swap", "local a, b = 1, 2", "a, b = b, a"},
}

func Benchmark(b *testing.B) {
	for _, bench := range benchmarks {
		src := bench.setup + "\nreturn function(n) for i = 1, n do " + bench.body + " end end"
		b.Run(bench.name+"/gopher", func(b *testing.B) {
			L := lua.NewState()
			defer L.Close()
			if err := L.DoString(src); err != nil {
				b.Fatal(err)
			}
			benchmark(b, L, L.Get(-1))
		})
		b.Run(bench.name+"/dialect", func(b *testing.B) {
			L := newState(b, dialect.Options{})
			fn, err := run(L, "=bench", src)
			if err != nil {
				b.Fatal(err)
			}
			benchmark(b, L, fn[0])
		})
	}
}

func benchmark(b *testing.B, L *lua.LState, fn lua.LValue) {
	b.ReportAllocs()
	L.Push(fn)
	L.Push(lua.LNumber(b.N))
	L.Call(1, 0)
}
