package repl

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
)

// completer completes names for the line editor.
type completer struct{ *prompt }

// Do returns what can follow the line up to pos, and how many characters of the
// line the candidates begin with.
func (c completer) Do(line []rune, pos int) ([][]rune, int) {
	text := string(line[:pos])
	var names []string
	var prefix string
	if c.chunk == "" && isCommand(text) {
		names, prefix = c.commandNames(text)
	} else {
		names, prefix = c.luaNames(c.before() + text)
	}
	var rest [][]rune
	for _, name := range names {
		rest = append(rest, []rune(name[len(prefix):]))
	}
	return rest, len([]rune(prefix))
}

// luaNames returns the names that can stand at the end of a chunk, and the part
// of the name that is there already.
func (c completer) luaNames(chunk string) (names []string, prefix string) {
	if !endsInCode(chunk) {
		return nil, ""
	}
	path := trailingPath(chunk)
	if strings.HasPrefix(path, ".") || strings.HasPrefix(path, ":") {
		return nil, "" // a member of something that has no name, as in f().x
	}
	before, prefix, member := cutLast(path)
	method := member && path[len(before)] == ':'
	all := c.ask(func(L *lua.LState) []string {
		if !member {
			return append(fields(L.G.Global, false), keywords...)
		}
		return c.members(L, lookup(L, splitPath(before)), method)
	})
	return matching(all, prefix), prefix
}

// endsInCode tells whether the end of a chunk is in no string or comment.
func endsInCode(chunk string) bool {
	kind := plain
	for chunk != "" {
		var n int
		kind, n = nextToken(chunk)
		chunk = chunk[n:]
	}
	return kind != text && kind != comment
}

// trailingPath returns the names joined by dots or a colon that a chunk ends
// with. Two dots join no names, but strings.
func trailingPath(chunk string) string {
	i := len(chunk)
	for i > 0 && (isNamePart(chunk[i-1]) || chunk[i-1] == '.' || chunk[i-1] == ':') {
		i--
	}
	path := chunk[i:]
	if i := strings.LastIndex(path, ".."); i >= 0 {
		path = path[i+len(".."):]
	}
	return path
}

// matching returns the names with a prefix, sorted, each once. Those that begin
// with an underscore must be asked for.
func matching(names []string, prefix string) []string {
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return !strings.HasPrefix(name, prefix) || prefix == "" && strings.HasPrefix(name, "_")
	})
	slices.Sort(names)
	return slices.Compact(names)
}

// patience is how long completion waits for its turn: another task may be busy.
const patience = 300 * time.Millisecond

// ask has fn look at Lua values; it returns nothing if that takes too long.
func (c completer) ask(fn func(L *lua.LState) []string) []string {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	answer := make(chan []string, 1)
	rt := c.trial.Runtime()
	go func() { // ends with the runtime at the latest
		_ = rt.Main(ctx, "completion", func(L *lua.LState) error {
			answer <- fn(L)
			return nil
		})
	}()
	select {
	case names := <-answer:
		return names
	case <-ctx.Done():
		return nil
	}
}

// members returns the names that a value has; only functions for a method.
func (c completer) members(L *lua.LState, v lua.LValue, method bool) []string {
	switch v := v.(type) {
	case *lua.LTable:
		return fields(v, method)
	case lua.LString:
		return fields(indexTable(L.GetMetaField(v, "__index")), method)
	case *lua.LUserData:
		if class, ok := c.help.classes[runtime.TypeName(v)]; ok {
			return classMembers(class, method)
		}
		return fields(indexTable(L.GetMetaField(v, "__index")), method)
	}
	return nil
}

// classMembers returns methods or attributes.
func classMembers(class []runtime.Func, method bool) []string {
	var names []string
	for _, f := range class {
		if (f.Fn != nil) == method {
			names = append(names, f.Name)
		}
	}
	return names
}

// maxChain is how many tables behind a table's __index are looked at.
const maxChain = 10

// fields returns the names that are keys of a table, and of those behind it;
// only those of functions if wanted. It may be nil.
func fields(t *lua.LTable, functions bool) []string {
	var names []string
	for range maxChain {
		if t == nil {
			break
		}
		t.ForEach(func(k, v lua.LValue) {
			name, ok := k.(lua.LString)
			if ok && isName(string(name)) && (!functions || v.Type() == lua.LTFunction) {
				names = append(names, string(name))
			}
		})
		t = behind(t)
	}
	return names
}

func isName(s string) bool {
	return s != "" && isNameStart(s[0]) && span(s, isNamePart) == len(s) && !slices.Contains(keywords, s)
}

// behind returns the table in which a table's missing keys are looked up.
func behind(t *lua.LTable) *lua.LTable {
	if mt, ok := t.Metatable.(*lua.LTable); ok {
		return indexTable(mt.RawGetString("__index"))
	}
	return nil
}

func indexTable(v lua.LValue) *lua.LTable {
	t, _ := v.(*lua.LTable)
	return t
}

// lookup returns the value at a path that begins with a global. It runs no code
// of scripts; attributes of objects are read.
func lookup(L *lua.LState, path []string) lua.LValue {
	var v lua.LValue = L.G.Global
	for _, name := range path {
		v = member(L, v, name)
	}
	return v
}

func member(L *lua.LState, v lua.LValue, name string) lua.LValue {
	switch v := v.(type) {
	case *lua.LTable:
		for t := v; t != nil; t = behind(t) {
			if value := t.RawGetString(name); value != lua.LNil {
				return value
			}
		}
	case *lua.LUserData:
		return attribute(L, v, name)
	}
	return lua.LNil
}

// attribute reads an attribute of an object, nil if that raises.
func attribute(L *lua.LState, object *lua.LUserData, name string) lua.LValue {
	index, ok := L.GetMetaField(object, "__index").(*lua.LFunction)
	if !ok || !index.IsG || runtime.Call(L, index, 1, object, lua.LString(name)) != nil {
		return lua.LNil
	}
	value := L.Get(-1)
	L.Pop(1)
	return value
}

// commandNames completes a line that begins with a dot: commands, names for
// .help, files for .mail.
func (c completer) commandNames(line string) (names []string, prefix string) {
	line = strings.TrimLeft(line, " \t")
	word := line[strings.LastIndexAny(line, " \t")+1:]
	switch {
	case word == line:
		for _, command := range commands() {
			names = append(names, command.name)
		}
	case strings.HasPrefix(line, ".help "):
		for _, t := range c.help.topics {
			names = append(names, t.name)
		}
	case strings.HasPrefix(line, ".mail "):
		names = files(word)
	}
	return matching(names, word), word
}

// files returns the paths that begin with a prefix; folders end in a slash.
func files(prefix string) []string {
	folder, _ := filepath.Split(prefix)
	entries, err := os.ReadDir(cmp.Or(folder, "."))
	if err != nil {
		return nil
	}
	var names []string
	for _, entry := range entries {
		name := folder + entry.Name()
		if entry.IsDir() {
			name += "/"
		}
		names = append(names, name)
	}
	return names
}
