package describe

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// vocabulary says what the names in signatures stand for. A name means the same
// in all modules; see [Collect] for the exceptions.
func vocabulary() map[string]string {
	words := map[string]string{}
	for kind, names := range map[string]string{
		"string": "account arg ciphertext cgroup conninfo controller data err filesystem hex id listener message mountpoint name " +
			"partition path payload peer pk program root schema sender signature site sk source sql string tag text token type body",
		"number":  "burst n number per rate seconds stale timeout tokens ttl wait_timeout query_timeout",
		"integer": "bytes capacity end gid max_connections max_result_size pid size start uid",
		"boolean": "boolean prepare",
	} {
		for name := range strings.FieldsSeq(names) {
			words[name] = kind
		}
	}
	for name, kind := range map[string]string{
		"...":           "any",
		"results of fn": "any",
		"address":       "string|address",
		"arg":           "string|number",
		"decision":      "table",
		"env":           "table<string, string|number>",
		"fn":            "function",
		"handler":       "fun(m: mail): action",
		"headers":       "table<string, string>",
		"header":        "string",
		"iterator":      "fun(): table?",
		"key":           "string|number",
		"mounts":        "table",
		"params":        "table",
		"recipients":    "string|string[]",
		"table":         "table",
		"value":         "any",
		"xattr":         "table",
	} {
		words[name] = kind
	}
	return words
}

// A resolver finds types within one module.
type resolver struct {
	catalog *Catalog
	module  *Module
	words   map[string]string
}

// resolve finds the types of all parameters and results of a module.
func (c *Catalog) resolve(m *Module) error {
	r := resolver{c, m, vocabulary()}
	var errs []error
	m.All(func(f *Function) {
		for _, p := range f.Signature.Params {
			t, err := r.param(f, p)
			f.Params = append(f.Params, Typed{p.Name, t, p.Optional, p.Rest})
			errs = append(errs, err)
		}
		errs = append(errs, r.results(f))
	})
	return errors.Join(errs...)
}

func (r resolver) param(f *Function, p Param) (string, error) {
	if t, ok := f.Types[p.Name]; ok {
		return t, nil
	}
	switch {
	case p.Fields != nil:
		return r.fields(f, p.Fields)
	case slices.Contains(p.Literals, "true"):
		return "boolean", nil
	case p.Literals != nil:
		return strings.Join(p.Literals, "|"), nil
	}
	return r.word(f, p.Name)
}

// fields returns the type of a table of options.
func (r resolver) fields(f *Function, fields []Param) (string, error) {
	var texts []string
	var errs []error
	for _, field := range fields {
		t, err := r.param(f, field)
		texts = append(texts, field.Name+"?: "+t)
		errs = append(errs, err)
	}
	return "{" + strings.Join(texts, ", ") + "}", errors.Join(errs...)
}

// word returns the type that a name stands for: objects of the module, then the
// vocabulary, then all classes.
func (r resolver) word(f *Function, name string) (string, error) {
	if class, ok := r.module.objects[name]; ok {
		return class, nil
	}
	if t, ok := r.words[name]; ok {
		return t, nil
	}
	if r.catalog.classes[name] {
		return name, nil
	}
	return "any", fmt.Errorf("%s: nobody knows the type of %q; say it in Types", f.Sig, name)
}

// results merges the alternatives of what a function returns: the types of each
// position, "?" if it may be missing.
func (r resolver) results(f *Function) error {
	var errs []error
	longest := 0
	for _, values := range f.Results {
		longest = max(longest, len(values))
	}
	for i := range longest {
		typed, err := r.result(f, i)
		f.Returns = append(f.Returns, typed)
		errs = append(errs, err)
		if typed.Rest {
			break
		}
	}
	return errors.Join(errs...)
}

func (r resolver) result(f *Function, position int) (Typed, error) {
	var out Typed
	var types []string
	var errs []error
	for _, values := range f.Results {
		if position >= len(values) || values[position] == "nil" {
			out.Optional = true
			continue
		}
		t, name, err := r.value(f, values[position])
		errs = append(errs, err)
		if !slices.Contains(types, t) {
			types = append(types, t)
		}
		if out.Name == "" {
			out.Name = name
		}
		out.Rest = out.Rest || name == "..."
	}
	out.Type = strings.Join(types, "|")
	if types == nil {
		out.Type, out.Optional = "nil", false
	}
	if slices.Contains(types, "true") && slices.Contains(types, "false") {
		out.Type = "boolean"
	}
	return out, errors.Join(errs...)
}

// value returns type and name of one result.
func (r resolver) value(f *Function, text string) (kind, name string, err error) {
	switch {
	case text == "true" || text == "false":
		return text, "ok", nil
	case text == "..." || text == "results of fn":
		return "any", "...", nil
	case strings.HasPrefix(text, "{"):
		p := &parser{text: text[1:]}
		fields := p.params("}", true)
		if p.err != nil {
			return "table", "", fmt.Errorf("%s: result %s: %w", f.Sig, text, p.err)
		}
		kind, err = r.fields(f, fields)
		return strings.ReplaceAll(kind, "?:", ":"), "", err
	}
	kind, err = r.named(f, text)
	return kind, text, err
}

// named returns the type of a result. One that is called like a class is such an
// object.
func (r resolver) named(f *Function, name string) (string, error) {
	if t, ok := f.Types["-> "+name]; ok {
		return t, nil
	}
	if r.catalog.classes[name] && r.module.objects[name] == "" {
		return name, nil
	}
	return r.word(f, name)
}
