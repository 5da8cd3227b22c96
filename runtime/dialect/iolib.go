package dialect

import (
	"context"
	"os"
	"regexp"

	lua "github.com/yuin/gopher-lua"
)

// ioLibrary holds the default files.
type ioLibrary struct {
	lib           *library
	metatable     *lua.LTable
	input, output *lua.LUserData
}

func (lib *library) openIO(L *lua.LState) int {
	l := &ioLibrary{lib: lib, metatable: L.CreateTable(0, 4)}
	lib.io = l
	t := newLibrary(L, lua.IoLibName, map[string]lua.LGFunction{
		"close":   l.close,
		"flush":   func(L *lua.LState) int { return flush(L, defaultFile(L, l.output, "output")) },
		"input":   func(L *lua.LState) int { return l.choose(L, &l.input, "r") },
		"lines":   l.lines,
		"open":    l.open,
		"output":  func(L *lua.LState) int { return l.choose(L, &l.output, "w") },
		"popen":   l.popen,
		"read":    func(L *lua.LState) int { return read(L, defaultFile(L, l.input, "input"), 1) },
		"tmpfile": l.tmpfile,
		"type":    ioType,
		"write":   func(L *lua.LState) int { return write(L, l.output, defaultFile(L, l.output, "output"), 1) },
	})
	methods := L.CreateTable(0, 8)
	setFunctions(L, methods, fileMethods)
	l.metatable.RawSetString("__index", methods)
	l.metatable.RawSetString("__name", lua.LString("FILE*"))
	l.metatable.RawSetString("__tostring", L.NewFunction(fileToString))
	l.input = l.wrap(&file{lib: lib, f: lib.Stdin, canRead: true, waits: true, std: true})
	l.output = l.wrap(&file{lib: lib, w: lib.Stdout, std: true})
	t.RawSetString("stdin", l.input)
	t.RawSetString("stdout", l.output)
	t.RawSetString("stderr", l.wrap(&file{lib: lib, w: lib.Stderr, std: true}))
	return 0
}

func (l *ioLibrary) wrap(f *file) *lua.LUserData {
	return &lua.LUserData{Value: f, Metatable: l.metatable}
}

// defaultFile is the open file behind io.read and io.write.
func defaultFile(L *lua.LState, ud *lua.LUserData, what string) *file {
	f := ud.Value.(*file)
	if f.closed {
		raise(L, "default %s file is closed", what)
	}
	return f
}

var openMode = regexp.MustCompile(`^[rwa]\+?b?\+?$`)

// openFile opens a file as C's fopen does.
func (l *ioLibrary) openFile(L *lua.LState, path, mode string) (ud *lua.LUserData, err error) {
	flags, read, write := os.O_RDONLY, false, false
	update := len(mode) > 1 && (mode[1] == '+' || mode[len(mode)-1] == '+')
	switch mode[0] {
	case 'r':
		read, write = true, update
	case 'w':
		read, write, flags = update, true, os.O_CREATE|os.O_TRUNC
	case 'a':
		read, write, flags = update, true, os.O_CREATE|os.O_APPEND
	}
	switch {
	case read && write:
		flags |= os.O_RDWR
	case write:
		flags |= os.O_WRONLY
	}
	var f *os.File
	open := func(context.Context) { f, err = os.OpenFile(path, flags, 0o666) }
	if info, e := os.Stat(path); e == nil && !info.Mode().IsRegular() {
		l.lib.Block(L, open) // a FIFO waits for the other side
	} else {
		open(nil)
	}
	if err != nil {
		return nil, err
	}
	return l.wrap(l.lib.newFile(f, read, write)), nil
}

// io.open(path [, mode]) -> file | nil, message, errno
func (l *ioLibrary) open(L *lua.LState) int {
	path, mode := checkString(L, 1), optString(L, 2, "r")
	if !openMode.MatchString(mode) {
		argError(L, 2, "invalid mode '%s' (r, w or a, then + and b)", mode)
	}
	ud, err := l.openFile(L, path, mode)
	if err != nil {
		return fileResult(L, err, path)
	}
	L.Push(ud)
	return 1
}

// io.popen(command [, 'r' | 'w']) -> file | nil, message, errno
func (l *ioLibrary) popen(L *lua.LState) int {
	command, mode := checkString(L, 1), optString(L, 2, "r")
	if mode != "r" && mode != "w" {
		argError(L, 2, "invalid mode '%s' (r or w)", mode)
	}
	p, pipe, err := l.lib.startProcess(command, mode == "r")
	if err != nil {
		return fileResult(L, err, command)
	}
	f := l.lib.newFile(pipe, mode == "r", mode == "w")
	f.process = p
	L.Push(l.wrap(f))
	return 1
}

// io.tmpfile() -> file | nil, message, errno
func (l *ioLibrary) tmpfile(L *lua.LState) int {
	f, err := os.CreateTemp("", "lua_")
	if err != nil {
		return fileResult(L, err, "")
	}
	os.Remove(f.Name())
	L.Push(l.wrap(l.lib.newFile(f, true, true)))
	return 1
}

// io.close([file])
func (l *ioLibrary) close(L *lua.LState) int {
	if L.GetTop() == 0 {
		return closeFile(L, defaultFile(L, l.output, "output"))
	}
	return fileClose(L)
}

// choose is io.input and io.output: it sets the default file, if one is given,
// and returns it.
func (l *ioLibrary) choose(L *lua.LState, current **lua.LUserData, mode string) int {
	if L.Get(1) != lua.LNil {
		if path, ok := text(L.Get(1)); ok {
			ud, err := l.openFile(L, path, mode)
			if err != nil {
				argError(L, 1, "%s: %s", path, systemError(err))
			}
			*current = ud
		} else {
			checkFile(L)
			*current = L.Get(1).(*lua.LUserData)
		}
	}
	L.Push(*current)
	return 1
}

// io.lines([path [, format…]]) -> iterator
func (l *ioLibrary) lines(L *lua.LState) int {
	if L.Get(1) == lua.LNil {
		return pushLines(L, defaultFile(L, l.input, "input"), false)
	}
	path := checkString(L, 1)
	ud, err := l.openFile(L, path, "r")
	if err != nil {
		argError(L, 1, "%s: %s", path, systemError(err))
	}
	return pushLines(L, ud.Value.(*file), true)
}

// io.type(v) -> 'file' | 'closed file' | nil
func ioType(L *lua.LState) int {
	checkAny(L, 1)
	ud, _ := L.Get(1).(*lua.LUserData)
	if ud != nil {
		if f, ok := ud.Value.(*file); ok {
			if f.closed {
				return pushString(L, "closed file")
			}
			return pushString(L, "file")
		}
	}
	L.Push(lua.LNil)
	return 1
}
