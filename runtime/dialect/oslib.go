package dialect

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"

	lua "github.com/yuin/gopher-lua"
)

func (lib *library) openOS(L *lua.LState) int {
	newLibrary(L, lua.OsLibName, map[string]lua.LGFunction{
		"clock":     osClock,
		"date":      lib.date,
		"difftime":  func(L *lua.LState) int { return pushNumber(L, checkNumber(L, 1)-optNumber(L, 2, 0)) },
		"execute":   lib.execute,
		"exit":      lib.exit,
		"getenv":    osGetenv,
		"remove":    osRemove,
		"rename":    osRename,
		"setlocale": osSetlocale,
		"time":      lib.time,
		"tmpname":   osTmpname,
	})
	return 0
}

// os.clock() -> seconds of CPU time that the process has used
func osClock(L *lua.LState) int {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return pushNumber(L, -1)
	}
	return pushNumber(L, time.Duration(u.Utime.Nano()+u.Stime.Nano()).Seconds())
}

// os.execute([command]) -> status | 1 without a command
//
// Waits. The status is that of wait(2): 0 for success, 256 times the exit
// status, or the number of the signal.
func (lib *library) execute(L *lua.LState) int {
	if L.Get(1) == lua.LNil {
		return pushNumber(L, 1)
	}
	command := checkString(L, 1)
	var status int
	lib.Block(L, func(ctx context.Context) {
		cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, fileOf(lib.Stdout, os.Stdout), fileOf(lib.Stderr, os.Stderr)
		status = waitStatus(cmd.Run())
	})
	return pushNumber(L, float64(status))
}

// fileOf returns what a child process can write to itself.
func fileOf(w any, def *os.File) *os.File {
	if f, ok := w.(*os.File); ok {
		return f
	}
	return def
}

// waitStatus is the status of a finished command as wait(2) has it, -1 if it
// could not be started.
func waitStatus(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		if s, ok := exit.Sys().(syscall.WaitStatus); ok {
			return int(s)
		}
	}
	return -1
}

// os.exit([code | true | false])
func (lib *library) exit(L *lua.LState) int {
	code := 0
	switch v := L.Get(1).(type) {
	case *lua.LNilType:
	case lua.LBool:
		if !v {
			code = 1
		}
	default:
		code = checkInt(L, 1)
	}
	lib.Exit(code)
	raise(L, "os.exit: the process is going to end")
	return 0
}

// os.getenv(name) -> value | nil
func osGetenv(L *lua.LState) int {
	v, ok := os.LookupEnv(checkString(L, 1))
	if !ok {
		L.Push(lua.LNil)
		return 1
	}
	return pushString(L, v)
}

// os.remove(path) -> true | nil, message, errno
func osRemove(L *lua.LState) int {
	path := checkString(L, 1)
	return fileResult(L, os.Remove(path), path)
}

// os.rename(from, to) -> true | nil, message, errno
func osRename(L *lua.LState) int {
	from := checkString(L, 1)
	return fileResult(L, os.Rename(from, checkString(L, 2)), from)
}

// fileResult pushes true, or nil, a message that begins with the path, and the
// error number.
func fileResult(L *lua.LState, err error, path string) int {
	if err == nil {
		return pushBool(L, true)
	}
	message := systemError(err)
	if path != "" {
		message = path + ": " + message
	}
	var errno syscall.Errno
	errors.As(err, &errno)
	L.Push(lua.LNil)
	L.Push(lua.LString(message))
	L.Push(lua.LNumber(errno))
	return 3
}

// os.setlocale([locale]) -> 'C' | nil: there is no other locale
func osSetlocale(L *lua.LState) int {
	switch optString(L, 1, "C") {
	case "", "C", "POSIX":
		return pushString(L, "C")
	}
	L.Push(lua.LNil)
	return 1
}

// os.tmpname() -> path of a new empty file
func osTmpname(L *lua.LState) int {
	f, err := os.CreateTemp("", "lua_")
	if err != nil {
		raise(L, "unable to generate a unique filename")
	}
	f.Close()
	return pushString(L, f.Name())
}
