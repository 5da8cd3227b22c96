package repl

import (
	"context"
	"fmt"
	"io"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
	"qrelay/runtime/terminal"
)

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
