// Package reference makes the reference pages of the manual.
package reference

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"qrelay/runtime"
	"qrelay/runtime/describe"
)

// Notice stands at the top of each page.
const Notice = "<!-- Generated from the descriptions in the source by \"go generate ./docs\". -->\n"

// Options say what surrounds the pages.
type Options struct {
	// Title returns the title of a module's page.
	Title func(m *describe.Module) string
	// More returns a link to where a function is described with examples, or
	// nothing. name is what the function's signature begins with, or the name
	// of a value.
	More func(name string) string
}

// Pages returns the text of all pages by file name: one for each module, and
// README.md as the index.
func Pages(c *describe.Catalog, o Options) map[string]string {
	pages := map[string]string{"README.md": index(c, o)}
	for _, m := range c.Modules {
		pages[m.Name+".md"] = page(m, o)
	}
	return pages
}

// index lists everything with its first sentence.
func index(c *describe.Catalog, o Options) string {
	var b strings.Builder
	b.WriteString(Notice + "# Reference\n\nEverything that qrelay adds to Lua, in one line each. Standard Lua is described in " +
		"[Programming in Lua](https://www.lua.org/pil/1.html) and the [Lua manual](https://www.lua.org/manual/5.1/).\n")
	for _, m := range c.Modules {
		fmt.Fprintf(&b, "\n## [%s](%s.md)\n\n%s\n\n| | |\n|---|---|\n", o.Title(m), m.Name, m.Doc)
		for _, v := range m.Values {
			row(&b, m, v.Name, v.Name, v.Doc)
		}
		m.All(func(f *describe.Function) {
			if !strings.HasPrefix(f.Name, "__") {
				row(&b, m, f.Callee, code(f), f.Doc)
			}
		})
	}
	return b.String()
}

// code is how a function is shown in the index: without its options.
func code(f *describe.Function) string {
	if !f.Call {
		return f.Callee
	}
	var names []string
	for _, p := range f.Params {
		name := p.Name
		if p.Rest && name != "..." {
			name += ", …"
		}
		names = append(names, name)
	}
	return f.Callee + "(" + strings.Join(names, ", ") + ")"
}

func row(b *strings.Builder, m *describe.Module, name, code, doc string) {
	fmt.Fprintf(b, "| [`%s`](%s.md#%s) | %s |\n", code, m.Name, Anchor(name), cell(firstSentence(doc)))
}

// firstSentence cuts text behind its first full stop that ends a sentence.
func firstSentence(text string) string {
	for i := range text {
		if strings.HasPrefix(text[i:], ". ") && len(text) > i+2 && text[i+2] >= 'A' && text[i+2] <= 'Z' {
			return text[:i+1]
		}
	}
	return text
}

// cell makes text fit into a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// Anchor is what GitHub makes of a heading that is a name.
func Anchor(name string) string {
	return strings.Map(func(c rune) rune {
		if c == '.' || c == ':' || c == '#' {
			return -1
		}
		return c
	}, strings.ToLower(name))
}

func page(m *describe.Module, o Options) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s# %s\n\n%s\n", Notice, o.Title(m), m.Doc)
	for _, v := range m.Values {
		fmt.Fprintf(&b, "\n## %s\n\n    %s: %s\n\n%s\n\n%s\n", v.Name, v.Name, v.Type, v.Doc, facts(v.Since, v.Phase, o.More(v.Name)))
	}
	for _, f := range m.Functions {
		function(&b, "##", f, o)
	}
	for _, c := range m.Classes {
		if len(c.Methods)+len(c.Attrs) == 0 {
			fmt.Fprintf(&b, "\n## Class %s\n\n%s\n", c.Name, c.Doc)
			continue
		}
		fmt.Fprintf(&b, "\n## Class %s\n\n%s Here it is called `%s`.\n", c.Name, c.Doc, c.Variable)
		for _, f := range slices.Concat(c.Attrs, c.Methods, c.Operators) {
			function(&b, "###", f, o)
		}
	}
	return b.String()
}

// function writes about a function, method, attribute or operator.
func function(b *strings.Builder, level string, f *describe.Function, o Options) {
	heading, signature := f.Callee, f.Sig
	if f.Attr != nil {
		signature += ": " + f.Attr.Type
	}
	if strings.HasPrefix(f.Name, "__") {
		heading = strings.SplitN(f.Sig, " ->", 2)[0]
	}
	fmt.Fprintf(b, "\n%s %s\n\n    %s\n\n%s\n", level, heading, signature, f.Doc)
	types(b, f)
	facts := facts(f.Since, f.Phase, o.More(f.Callee))
	if f.Attr != nil && f.Attr.Writable {
		facts = "Can be set. " + facts
	}
	fmt.Fprintf(b, "\n%s\n", facts)
}

// types writes the types of parameters and results.
func types(b *strings.Builder, f *describe.Function) {
	if len(f.Params)+len(f.Returns) == 0 {
		return
	}
	b.WriteString("\n| | type | |\n|---|---|---|\n")
	for _, p := range f.Params {
		notes := []string{}
		if p.Optional {
			notes = append(notes, "may be left out")
		}
		if p.Rest {
			notes = append(notes, "any number")
		}
		fmt.Fprintf(b, "| `%s` | `%s` | %s |\n", p.Name, cell(p.Type), strings.Join(notes, ", "))
	}
	for _, r := range f.Returns {
		name := "returns"
		if r.Name != "" && r.Name != "..." && r.Name != r.Type {
			name += " `" + r.Name + "`"
		}
		note := ""
		switch {
		case r.Rest:
			note = "any number"
		case r.Optional:
			note = "or nil"
		}
		fmt.Fprintf(b, "| %s | `%s` | %s |\n", name, cell(r.Type), note)
	}
}

// facts tells since when something exists, when it may be used, and where more
// about it stands.
func facts(since string, phase runtime.Phase, more string) string {
	text := "Since " + cmp.Or(since, describe.FirstVersion) + "."
	if phase != runtime.Anytime {
		text += " " + phase.String()
	}
	if more != "" {
		text += " [More](" + more + ")"
	}
	return text
}
