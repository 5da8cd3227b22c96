package dialect

import (
	"os"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// unavailable are modules of LuaJIT that scripts ask for and that cannot
// exist here, with the reason.
var unavailable = map[string]string{
	"ffi":           "C libraries cannot be called from here; see docs/dialect.md for what replaces common uses",
	"jit.opt":       "there is no just-in-time compiler",
	"jit.util":      "there is no just-in-time compiler",
	"jit.p":         "there is no just-in-time compiler",
	"jit.profile":   "there is no just-in-time compiler",
	"string.buffer": "use a table and table.concat",
}

// defaultPath is that of LuaJIT on Debian: what a distribution or an
// administrator has installed for Lua 5.1 is found.
const defaultPath = "./?.lua;" +
	"/usr/local/share/lua/5.1/?.lua;/usr/local/share/lua/5.1/?/init.lua;" +
	"/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua"

// searchTemplates is what package.path is at first: LUA_PATH, in which ";;"
// stands for the default.
func searchTemplates() string {
	path := os.Getenv("LUA_PATH")
	if path == "" {
		return defaultPath
	}
	return strings.ReplaceAll(path, ";;", ";"+defaultPath+";")
}

func openPackage(L *lua.LState) {
	t := L.GetGlobal("package").(*lua.LTable)
	t.RawSetString("path", lua.LString(searchTemplates()))
	setFunctions(L, t, map[string]lua.LGFunction{
		"searchpath": packageSearchPath,
		"loadlib":    packageLoadLib,
	})
	loaded(L).RawSetString("package", t) // OpenPackage forgets it
	t.RawSetString("searchers", t.RawGetString("loaders"))
	preload := t.RawGetString("preload").(*lua.LTable)
	for name, reason := range unavailable {
		preload.RawSetString(name, L.NewFunction(func(L *lua.LState) int {
			raise(L, "module '%s' is not available: %s", name, reason)
			return 0
		}))
	}
	preload.RawSetString("table.new", preloadValue(L, func(L *lua.LState) int {
		L.Push(L.CreateTable(0, 0))
		return 1
	}))
	preload.RawSetString("table.clear", preloadValue(L, tableClear))
}

// preloadValue makes the loader of a module that is one function.
func preloadValue(L *lua.LState, fn lua.LGFunction) *lua.LFunction {
	value := L.NewFunction(fn)
	return L.NewFunction(func(L *lua.LState) int {
		L.Push(value)
		return 1
	})
}

// sentinel stands in package.loaded for a module that is being loaded.
var sentinel = &lua.LUserData{Metatable: lua.LNil}

// require(name) -> module
func require(L *lua.LState) int {
	name := checkString(L, 1)
	done := loaded(L)
	if v := done.RawGetString(name); lua.LVAsBool(v) {
		if v == sentinel {
			raise(L, "loop or previous error loading module '%s'", name)
		}
		L.Push(v)
		return 1
	}
	loader := findLoader(L, name)
	done.RawSetString(name, sentinel)
	v := call1(L, loader, lua.LString(name))
	if v != lua.LNil {
		done.RawSetString(name, v)
	} else if done.RawGetString(name) == sentinel {
		done.RawSetString(name, lua.LTrue)
	}
	L.Push(done.RawGetString(name))
	return 1
}

func findLoader(L *lua.LState, name string) lua.LValue {
	pkg := L.G.Global.RawGetString("package")
	loaders, ok := L.GetField(pkg, "loaders").(*lua.LTable)
	if !ok {
		raise(L, "'package.loaders' must be a table")
	}
	var tried strings.Builder
	for i := 1; ; i++ {
		searcher := loaders.RawGetInt(i)
		if searcher == lua.LNil {
			raise(L, "module '%s' not found:%s", name, tried.String())
		}
		switch v := call1(L, searcher, lua.LString(name)).(type) {
		case *lua.LFunction:
			return v
		case lua.LString:
			if !strings.HasPrefix(string(v), "\n") {
				tried.WriteString("\n\t")
			}
			tried.WriteString(string(v))
		}
	}
}

// loadModule (name) is the second of package.loaders: it looks for a file.
func (lib *library) loadModule(L *lua.LState) int {
	name := checkString(L, 1)
	path, ok := L.GetField(L.G.Global.RawGetString("package"), "path").(lua.LString)
	if !ok {
		raise(L, "'package.path' must be a string")
	}
	file, tried := searchPath(name, string(path), ".", "/")
	if file == "" {
		return pushString(L, tried)
	}
	src, err := os.ReadFile(file)
	if err == nil {
		var fn *lua.LFunction
		if fn, err = Load(L, "@"+file, src); err == nil {
			L.Push(fn)
			return 1
		}
	}
	raise(L, "error loading module '%s' from file '%s':\n\t%s", name, file, err)
	return 0
}

// package.searchpath(name, path [, sep [, rep]]) -> file | nil, message
func packageSearchPath(L *lua.LState) int {
	file, tried := searchPath(checkString(L, 1), checkString(L, 2), optString(L, 3, "."), optString(L, 4, "/"))
	if file == "" {
		return failLoad(L, lua.LString(tried))
	}
	return pushString(L, file)
}

// searchPath returns the first readable file that a template of path gives for
// name, or else the list of those tried.
func searchPath(name, path, separator, replacement string) (file, tried string) {
	if separator != "" {
		name = strings.ReplaceAll(name, separator, replacement)
	}
	for template := range strings.SplitSeq(path, ";") {
		if template == "" {
			continue
		}
		file = strings.ReplaceAll(template, "?", name)
		if f, err := os.Open(file); err == nil {
			f.Close()
			return file, ""
		}
		tried += "\n\tno file '" + file + "'"
	}
	return "", tried
}

// package.loadlib(path, name)
func packageLoadLib(L *lua.LState) int {
	L.Push(lua.LNil)
	L.Push(lua.LString("C libraries cannot be loaded here"))
	L.Push(lua.LString("absent"))
	return 3
}
