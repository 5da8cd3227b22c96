package json

import (
	"testing"

	"qrelay/runtime"
	"qrelay/runtime/luatest"
)

func TestLua(t *testing.T) {
	luatest.Run(t, []runtime.Module{Module()})
}
