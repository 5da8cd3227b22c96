package luals

import (
	"testing"

	"qrelay/runtime"
	"qrelay/runtime/describe"
)

func module() runtime.Module {
	return runtime.Module{
		Name: "clock",
		Doc:  "Time.",
		Funcs: []runtime.Func{
			{Name: "timer", Sig: "clock.timer(seconds [, {stale=}]) -> t | nil, err", Phase: runtime.AtStartup,
				Doc: "Makes a timer, about which there is so much to say that it does not fit into a line."},
			{Name: "run", Sig: "clock.run(program, arg… [, {timeout=S}]) -> number", Doc: "Runs."},
			{Name: "span", Sig: "clock.span(start, end)", Doc: "Spans."},
			{Name: "times", Sig: "clock.times(address [, seconds], …) -> ...", Doc: "Many."},
			{Name: "pair", Sig: "clock.pair() -> number | string, nil | nothing", Doc: "Two."},
		},
		Classes: []runtime.Describer{
			&runtime.Class[int]{
				Name: "clock.Timer", Doc: "A timer.",
				Methods: []runtime.Func{{Name: "stop", Sig: "t:stop()", Doc: "Stops it."}},
				Attrs:   []runtime.Attr[int]{{Name: "left", Type: "number", Doc: "Seconds."}},
				Meta: []runtime.Func{
					{Name: "__len", Sig: "#t -> number", Doc: "The same."},
					{Name: "__call", Sig: "t(seconds) -> boolean", Doc: "Waits."},
				},
			},
			&runtime.Class[string]{Name: "zone", Doc: "A zone."},
		},
		Values: []runtime.Value{{Name: "here", Type: "here", Doc: "Where we are."}},
	}
}

const want = `---@meta
-- Generated from the descriptions in qrelay's source by "go generate ./docs".

---Time.
clock = {}

---A timer.
---@class clock.Timer
---@field left number Seconds.
---@operator len: integer
---@overload fun(seconds: number): boolean
local t = {}

---Stops it.
function t:stop() end

---A zone.
---@class zone

---Makes a timer, about which there is so much to say that it does not fit into a line. Only while
---the configuration is read.
---@param seconds number
---@param options? {stale?: number}
---@return clock.Timer? t
---@return string? err
function clock.timer(seconds, options) end

---Runs.
---@param program string
---@param arg? string|number
---@param ... string|number|{timeout?: number}
---@return number number
function clock.run(program, arg, ...) end

---Spans.
---@param start integer
---@param end_ integer
function clock.span(start, end_) end

---Many.
---@param address string|address
---@param ... any
---@return any ...
function clock.times(address, ...) end

---Two.
---@return (number|string)? number
---@return nil result
function clock.pair() end

---Where we are.
---@type here
here = nil

---@class here
`

func TestFiles(t *testing.T) {
	c, err := describe.Collect(module())
	if err != nil {
		t.Fatal(err)
	}
	files := Files(c)
	if got := files["clock.lua"]; got != want {
		t.Errorf("got\n%s", got)
	}
	if len(files) != 2 || files["engine.lua"] == "" {
		t.Errorf("files: %v", files)
	}
}
