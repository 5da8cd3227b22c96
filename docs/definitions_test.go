package docs

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"qrelay/runtime"
	"qrelay/runtime/describe/luals"
)

func TestGeneratedDefinitions(t *testing.T) {
	files := luals.Files(catalog(t))
	generated(t, "luals", "*.lua", files)
	rt, err := runtime.New(runtime.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	all := ""
	for name, text := range files { // they are never run, but read as Lua
		if err := rt.DoString(t.Context(), "@"+name, text); err != nil {
			t.Error(err)
		}
		all += text
	}
	for _, problem := range unknownTypes(all) {
		t.Error(problem)
	}
}

var (
	annotation = regexp.MustCompile(`(?m)^---@(?:param \S+|field \S+|return|type|overload|operator \w+:) ?(.*)$`)
	className  = regexp.MustCompile(`(?m)^---@class (\S+)$`)
	fieldName  = regexp.MustCompile(`[\w.]+\??: `)
	literal    = regexp.MustCompile(`'[^']*'|"[^"]*"`)
	typeName   = regexp.MustCompile(`[A-Za-z_][\w.]*`)
)

// unknownTypes returns what is wrong with the types of definitions: names of
// types that do not exist, and brackets that do not match.
func unknownTypes(text string) (problems []string) {
	known := map[string]bool{}
	for name := range strings.FieldsSeq("any boolean false fun function integer nil number string table true userdata") {
		known[name] = true
	}
	for _, m := range className.FindAllStringSubmatch(text, -1) {
		known[m[1]] = true
	}
	for _, m := range annotation.FindAllStringSubmatch(text, -1) {
		kind := cutType(m[1])
		if kind == "" {
			problems = append(problems, fmt.Sprintf("%s: there is no type", m[0]))
		}
		plain := literal.ReplaceAllString(kind, "")
		for _, name := range typeName.FindAllString(fieldName.ReplaceAllString(plain, ""), -1) {
			if !known[name] {
				problems = append(problems, fmt.Sprintf("%s: there is no type %s", m[0], name))
			}
		}
	}
	return problems
}

// cutType returns the type at the beginning of text, which ends with a blank
// outside of brackets that does not follow a separator.
func cutType(text string) string {
	depth := 0
	for i, c := range text {
		switch c {
		case '(', '{', '<':
			depth++
		case ')', '}', '>':
			depth--
		case ' ':
			if depth == 0 && !strings.HasSuffix(text[:i], ":") && !strings.HasSuffix(text[:i], ",") {
				return text[:i]
			}
		}
	}
	if depth != 0 {
		return ""
	}
	return text
}

func TestUnknownTypes(t *testing.T) {
	const text = `---@class pg.Result
---@param a string|pg.Result
---@param b? {x?: 'one'|"two", y: fun(z: table<string, any>): integer}
---@field rows pg.Result[] How many.
---@return pg.Reslut? err
---@return (number|text)? x
---@param c {x: string
---@overload fun(...: any): boolean
---@operator len: integer
`
	want := []string{
		"---@return pg.Reslut? err: there is no type pg.Reslut",
		"---@return (number|text)? x: there is no type text",
		"---@param c {x: string: there is no type",
	}
	if got := unknownTypes(text); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}
