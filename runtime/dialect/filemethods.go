package dialect

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	lua "github.com/yuin/gopher-lua"
)

var fileMethods = map[string]lua.LGFunction{
	"close":   fileClose,
	"flush":   func(L *lua.LState) int { return flush(L, openFile(L)) },
	"lines":   func(L *lua.LState) int { return pushLines(L, openFile(L), false) },
	"read":    func(L *lua.LState) int { return read(L, openFile(L), 2) },
	"seek":    fileSeek,
	"setvbuf": fileSetvbuf,
	"write":   func(L *lua.LState) int { return write(L, L.Get(1).(*lua.LUserData), openFile(L), 2) },
}

// checkFile is the file handle in argument 1.
func checkFile(L *lua.LState) *file {
	if ud, ok := L.Get(1).(*lua.LUserData); ok {
		if f, ok := ud.Value.(*file); ok {
			return f
		}
	}
	typeError(L, 1, "FILE*")
	return nil
}

// openFile is the file handle in argument 1, which must be open.
func openFile(L *lua.LState) *file {
	f := checkFile(L)
	if f.closed {
		raise(L, "attempt to use a closed file")
	}
	return f
}

func fileToString(L *lua.LState) int {
	f := checkFile(L)
	if f.closed {
		return pushString(L, "file (closed)")
	}
	return pushString(L, fmt.Sprintf("file (%p)", f))
}

// file:close() -> true | nil, message, errno
//
// For a process also 'exit' and its status, or 'signal' and its number. Waits
// for a process.
func fileClose(L *lua.LState) int { return closeFile(L, openFile(L)) }

func closeFile(L *lua.LState, f *file) int {
	if f.std {
		return fileResult(L, errors.New("cannot close standard file"), "")
	}
	if err := f.close(L); err != nil {
		return fileResult(L, err, "")
	}
	L.Push(lua.LTrue)
	if f.process == nil {
		return 1
	}
	how, code := f.process.outcome()
	L.Push(lua.LString(how))
	L.Push(lua.LNumber(code))
	return 3
}

// flush writes what setvbuf has kept back.
func flush(L *lua.LState, f *file) int { return fileResult(L, f.flush(L), "") }

// file:setvbuf(mode [, size]) -> true | nil, message, errno
func fileSetvbuf(L *lua.LState) int {
	f := openFile(L)
	mode := checkOption(L, 2, "", "no", "full", "line")
	size := min(optInt(L, 3, readAhead), maxBuffer)
	if err := f.flush(L); err != nil {
		return fileResult(L, err, "")
	}
	f.pending, f.byLine = nil, mode == 2
	if mode > 0 && f.f != nil && f.w != nil {
		f.pending = bufio.NewWriterSize(f.w, size)
	}
	return pushBool(L, true)
}

// file:seek([whence [, offset]]) -> position | nil, message, errno
func fileSeek(L *lua.LState) int {
	f := openFile(L)
	whence := checkOption(L, 2, "cur", "set", "cur", "end")
	offset := optInt(L, 3, 0)
	if f.f == nil || f.waits {
		return fileResult(L, syscall.ESPIPE, "")
	}
	err := f.flush(L)
	if err == nil {
		err = f.unread()
	}
	if err != nil {
		return fileResult(L, err, "")
	}
	at, err := f.f.Seek(int64(offset), []int{io.SeekStart, io.SeekCurrent, io.SeekEnd}[whence])
	if err != nil {
		return fileResult(L, err, "")
	}
	return pushNumber(L, float64(at))
}

// write writes the arguments from n on, all at once, and returns the file.
func write(L *lua.LState, ud *lua.LUserData, f *file, n int) int {
	var data []byte
	for i := n; i <= L.GetTop(); i++ {
		data = append(data, checkString(L, i)...)
	}
	err := error(syscall.EBADF)
	if f.w != nil {
		err = f.write(L, data)
	}
	if err != nil {
		return fileResult(L, err, "")
	}
	L.Push(ud)
	return 1
}

// read reads by the formats in the arguments from n on; "l" without any. At
// the end it returns nil and leaves out the rest.
func read(L *lua.LState, f *file, n int) int {
	if !f.canRead {
		return fileResult(L, syscall.EBADF, "")
	}
	if err := f.flush(L); err != nil {
		return fileResult(L, err, "")
	}
	top := L.GetTop()
	if top < n {
		v, err := f.readLine(L, false)
		return pushRead(L, v, err)
	}
	count := 0
	for i := n; i <= top; i++ {
		v, err := readFormat(L, f, i)
		if err != nil {
			return fileResult(L, err, "")
		}
		L.Push(v)
		count++
		if v == lua.LNil {
			break
		}
	}
	return count
}

func pushRead(L *lua.LState, v lua.LValue, err error) int {
	if err != nil {
		return fileResult(L, err, "")
	}
	L.Push(v)
	return 1
}

// readFormat reads by the format in argument i: a number of bytes, or a letter
// with or without '*'.
func readFormat(L *lua.LState, f *file, i int) (lua.LValue, error) {
	if n, ok := L.Get(i).(lua.LNumber); ok {
		return f.readBytes(L, truncate(float64(n)))
	}
	format := strings.TrimPrefix(checkString(L, i), "*")
	switch format[:min(1, len(format))] {
	case "l":
		return f.readLine(L, false)
	case "L":
		return f.readLine(L, true)
	case "a":
		return f.readAll(L)
	case "n":
		return f.readNumber(L)
	}
	argError(L, i, "invalid format (l, L, a, n or a number of bytes)")
	return nil, nil
}

// pushLines pushes an iterator over f by the formats in the arguments from 2
// on. At the end it closes the file if asked to.
func pushLines(L *lua.LState, f *file, closing bool) int {
	formats := make([]lua.LValue, 0, 1)
	for i := 2; i <= L.GetTop(); i++ {
		formats = append(formats, L.Get(i))
	}
	L.Push(L.NewFunction(func(L *lua.LState) int {
		if f.closed {
			raise(L, "file is already closed")
		}
		L.SetTop(0)
		for _, format := range formats {
			L.Push(format)
		}
		top := L.GetTop()
		n := read(L, f, 1)
		if L.Get(top+1) != lua.LNil {
			return n
		}
		if n > 1 { // nil, message, errno
			raise(L, "%s", L.Get(top+2).String())
		}
		if closing {
			f.close(L)
		}
		return n
	}))
	return 1
}
