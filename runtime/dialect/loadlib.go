package dialect

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	lua "github.com/yuin/gopher-lua"
)

// maxChunk bounds the source text that load takes from a function, which
// could go on for ever; in bytes.
const maxChunk = 64 << 20

func (lib *library) openLoad(L *lua.LState) {
	setFunctions(L, L.G.Global, map[string]lua.LGFunction{
		"dofile":     lib.dofile,
		"load":       baseLoad,
		"loadfile":   lib.loadfile,
		"loadstring": baseLoad,
		"require":    require,
	})
	loaders := L.G.Registry.RawGetString("_LOADERS").(*lua.LTable)
	loaders.RawSetInt(2, L.NewFunction(lib.loadModule))
}

// load(chunk [, name [, mode [, env]]]) -> function | nil, message
//
// The chunk is a string or a function that returns it piece by piece.
func baseLoad(L *lua.LState) int {
	var src, name string
	fn, ok := L.Get(1).(*lua.LFunction)
	if ok {
		name = optString(L, 2, "=(load)")
		var err error
		if src, err = readPieces(L, fn); err != nil {
			return failLoad(L, errorObject(err))
		}
	} else {
		if src, ok = text(L.Get(1)); !ok {
			typeError(L, 1, "function")
		}
		name = optString(L, 2, src)
	}
	return pushChunk(L, name, []byte(src), 3)
}

// pushChunk pushes the compiled chunk. Argument n is the mode, the one after
// it the environment.
func pushChunk(L *lua.LState, name string, src []byte, n int) int {
	if mode := optString(L, n, "bt"); !strings.Contains(mode, "t") {
		return failLoad(L, lua.LString("attempt to load chunk with wrong mode: there are only text chunks"))
	}
	fn, err := Load(L, name, src)
	if err != nil {
		return failLoad(L, lua.LString(err.Error()))
	}
	if L.GetTop() > n {
		fn.Env = checkEnvironment(L, n+1)
	}
	L.Push(fn)
	return 1
}

// checkEnvironment takes nil for an empty environment.
func checkEnvironment(L *lua.LState, n int) *lua.LTable {
	if L.Get(n) == lua.LNil {
		return L.NewTable()
	}
	return checkTable(L, n)
}

func failLoad(L *lua.LState, message lua.LValue) int {
	L.Push(lua.LNil)
	L.Push(message)
	return 2
}

func readPieces(L *lua.LState, fn *lua.LFunction) (string, error) {
	var src strings.Builder
	for {
		L.Push(fn)
		if err := PCall(L, 0, 1, nil); err != nil {
			return "", err
		}
		v := L.Get(-1)
		L.Pop(1)
		piece, ok := text(v)
		if v == lua.LNil || ok && piece == "" {
			return src.String(), nil
		}
		if !ok {
			return "", errors.New("reader function must return a string")
		}
		if src.Len()+len(piece) > maxChunk {
			return "", errors.New("chunk too large")
		}
		src.WriteString(piece)
	}
}

// loadfile([path [, mode [, env]]]) -> function | nil, message
func (lib *library) loadfile(L *lua.LState) int {
	name, src, err := lib.readScript(L)
	if err != nil {
		return failLoad(L, lua.LString(err.Error()))
	}
	return pushChunk(L, name, src, 2)
}

// dofile([path]) -> results of the chunk
func (lib *library) dofile(L *lua.LState) int {
	name, src, err := lib.readScript(L)
	if err != nil {
		L.Error(lua.LString(err.Error()), 0)
	}
	fn, err := Load(L, name, src)
	if err != nil {
		L.Error(lua.LString(err.Error()), 0)
	}
	L.SetTop(0)
	L.Push(fn)
	L.Call(0, lua.MultRet)
	return L.GetTop()
}

// readScript reads the file that argument 1 names, standard input if it is
// missing. A pipe may keep it waiting.
func (lib *library) readScript(L *lua.LState) (name string, src []byte, err error) {
	if L.Get(1) == lua.LNil {
		lib.Block(L, func(context.Context) { src, err = io.ReadAll(lib.Stdin) })
		return "=stdin", src, err
	}
	path := checkString(L, 1)
	lib.Block(L, func(context.Context) { src, err = os.ReadFile(path) })
	if err != nil {
		err = errors.New("cannot open " + path + ": " + systemError(err))
	}
	return "@" + path, src, err
}

// systemError is the text that C's strerror has for the cause of err.
func systemError(err error) string {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		if errors.Is(err, fs.ErrClosed) {
			return "Bad file descriptor"
		}
		return err.Error()
	}
	s := []byte(errno.Error())
	copy(s, bytes.ToUpper(s[:1]))
	return string(s)
}
