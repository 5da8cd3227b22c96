package runtime

import (
	"testing"

	lua "github.com/yuin/gopher-lua"
)

func TestCoroutines(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	for name, src := range map[string]string{
		"values": `
			local co = coroutine.create(function(a, b)
				assert(a == 1 and b == 2)
				local c, d = coroutine.yield(3, 4)
				assert(c == 5 and d == nil)
				return 6, 7
			end)
			local ok, x, y = coroutine.resume(co, 1, 2)
			assert(ok and x == 3 and y == 4 and coroutine.status(co) == 'suspended')
			ok, x, y = coroutine.resume(co, 5)
			assert(ok and x == 6 and y == 7 and coroutine.status(co) == 'dead')
			ok, x = coroutine.resume(co)
			assert(not ok and x == 'cannot resume dead coroutine')`,
		"arguments too many": `
			local co = coroutine.create(function() return 1 end, 'ignored')
			assert(coroutine.status(co, 'ignored') == 'suspended')
			assert(coroutine.wrap(function(...) return select('#', ...) end, 'ignored')(nil) == 1)
			assert(not pcall(coroutine.create) and not pcall(coroutine.status, 5))`,
		"status": `
			local outer
			outer = coroutine.create(function()
				assert(coroutine.status(outer) == 'running' and coroutine.running() == outer)
				coroutine.wrap(function()
					assert(coroutine.status(outer) == 'normal')
					local ok, e = coroutine.resume(outer)
					assert(not ok and e == 'cannot resume non-suspended coroutine', e)
				end)()
			end)
			assert(type(outer) == 'thread' and coroutine.status(outer) == 'suspended')
			assert(coroutine.resume(outer))
			assert(coroutine.running() == nil and not coroutine.isyieldable())`,
		"yield everywhere": `
			local function collect(f) local r = {} for v in coroutine.wrap(f) do r[#r + 1] = v end return table.concat(r, ' ') end
			local yield = coroutine.yield
			assert(collect(function() pcall(yield, 1) pcall(function() yield(2) error() end) yield(3) end) == '1 2 3')
			assert(collect(function() local t = setmetatable({}, {__index = function(_, k) return yield(k) end}) local _ = t.a, t.b end) == 'a b')
			assert(collect(function() table.sort({2, 1}, function(a, b) yield('s') return a < b end) end):find('^s'))
			assert(collect(function() ('ab'):gsub('.', yield) end) == 'a b')
			assert(collect(function() for v in function(_, v) return yield(v or 'first') end do end end) == 'first')
			assert(collect(function() return yield('tail') end) == 'tail')`,
		"errors": `
			local co = coroutine.create(function() error({code = 5}) end)
			local ok, e = coroutine.resume(co)
			assert(not ok and e.code == 5 and coroutine.status(co) == 'dead')
			ok, e = pcall(coroutine.wrap(function() error('x', 0) end))
			assert(not ok and e == 'x')
			ok, e = pcall(function() coroutine.wrap(function() local t = {} t.x.y = 1 end)() end)
			assert(e == "test:7: test:7: attempt to index field 'x' (a nil value)", e)
			local once = coroutine.wrap(function() end) once()
			ok, e = pcall(function() once() end)
			assert(e == 'test:10: cannot resume dead coroutine', e)
			ok, e = pcall(function() coroutine.wrap(error)({}) end)
			assert(type(e) == 'table')
			ok, e = pcall(coroutine.yield)
			assert(not ok and e:find('outside a coroutine'), e)
			assert(not pcall(coroutine.create)) assert(not pcall(coroutine.create, 1)) assert(not pcall(coroutine.resume, {}))`,
		"wait inside": `
			local f = coroutine.wrap(function() sleep(0.001) coroutine.yield(1) sleep(0.001) return 2 end)
			assert(f() == 1 and f() == 2)`,
		"deep": `
			local function nest(n) if n == 0 then return 'bottom' end return coroutine.wrap(nest)(n - 1) end
			assert(nest(500) == 'bottom')`,
	} {
		t.Run(name, func(t *testing.T) { script(t, rt, src) })
	}
}

