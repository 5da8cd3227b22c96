package limiter

import (
	"math"
	"os"
	"regexp"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/luatest"
)

// withClock returns the module with a clock that only the function
// advance(seconds) of the scripts moves.
func withClock() []runtime.Module {
	var now time.Duration
	advance := func(L *lua.LState) int {
		now += time.Duration(runtime.Number(L, 1) * float64(time.Second))
		return 0
	}
	return []runtime.Module{newModule(func(*lua.LState) time.Duration { return now }), {
		Name: "clock",
		Open: func(rt *runtime.Runtime, L *lua.LState) lua.LValue {
			rt.SetGlobals(L, []runtime.Func{{Name: "advance", Fn: advance}})
			return nil
		},
	}}
}

func TestLua(t *testing.T) { luatest.Run(t, withClock()) }

// With the clock of the daemon, sleeping for as long as allow says is enough.
func TestRealClock(t *testing.T) {
	luatest.RunChunk(t, "=real", `
		local l = limiter.new{rate = 300, burst = 1}
		for _ = 1, 20 do
			local ok, seconds = l:allow('k')
			if not ok then
				assert(seconds > 0 and seconds <= 1 / 300, seconds)
				sleep(seconds)
				assert(l:allow('k'))
			end
		end
		assert(l:peek('k') < 1.1)`, []runtime.Module{Module()})
}

// The recipe of the manual does what it says, for a user and for others.
func TestRecipe(t *testing.T) {
	page, err := os.ReadFile("../../docs/modules/limiter.md")
	if err != nil {
		t.Fatal(err)
	}
	recipe := regexp.MustCompile("(?s)```lua\n([^`]*function handler.*?)```").FindSubmatch(page)
	if recipe == nil {
		t.Fatal("the manual has no recipe")
	}
	luatest.RunChunk(t, "=recipe", string(recipe[1])+`
		local function mail(uid, recipients)
			return {
				uid = uid, recipients = recipients, sender = 'a@example.com',
				connect = function() return 'relayed' end,
				reject = function(_, text) return text end,
			}
		end
		local few, many = {'b@example.com'}, {}
		for i = 1, 301 do many[i] = i .. '@example.com' end
		for _ = 1, 100 do assert.eq(handler(mail(1000, few)), 'relayed') end
		assert.contains(handler(mail(1000, few)), 'too many mails')
		assert.eq(handler(mail(1001, few)), 'relayed')
		assert.eq(handler(mail(nil, few)), 'relayed')
		assert.eq(handler(mail(0, few)), 'relayed')
		assert.contains(handler(mail(1002, many)), 'too many')
		advance(36)
		assert.eq(handler(mail(1000, few)), 'relayed')
		assert.contains(handler(mail(1000, few)), 'too many mails')
		`, withClock())
}

func TestSeconds(t *testing.T) {
	for _, d := range []time.Duration{0, 1, 3, 333_333_333, time.Hour + 1, 123456789012345678} {
		s := seconds(d)
		if time.Duration(s*1e9) < d || s > d.Seconds()*(1+1e-15)+1e-15 {
			t.Errorf("%d ns are %v seconds", d, s)
		}
	}
	if !math.IsInf(seconds(forever), 1) {
		t.Error("forever is not math.huge")
	}
}
