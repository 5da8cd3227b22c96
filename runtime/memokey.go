package runtime

import (
	"encoding/binary"
	"math"

	lua "github.com/yuin/gopher-lua"
)

// memoKey makes one string of arguments, different for different ones. nil at
// the end does not count. It raises for arguments that are not compared by
// value.
func memoKey(L *lua.LState, args []lua.LValue) string {
	for len(args) > 0 && args[len(args)-1] == lua.LNil {
		args = args[:len(args)-1]
	}
	if len(args) == 1 {
		if s, ok := args[0].(lua.LString); ok {
			return "s" + string(s)
		}
	}
	var b []byte
	for i, arg := range args {
		switch v := arg.(type) {
		case *lua.LNilType:
			b = append(b, '-')
		case lua.LBool:
			if v {
				b = append(b, '1')
			} else {
				b = append(b, '0')
			}
		case lua.LNumber:
			b = append(b, 'n')
			b = binary.BigEndian.AppendUint64(b, math.Float64bits(float64(v)+0)) // -0 is 0
		case lua.LString:
			b = append(b, 'l')
			b = binary.AppendUvarint(b, uint64(len(v)))
			b = append(b, v...)
		default:
			L.RaiseError("bad argument #%d to a memoized function (nil, boolean, number or string expected, got %s)", i+1, TypeName(arg))
		}
	}
	return string(b)
}
