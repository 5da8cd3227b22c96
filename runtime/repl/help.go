package repl

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/terminal"
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

// similar returns names that contain a part of a name.
func (h *helpIndex) similar(name string) []string {
	_, last, _ := cutLast(strings.ToLower(name))
	var names []string
	for _, t := range h.topics {
		if len(last) > 1 && strings.Contains(strings.ToLower(t.name), last) {
			names = append(names, t.name)
		}
	}
	return slices.Compact(names)
}

// cutLast cuts a name before its last part.
func cutLast(name string) (before, last string, ok bool) {
	i := strings.LastIndexAny(name, ".:")
	if i < 0 {
		return "", name, false
	}
	return name[:i], name[i+1:], true
}

// helpCommand is .help [NAME].
func (p *prompt) helpCommand(ctx context.Context, args []string) error {
	if len(args) == 0 {
		p.overview()
		return nil
	}
	if len(args) > 1 {
		return fmt.Errorf(".help takes one name")
	}
	name := strings.TrimSuffix(args[0], "()")
	for _, c := range commands() {
		if c.name == name {
			fmt.Fprintf(p.stdout, "%s\n    %s\n", strings.TrimSpace(c.name+" "+c.args), c.doc)
			return nil
		}
	}
	topics := p.help.find(name)
	if len(topics) == 0 {
		topics = p.help.find(p.className(ctx, name))
	}
	if _, last, ok := cutLast(name); ok && len(topics) == 0 {
		topics = p.help.find(last)
	}
	if len(topics) == 0 {
		return fmt.Errorf("there is no help for %s%s", name, suggestion(p.help.similar(name)))
	}
	for _, t := range topics {
		t.write(p.stdout, p.palette)
	}
	return nil
}

// maxSuggestions is how many similar names are shown.
const maxSuggestions = 8

func suggestion(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; there is: " + strings.Join(names[:min(len(names), maxSuggestions)], ", ")
}

// className replaces the object in a name by its class: "db:execute" becomes
// "pg.Connection:execute" if the variable db holds such an object.
func (p *prompt) className(ctx context.Context, name string) string {
	var class, member string
	_ = p.main(ctx, func(L *lua.LState) error {
		class = classOf(L, name)
		if before, last, ok := cutLast(name); ok && class == "" {
			class, member = classOf(L, before), "."+last
		}
		return nil
	})
	if class == "" {
		return name
	}
	return class + member
}

// classOf returns the class of the object that a variable holds, "" if it holds
// none.
func classOf(L *lua.LState, path string) string {
	if ud, ok := lookup(L, splitPath(path)).(*lua.LUserData); ok {
		return runtime.TypeName(ud)
	}
	return ""
}

func splitPath(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == ':' })
}

// overview lists commands, modules, functions and classes.
func (p *prompt) overview() {
	for _, c := range commands() {
		fmt.Fprintf(p.stdout, "%-11s %s\n", c.name, c.doc)
	}
	fmt.Fprintf(p.stdout, "\nmodules    %s\n", strings.Join(p.help.modules, " "))
	fmt.Fprintf(p.stdout, "functions  %s\n", strings.Join(p.help.globals, " "))
	fmt.Fprintln(p.stdout, "libraries  bit coroutine debug io jit math os package string table utf8")
	fmt.Fprintln(p.stdout, "Tab completes names. _ is the last value.")
}

// write writes a topic.
func (t topic) write(w io.Writer, p palette) {
	fmt.Fprintln(w, p.strong(t.sig))
	for _, line := range terminal.Wrap(t.doc, 76) {
		fmt.Fprintf(w, "    %s\n", line)
	}
	for _, member := range t.members {
		fmt.Fprintf(w, "    %s\n", member)
	}
}
