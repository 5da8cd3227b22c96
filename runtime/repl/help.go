package repl

import (
	_ "embed"
	"slices"
	"strings"

	"qrelay/runtime"
	"qrelay/runtime/spelling"
)

// stdlib describes the functions of the standard libraries, a line each:
// signature # description.
//
//go:embed stdlib.txt
var stdlib string

// A topic is what .help knows about one name.
type topic struct {
	name     string // "sodium.hex2bin", "pg", "mail.sender", "socket:send"
	sig, doc string
	members  []string // of a module or class
}

// A helpIndex knows all topics.
type helpIndex struct {
	topics  []topic
	modules []string
	globals []string // functions of the engine
	classes map[string][]runtime.Func
}

func newHelpIndex(modules []runtime.Module) *helpIndex {
	h := &helpIndex{classes: map[string][]runtime.Func{}}
	for _, f := range runtime.Descriptions() {
		h.add(f.Name, f)
		if !strings.Contains(f.Name, ".") {
			h.globals = append(h.globals, f.Name)
		}
	}
	for _, class := range runtime.BuiltinClasses() {
		h.addClass(class)
	}
	for _, m := range modules {
		h.addModule(m)
	}
	h.addStandard()
	slices.SortStableFunc(h.topics, func(a, b topic) int { return strings.Compare(a.name, b.name) })
	return h
}

func (h *helpIndex) add(name string, f runtime.Func) {
	h.topics = append(h.topics, topic{name: name, sig: f.Sig, doc: join(f.Doc, f.Phase)})
}

// join adds to a description when the thing may be used.
func join(doc string, phase runtime.Phase) string {
	return strings.TrimSpace(doc + " " + phase.String())
}

// addModule adds a module, its functions, and its classes.
func (h *helpIndex) addModule(m runtime.Module) {
	var members []string
	for _, f := range m.Funcs {
		members = append(members, f.Sig)
		h.add(signatureName(f.Sig), f)
	}
	for _, v := range m.Values {
		members = append(members, v.Name)
		h.topics = append(h.topics, topic{name: v.Name, sig: v.Name + " (" + v.Type + ")", doc: join(v.Doc, v.Phase)})
	}
	for _, class := range m.Classes {
		h.addClass(class)
		members = append(members, "class "+class.ClassName())
	}
	h.modules = append(h.modules, m.Name)
	h.topics = append(h.topics, topic{name: m.Name, sig: "module " + m.Name, doc: m.Doc, members: members})
}

func (h *helpIndex) addClass(class runtime.Describer) {
	name := class.ClassName()
	var members []string
	for _, f := range class.Members() {
		members = append(members, f.Sig)
		h.add(name+separator(f)+f.Name, f)
	}
	for _, f := range class.Operators() {
		members = append(members, f.Sig)
	}
	h.classes[name] = class.Members()
	h.topics = append(h.topics, topic{name: name, sig: "class " + name, doc: class.ClassDoc(), members: members})
}

// separator is what stands between an object and its member.
func separator(f runtime.Func) string {
	if f.Fn == nil {
		return "."
	}
	return ":"
}

// addStandard adds the standard libraries, of which the engine has made that of
// coroutines anew.
func (h *helpIndex) addStandard() {
	libraries := map[string][]string{}
	for _, f := range runtime.Descriptions() {
		if library, _, ok := strings.Cut(f.Name, "."); ok {
			libraries[library] = append(libraries[library], f.Sig)
		}
	}
	for line := range strings.Lines(stdlib) {
		sig, doc, _ := strings.Cut(strings.TrimSpace(line), " # ")
		name := signatureName(sig)
		h.topics = append(h.topics, topic{name: name, sig: sig, doc: doc})
		if library, _, ok := strings.Cut(strings.ReplaceAll(name, ":", "."), "."); ok {
			libraries[library] = append(libraries[library], sig)
		}
	}
	for name, members := range libraries {
		h.topics = append(h.topics, topic{name: name, sig: "library " + name, members: members})
	}
}

// signatureName returns the name in a signature, "socket:connect" of
// "socket:connect(address) -> socket".
func signatureName(sig string) string {
	return sig[:span(sig, func(c byte) bool { return isNamePart(c) || c == '.' || c == ':' })]
}

// find returns the topics of a name: those that are called so, by themselves or
// in their signature, or else all whose last part is.
func (h *helpIndex) find(name string) []topic {
	wanted := strings.ReplaceAll(name, ":", ".")
	var exact, last []topic
	for _, t := range h.topics {
		known := strings.ReplaceAll(t.name, ":", ".")
		switch {
		case known == wanted, strings.ReplaceAll(signatureName(t.sig), ":", ".") == wanted:
			exact = append(exact, t)
		case strings.HasSuffix(known, "."+wanted):
			last = append(last, t)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return last
}

// similar returns names that contain the last part of a name, or else those
// whose last part is spelt nearly like it.
func (h *helpIndex) similar(name string) []string {
	_, last, _ := cutLast(strings.ToLower(name))
	var within, near []string
	for _, t := range h.topics {
		known := strings.ToLower(t.name)
		_, knownLast, _ := cutLast(known)
		switch {
		case len(last) > 1 && strings.Contains(known, last):
			within = append(within, t.name)
		case spelling.Near(last, knownLast):
			near = append(near, t.name)
		}
	}
	if len(within) == 0 {
		return slices.Compact(near)
	}
	return slices.Compact(within)
}

// cutLast cuts a name before its last part.
func cutLast(name string) (before, last string, ok bool) {
	i := strings.LastIndexAny(name, ".:")
	if i < 0 {
		return "", name, false
	}
	return name[:i], name[i+1:], true
}
