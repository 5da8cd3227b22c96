// Package luals makes definition files for the Lua language server
// (https://luals.github.io), with which editors complete and check policies.
package luals

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"qrelay/runtime/describe"
)

// lineWidth is where comments are broken.
const lineWidth = 96

// Files returns the text of the definition files by name, one for each module.
func Files(c *describe.Catalog) map[string]string {
	files := map[string]string{}
	for _, m := range c.Modules {
		files[m.Name+".lua"] = file(m)
	}
	return files
}

// writer collects the lines of a file.
type writer struct{ strings.Builder }

func (w *writer) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

// comment writes text, broken into lines.
func (w *writer) comment(text string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+len(word) >= lineWidth {
			w.line("---%s", line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	w.line("---%s", line)
}

func file(m *describe.Module) string {
	w := &writer{}
	w.line("---@meta")
	w.line("-- Generated from the descriptions in qrelay's source by \"go generate ./docs\".")
	if !m.Globals {
		w.line("")
		w.comment(m.Doc)
		w.line("%s = {}", m.Name)
	}
	for _, c := range m.Classes {
		w.class(c)
	}
	tables := map[string]bool{m.Name: true}
	for _, f := range m.Functions {
		if table, _ := f.Receiver(); m.Globals && table != "" && !tables[table] {
			w.line("\n%s = {}", table) // or what is there already, such as assert, gets these members
			tables[table] = true
		}
		w.function(f)
	}
	for _, v := range m.Values {
		w.line("")
		w.comment(v.Doc + " " + v.Phase.String())
		w.line("---@type %s", v.Type)
		w.line("%s = nil", v.Name)
		if v.Type == v.Name { // a class that exists for this one value
			w.line("")
			w.line("---@class %s", v.Type)
		}
	}
	return w.String()
}

func (w *writer) class(c *describe.Class) {
	w.line("")
	w.comment(c.Doc)
	w.line("---@class %s", c.Name)
	for _, f := range c.Attrs {
		w.line("---@field %s %s %s", f.Name, f.Attr.Type, f.Doc)
	}
	for _, f := range c.Operators {
		switch f.Name {
		case "__call":
			w.line("---@overload fun(%s)%s", signature(f), results(f))
		case "__len":
			w.line("---@operator len: integer")
		}
	}
	if len(c.Methods) == 0 {
		return
	}
	w.line("local %s = {}", c.Variable)
	for _, f := range c.Methods {
		w.function(f)
	}
}

func (w *writer) function(f *describe.Function) {
	w.line("")
	w.comment(f.Doc + " " + f.Phase.String())
	for i, p := range f.Params {
		if p.Rest {
			w.rest(f.Params[i:])
			break
		}
		optional := ""
		if p.Optional {
			optional = "?"
		}
		w.line("---@param %s%s %s", variable(p.Name), optional, p.Type)
	}
	for _, r := range f.Returns {
		w.line("---@return %s %s", result(r), cmp.Or(variable(r.Name), "result"))
	}
	w.line("function %s(%s) end", f.Callee, strings.Join(names(f), ", "))
}

// rest declares a parameter that may be repeated, and those that follow it: they
// have no place of their own then.
func (w *writer) rest(params []describe.Typed) {
	p := params[0]
	if hasPlace(p) {
		w.line("---@param %s? %s", variable(p.Name), p.Type)
	}
	var types []string
	for _, p := range params {
		types = append(types, p.Type)
	}
	if p.Optional { // it may be repeated with what comes before it
		types = []string{"any"}
	}
	w.line("---@param ... %s", strings.Join(types, "|"))
}

// hasPlace tells whether the first of several values is a variable of its own.
func hasPlace(p describe.Typed) bool { return p.Name != "..." && !p.Optional }

// names are the names of the parameters in a declaration.
func names(f *describe.Function) []string {
	var all []string
	for _, p := range f.Params {
		if !p.Rest || hasPlace(p) {
			all = append(all, variable(p.Name))
		}
		if p.Rest {
			return append(all, "...")
		}
	}
	return all
}

// signature and results are a function as a type.
func signature(f *describe.Function) string {
	var all []string
	for _, p := range f.Params {
		all = append(all, variable(p.Name)+": "+p.Type)
	}
	return strings.Join(all, ", ")
}

func results(f *describe.Function) string {
	var all []string
	for _, r := range f.Returns {
		all = append(all, result(r))
	}
	if all == nil {
		return ""
	}
	return ": " + strings.Join(all, ", ")
}

func result(r describe.Typed) string {
	switch {
	case r.Rest:
		return "any"
	case r.Optional && r.Type != "any":
		if strings.ContainsAny(r.Type, "|(") {
			return "(" + r.Type + ")?"
		}
		return r.Type + "?"
	}
	return r.Type
}

// variable makes a name one that a variable can have.
func variable(name string) string {
	if slices.Contains([]string{"end", "function", "nil", "true", "false", "repeat", "local"}, name) {
		return name + "_"
	}
	return name
}
