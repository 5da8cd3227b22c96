// Package modules has the list of the Lua modules that come with the programs.
package modules

import (
	"qrelay/modules/control"
	"qrelay/modules/json"
	"qrelay/modules/jwt"
	"qrelay/modules/limiter"
	"qrelay/modules/pg"
	"qrelay/modules/pond"
	"qrelay/modules/socket"
	"qrelay/modules/sodium"
	"qrelay/runtime"
)

// All returns every module, in the order of the manual.
func All() []runtime.Module {
	return []runtime.Module{
		socket.Module(),
		control.Module(),
		sodium.Module(),
		json.Module(),
		jwt.Module(),
		pg.Module(),
		pond.Module(),
		limiter.Module(),
	}
}
