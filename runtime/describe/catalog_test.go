package describe

import (
	"fmt"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
)

func sampleClass() *runtime.Class[int] {
	return &runtime.Class[int]{
		Name:    "clock.Timer",
		Doc:     "A timer.",
		Phase:   runtime.InHandler,
		Methods: []runtime.Func{{Name: "stop", Sig: "t:stop() -> true | false, err", Doc: "Stops it."}},
		Attrs: []runtime.Attr[int]{{
			Name: "left", Type: "number", Doc: "Seconds.", Set: func(*lua.LState, int, lua.LValue) {},
		}},
		Meta: []runtime.Func{{Name: "__len", Sig: "#t -> number", Doc: "The same."}, {Name: "__eq"}},
	}
}

func sample() runtime.Module {
	return runtime.Module{
		Name: "clock",
		Doc:  "Time.",
		Funcs: []runtime.Func{
			{Name: "timer", Sig: "clock.timer(seconds [, {stale=}]) -> t | nil, err", Doc: "Makes a timer.", Since: "2.0", Phase: runtime.AtStartup},
			{Name: "at", Sig: "clock.at(header, fn) -> address, header", Doc: "Odd.", Types: map[string]string{"header": "table", "-> header": "integer"}},
		},
		Classes: []runtime.Describer{sampleClass()},
		Values:  []runtime.Value{{Name: "clock.zone", Type: "string", Doc: "Where we are."}},
	}
}

func TestCollect(t *testing.T) {
	c, err := Collect(sample())
	if err != nil {
		t.Fatal(err)
	}
	m := c.Modules[1]
	if m.Globals || !c.Modules[0].Globals || m.Values[0].Name != "clock.zone" {
		t.Errorf("modules: %+v, %+v", c.Modules[0], m)
	}
	class := m.Classes[0]
	if class.Variable != "t" || len(class.Methods) != 1 || len(class.Attrs) != 1 || len(class.Operators) != 1 {
		t.Errorf("class: %+v", class)
	}
	var got []string
	m.All(func(f *Function) {
		got = append(got, fmt.Sprintf("%s %v %v %s %s", f.Callee, f.Params, f.Returns, f.Since, f.Phase))
	})
	want := []string{
		"clock.timer [{seconds number false false} {options {stale?: number} true false}] [{t clock.Timer true false} {err string true false}] 2.0 Only while the configuration is read.",
		"clock.at [{header table false false} {fn function false false}] [{address address false false} {header integer false false}] 1.0 ",
		"t:stop [] [{ok boolean false false} {err string true false}] 1.0 Only while the handler of the mail runs.",
		"clock.Timer.left [] [] 1.0 Only while the handler of the mail runs.",
		"t [] [{number number false false}] 1.0 ",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
	if f := c.Find("t:stop"); f == nil || f.Doc != "Stops it." {
		t.Errorf("t:stop is %+v", f)
	}
	if f := c.Find("t:start"); f != nil {
		t.Errorf("t:start is %+v", f)
	}
	if attr := class.Attrs[0].Attr; attr.Type != "number" || !attr.Writable {
		t.Errorf("attribute: %+v", attr)
	}
}

func TestCollectErrors(t *testing.T) {
	tests := map[string]func(m *runtime.Module){
		"module clock has no description":                          func(m *runtime.Module) { m.Doc = "" },
		"clock.timer() has no description":                         func(m *runtime.Module) { m.Funcs[0] = runtime.Func{Name: "timer", Sig: "clock.timer()"} },
		`timer: signature "clock.timer(": a name expected`:         func(m *runtime.Module) { m.Funcs[0].Sig = "clock.timer(" },
		`timer: signature "": a name is expected at the beginning`: func(m *runtime.Module) { m.Funcs[0].Sig = "" },
		"the signature of timer calls it clock.time":               func(m *runtime.Module) { m.Funcs[0].Sig = "clock.time()" },
		`clock.timer(nonsense): nobody knows the type of "nonsense"; say it in Types`: func(m *runtime.Module) {
			m.Funcs[0].Sig = "clock.timer(nonsense)"
		},
		`clock.timer() -> {nonsense}: nobody knows`:                                func(m *runtime.Module) { m.Funcs[0].Sig = "clock.timer() -> {nonsense}" },
		`result {a b}: ',' or '}' expected`:                                        func(m *runtime.Module) { m.Funcs[0].Sig = "clock.timer() -> {a b}" },
		`value "clock.zone" of module clock: name, description or type is missing`: func(m *runtime.Module) { m.Values[0].Type = "" },
		"class clock.Timer has no description": func(m *runtime.Module) {
			c := sampleClass()
			c.Doc = ""
			m.Classes = []runtime.Describer{c}
		},
		"attribute clock.Timer.left has no type": func(m *runtime.Module) {
			c := sampleClass()
			c.Attrs[0].Type = ""
			m.Classes = []runtime.Describer{c}
		},
	}
	for want, change := range tests {
		m := sample()
		change(&m)
		if _, err := Collect(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
