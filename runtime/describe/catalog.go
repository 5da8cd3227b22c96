package describe

import (
	"errors"
	"fmt"
	"strings"

	"qrelay/runtime"
)

// FirstVersion is the version of what does not say since when it exists.
const FirstVersion = "1.0"

// A Catalog is everything that scripts can use.
type Catalog struct {
	Modules []*Module
	classes map[string]bool // by name
}

// A Module is a global table, or a group of globals.
type Module struct {
	Name, Doc string
	// Globals is set if the functions are globals instead of members.
	Globals   bool
	Values    []runtime.Value
	Functions []*Function
	Classes   []*Class
	objects   map[string]string // what signatures call the objects → class
}

// A Class is a type of objects.
type Class struct {
	Name, Doc string
	// Variable is what signatures call such an object.
	Variable  string
	Methods   []*Function
	Attrs     []*Function
	Operators []*Function
}

// A Function is a function, method, attribute or operator.
type Function struct {
	runtime.Func
	Signature
	// Params hides that of Signature.
	Params []Typed
	// Returns are the results, one entry for all alternatives of each.
	Returns []Typed
}

// A Typed is a parameter or result with its type.
type Typed struct {
	Name, Type     string
	Optional, Rest bool
}

// Collect takes the descriptions of the modules, and the engine's own, together.
// The error names all that lack something.
func Collect(modules ...runtime.Module) (*Catalog, error) {
	engine := runtime.Module{
		Name:    "engine",
		Doc:     "Functions of the Lua engine itself.",
		Funcs:   runtime.Builtins(),
		Classes: runtime.BuiltinClasses(),
	}
	c := &Catalog{classes: map[string]bool{}}
	var errs []error
	for _, m := range append([]runtime.Module{engine}, modules...) {
		module, err := c.module(m)
		errs = append(errs, err)
		c.Modules = append(c.Modules, module)
	}
	for _, m := range c.Modules {
		errs = append(errs, c.resolve(m))
	}
	return c, errors.Join(errs...)
}

// module takes signatures apart.
func (c *Catalog) module(m runtime.Module) (*Module, error) {
	module := &Module{Name: m.Name, Doc: m.Doc, Values: m.Values, objects: map[string]string{}}
	var errs []error
	module.Functions = functions(m.Funcs, &errs)
	for _, f := range module.Functions {
		if receiver, _ := f.Receiver(); receiver == "" {
			module.Globals = true
		}
	}
	for _, v := range m.Values {
		if v.Name == "" || v.Doc == "" || v.Type == "" {
			errs = append(errs, fmt.Errorf("value %q of module %s: name, description or type is missing", v.Name, m.Name))
		}
	}
	for _, d := range m.Classes {
		module.addClass(d, &errs)
	}
	for _, class := range module.Classes {
		c.classes[class.Name] = true
	}
	if m.Doc == "" {
		errs = append(errs, fmt.Errorf("module %s has no description", m.Name))
	}
	return module, errors.Join(errs...)
}

func (m *Module) addClass(d runtime.Describer, errs *[]error) {
	class := &Class{Name: d.ClassName(), Doc: d.ClassDoc(), Operators: functions(d.Operators(), errs)}
	if class.Doc == "" {
		*errs = append(*errs, fmt.Errorf("class %s has no description", class.Name))
	}
	for _, f := range functions(d.Members(), errs) {
		if f.Attr != nil {
			class.Attrs = append(class.Attrs, f)
			continue
		}
		class.Methods = append(class.Methods, f)
		class.Variable, _ = f.Receiver()
	}
	if class.Variable == "" {
		class.Variable = strings.ToLower(class.Name[strings.LastIndex(class.Name, ".")+1:])
	}
	m.Classes = append(m.Classes, class)
	m.objects[class.Variable] = class.Name
}

// functions takes the signatures of functions apart, leaving out none.
func functions(funcs []runtime.Func, errs *[]error) []*Function {
	all := make([]*Function, len(funcs))
	for i, f := range funcs {
		if f.Since == "" {
			f.Since = FirstVersion
		}
		all[i] = &Function{Func: f}
		sig, err := ParseSignature(strings.TrimPrefix(f.Sig, "#")) // the length operator
		switch all[i].Signature = sig; {
		case err != nil:
			*errs = append(*errs, fmt.Errorf("%s: %w", f.Name, err))
		case f.Doc == "":
			*errs = append(*errs, fmt.Errorf("%s has no description", f.Sig))
		case !strings.HasPrefix(f.Name, "__") && sig.Callee != f.Name && !strings.HasSuffix(sig.Callee, "."+f.Name) && !strings.HasSuffix(sig.Callee, ":"+f.Name):
			*errs = append(*errs, fmt.Errorf("the signature of %s calls it %s", f.Name, sig.Callee))
		case f.Attr != nil && f.Attr.Type == "":
			*errs = append(*errs, fmt.Errorf("attribute %s has no type", f.Sig))
		}
	}
	return all
}

// All calls fn for each function, method, attribute and operator of a module.
func (m *Module) All(fn func(f *Function)) {
	for _, f := range m.Functions {
		fn(f)
	}
	for _, c := range m.Classes {
		for _, list := range [][]*Function{c.Methods, c.Attrs, c.Operators} {
			for _, f := range list {
				fn(f)
			}
		}
	}
}

// Find returns the function, method or attribute whose signature begins with
// that name, such as "socket:connect", or nil.
func (c *Catalog) Find(callee string) *Function {
	var found *Function
	for _, m := range c.Modules {
		m.All(func(f *Function) {
			if f.Callee == callee && found == nil {
				found = f
			}
		})
	}
	return found
}
