// Package man makes man pages of templates, of what programs print for --help,
// and of the descriptions of Lua functions. Whatever the programs say about their
// options is in the pages without being written twice.
package man

import (
	"fmt"
	"slices"
	"strings"
	"text/template"

	"qrelay/runtime/describe"
)

// A Source is what pages are made of.
type Source struct {
	// Help returns what a command line prints.
	Help func(args ...string) (string, error)
	// Catalog has the Lua functions.
	Catalog *describe.Catalog
}

// Render fills a template, in which these functions are known:
//
//	{{about "qrelay"}}            the paragraphs of a program's help
//	{{section "Flags" "qrelay"}}  a section of it
//	{{commands "qrelay"}}         the whole help of each of its commands
//	{{globals "qrelay"}}          the values and functions of a module
//	{{class "mail"}}              the attributes and methods of a class
//	{{modules}}                   all modules but the relay, with their functions
func (s Source) Render(name, text string) (string, error) {
	t, err := template.New(name).Funcs(template.FuncMap{
		"about": s.about, "section": s.section, "commands": s.commands,
		"globals": s.globals, "class": s.class, "modules": s.modules,
	}).Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, nil)
	return b.String(), err
}

func (s Source) blocks(command ...string) ([]Block, error) {
	text, err := s.Help(append(command, "--help")...)
	return ParseHelp(text), err
}

func (s Source) about(command ...string) (string, error) {
	blocks, err := s.blocks(command...)
	end := slices.IndexFunc(blocks, func(b Block) bool { return b.Title != "" })
	return Blocks(blocks[:max(end, 0)]), err
}

func (s Source) section(title string, command ...string) (string, error) {
	blocks, err := s.blocks(command...)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(blocks, func(b Block) bool { return b.Title == title })
	if i < 0 {
		return "", fmt.Errorf("the help of %s has no section %q", strings.Join(command, " "), title)
	}
	return Literal(blocks[i].Literal) + List(blocks[i].Items), nil
}

// commands leaves out those that every program has whose command line is read
// by cobra.
func (s Source) commands(program string) (string, error) {
	blocks, err := s.blocks(program)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, block := range blocks {
		if block.Title != "Available Commands" {
			continue
		}
		for _, item := range block.Items {
			if item.Term == "completion" || item.Term == "help" {
				continue
			}
			help, err := s.blocks(program, item.Term)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&b, ".SS %s %s\n%s", program, item.Term, Blocks(help))
		}
	}
	return b.String(), nil
}

func (s Source) globals(module string) (string, error) {
	i := slices.IndexFunc(s.Catalog.Modules, func(m *describe.Module) bool { return m.Name == module })
	if i < 0 {
		return "", fmt.Errorf("there is no module %q", module)
	}
	m := s.Catalog.Modules[i]
	var items []Item
	for _, v := range m.Values {
		items = append(items, Item{v.Name, sentences(v.Doc, v.Phase.String())})
	}
	for i, item := range functions(m.Functions) {
		item.Text = sentences(item.Text, m.Functions[i].Phase.String())
		items = append(items, item)
	}
	return List(items), nil
}

func (s Source) class(name string) (string, error) {
	for _, m := range s.Catalog.Modules {
		for _, c := range m.Classes {
			if c.Name == name {
				return List(append(functions(c.Attrs), functions(c.Methods)...)), nil
			}
		}
	}
	return "", fmt.Errorf("there is no class %q", name)
}

// functions describes functions, methods and attributes, but not when they may
// be used, which is the same for all members of a class.
func functions(all []*describe.Function) []Item {
	items := make([]Item, len(all))
	for i, f := range all {
		term := f.Sig
		if f.Attr != nil {
			term = f.Name
		}
		items[i] = Item{term, f.Doc}
	}
	return items
}

func (s Source) modules() string {
	var b strings.Builder
	for _, m := range s.Catalog.Modules {
		if m.Globals {
			continue
		}
		fmt.Fprintf(&b, ".SS %s\n%s", m.Name, line(m.Doc)+"\n")
		b.WriteString(List(functions(m.Functions)))
		for _, c := range m.Classes {
			b.WriteString(List(functions(slices.Concat(c.Attrs, c.Methods))))
		}
	}
	return b.String()
}

func sentences(parts ...string) string { return strings.TrimSpace(strings.Join(parts, " ")) }
