package relay

import (
	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/spelling"
)

// settings are the globals that a script may set, all but max_size nil unless
// it does.
var settings = []string{"max_size", userConnectionsName, userBytesName, "log_server", "reload"}

// warnOfMisspelt logs globals whose names look as if a setting was meant that
// is not set: nothing else would tell that it has no effect.
func (s *Server) warnOfMisspelt(L *lua.LState) {
	L.G.Global.ForEach(func(key, _ lua.LValue) {
		name, ok := key.(lua.LString)
		if !ok {
			return
		}
		for _, setting := range settings {
			if !isSet(L, setting) && spelling.Near(string(name), setting) {
				s.log.Warn("a global is not a setting, but is called nearly like one", "global", string(name), "setting", setting)
			}
		}
	})
}

func isSet(L *lua.LState, setting string) bool {
	value := L.GetGlobal(setting)
	return value != lua.LNil && value != lua.LNumber(defaultMaxSize)
}