func TestGeneratorOfTheMainProgramServesTasks(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	script(t, rt, "local n = 0 local gen = coroutine.wrap(function() while true do n = n + 1 pcall(coroutine.yield, n) end end) function next_id() sleep(0) return gen() end")
	for want := range 3 {
		if got, err := call(rt, t.Context(), "next_id"); err != nil || got != lua.LNumber(want+1) {
			t.Errorf("got %v, %v; want %d", got, err, want+1)
		}
	}
}

func TestAbandonedCoroutinesEndWithTheirTask(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	script(t, rt, `
		function make()
			kept = coroutine.create(function() while true do pcall(coroutine.yield) end end)
			coroutine.resume(kept)
			coroutine.wrap(function() coroutine.yield() end)()
			coroutine.create(function() end)
		end`)
	if _, err := call(rt, t.Context(), "make"); err != nil {
		t.Fatal(err)
	}
	script(t, rt, "assert(coroutine.status(kept) == 'dead') local ok, e = coroutine.resume(kept) assert(not ok and e:find('dead'))")
	rt.turn.take(nil)
	defer rt.turn.give()
	if rt.coroutines != 0 {
		t.Errorf("%d coroutines are left", rt.coroutines)
	}
}

func TestCoroutinesAreCapped(t *testing.T) {
	rt := newTestRuntime(t, Config{MaxCoroutines: 10})
	script(t, rt, `
		function f()
			local kept = {}
			for i = 1, 11 do
				kept[i] = coroutine.create(coroutine.yield)
				local ok, e = coroutine.resume(kept[i])
				assert(ok == (i <= 10), i)
				if not ok then assert(e:find('too many coroutines'), e) end
			end
			return 1
		end`)
	for range 2 {
		if _, err := call(rt, t.Context(), "f"); err != nil {
			t.Error(err)
		}
	}
}

func TestTaskYieldsAndIsResumed(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	script(t, rt, `
		function handler()
			waiting = coroutine.running()
			local got = coroutine.yield(1)
			pcall(function() got = got .. coroutine.yield(2) end)
			sleep(0)
			waiting = nil
			return got
		end
		function resume(v)
			if not waiting or coroutine.status(waiting) ~= 'suspended' then return 'not yet' end
			local results = {coroutine.resume(waiting, v)}
			return #results .. tostring(results[1]) .. tostring(results[2])
		end`)
	done := make(chan lua.LValue)
	go func() {
		v, err := call(rt, t.Context(), "handler")
		if err != nil {
			t.Error(err)
		}
		done <- v
	}()
	for _, step := range []struct{ send, want string }{{"a", "2true2"}, {"b", "1truenil"}} {
		eventually(t, "resume "+step.send, func() bool {
			got, err := call(rt, t.Context(), "resume", lua.LString(step.send))
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != "not yet" && got.String() != step.want {
				t.Fatalf("resume returned %v, want %s", got, step.want)
			}
			return got.String() == step.want
		})
	}
	if got := <-done; got.String() != "ab" {
		t.Errorf("handler returned %v, want ab", got)
	}
}

func TestThreadOfAnEndedTaskStaysDead(t *testing.T) {
	rt := newTestRuntime(t, Config{})
	script(t, rt, "function f() kept = coroutine.running() end function g() return coroutine.status(kept) .. tostring(kept == coroutine.running()) end")
	if _, err := call(rt, t.Context(), "f"); err != nil {
		t.Fatal(err)
	}
	if got, err := call(rt, t.Context(), "g"); err != nil || got.String() != "deadfalse" {
		t.Errorf("got %v, %v; want dead and another thread", got, err)
	}
}

func BenchmarkCoroutineSwitch(b *testing.B) {
	rt := newTestRuntime(b, Config{})
	script(b, rt, "function f(n) local g = coroutine.wrap(function() while true do coroutine.yield() end end) for i = 1, n do g() end end")
	b.ReportAllocs()
	if _, err := call(rt, b.Context(), "f", lua.LNumber(b.N)); err != nil {
		b.Fatal(err)
	}
}
