package reference

import (
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/describe"
)

func module() runtime.Module {
	return runtime.Module{
		Name: "clock",
		Doc:  "Time.",
		Funcs: []runtime.Func{
			{Name: "timer", Sig: "clock.timer(zone [, seconds…]) -> t | nil, err", Phase: runtime.AtStartup,
				Types: map[string]string{"zone": "zone|string"}, Doc: "Makes a timer. It waits."},
		},
		Classes: []runtime.Describer{
			&runtime.Class[int]{
				Name: "clock.Timer", Doc: "A timer.", Phase: runtime.InHandler,
				Methods: []runtime.Func{{Name: "stop", Sig: "t:stop(...)", Doc: "Stops it.", Since: "1.3"}},
				Attrs:   []runtime.Attr[int]{{Name: "left", Type: "number", Doc: "Seconds.", Set: func(*lua.LState, int, lua.LValue) {}}},
				Meta:    []runtime.Func{{Name: "__len", Sig: "#t -> number", Doc: "The same."}},
			},
			&runtime.Class[string]{Name: "zone", Doc: "A zone."},
		},
		Values: []runtime.Value{{Name: "clock.here", Type: "string", Doc: "Where we are."}},
	}
}

const wantPage = Notice + `# The clock

Time.

## clock.here

    clock.here: string

Where we are.

Since 1.0.

## clock.timer

    clock.timer(zone [, seconds…]) -> t | nil, err

Makes a timer. It waits.

| | type | |
|---|---|---|
| ¬zone¬ | ¬zone\|string¬ |  |
| ¬seconds¬ | ¬number¬ | may be left out, any number |
| returns ¬t¬ | ¬clock.Timer¬ | or nil |
| returns ¬err¬ | ¬string¬ | or nil |

Since 1.0. Only while the configuration is read. [More](more.md)

## Class clock.Timer

A timer. Here it is called ¬t¬.

### clock.Timer.left

    clock.Timer.left: number

Seconds.

Can be set. Since 1.0. Only while the handler of the mail runs.

### t:stop

    t:stop(...)

Stops it.

| | type | |
|---|---|---|
| ¬...¬ | ¬any¬ | any number |

Since 1.3. Only while the handler of the mail runs.

### #t

    #t -> number

The same.

| | type | |
|---|---|---|
| returns | ¬number¬ |  |

Since 1.0.

## Class zone

A zone.
`

const wantIndex = `
## [The clock](clock.md)

Time.

| | |
|---|---|
| [¬clock.here¬](clock.md#clockhere) | Where we are. |
| [¬clock.timer(zone, seconds, …)¬](clock.md#clocktimer) | Makes a timer. |
| [¬t:stop(...)¬](clock.md#tstop) | Stops it. |
| [¬clock.Timer.left¬](clock.md#clocktimerleft) | Seconds. |
`

func TestPages(t *testing.T) {
	c, err := describe.Collect(module())
	if err != nil {
		t.Fatal(err)
	}
	pages := Pages(c, Options{
		Title: func(m *describe.Module) string { return "The " + m.Name },
		More: func(name string) string {
			if name == "clock.timer" {
				return "more.md"
			}
			return ""
		},
	})
	code := strings.NewReplacer("¬", "`")
	if got := pages["clock.md"]; got != code.Replace(wantPage) {
		t.Errorf("page:\n%s", got)
	}
	if got := pages["README.md"]; !strings.HasPrefix(got, Notice+"# Reference\n") || !strings.HasSuffix(got, code.Replace(wantIndex)) {
		t.Errorf("index:\n%s", got)
	}
	if len(pages) != 3 || !strings.HasPrefix(pages["engine.md"], Notice+"# The engine\n") {
		t.Errorf("pages: %v", pages)
	}
}

func TestFirstSentence(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "One": "One", "One. Two.": "One.", "At 1. 5 o'clock. Done.": "At 1. 5 o'clock.", "e.g. this": "e.g. this", "End. ": "End. ",
	} {
		if got := firstSentence(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
