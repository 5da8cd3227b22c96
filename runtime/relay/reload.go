package relay

import (
	"errors"
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
)

// ErrNoReload is returned by Reload if there is no such function.
var ErrNoReload = errors.New("there is no global function reload")

// Reload calls the global function reload. It is looked up each time, so that a
// reload can replace it.
func Reload(L *lua.LState) error {
	fn := L.GetGlobal("reload")
	if fn == lua.LNil {
		return ErrNoReload
	}
	if fn.Type() != lua.LTFunction && L.GetMetaField(fn, "__call") == lua.LNil {
		return fmt.Errorf("the global reload must be a function, not %s", runtime.TypeName(fn))
	}
	return runtime.Call(L, fn, 0)
}
