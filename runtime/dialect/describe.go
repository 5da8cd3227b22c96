package dialect

import (
	"strings"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// describe rewords an error that the virtual machine has just raised in L,
// whose stack is still as it was then. As LuaJIT does, it names the variable
// that had the wrong type, "attempt to call global 'f' (a nil value)".
func describe(L *lua.LState, message string) string {
	i, ok := newInspection(L)
	if !ok {
		return rewordError(message)
	}
	head := message[:strings.Index(message, ": ")+2]
	switch {
	case strings.HasSuffix(message, "attempt to call a non-function object"):
		if i.op() == lua.OP_CALL || i.op() == lua.OP_TAILCALL {
			return head + "attempt to call " + i.variable(i.a())
		}
	case strings.Contains(message, "attempt to index a non-table object("):
		operand := i.b()
		switch i.op() {
		case lua.OP_SETTABLE, lua.OP_SETTABLEKS:
			operand = i.a()
		case lua.OP_GETTABLE, lua.OP_GETTABLEKS, lua.OP_SELF:
		default:
			return rewordError(message)
		}
		if v := i.variable(operand); v[:2] != "a " {
			return head + "attempt to index " + v
		}
	case strings.Contains(message, "cannot perform ") && i.op() >= lua.OP_ADD && i.op() <= lua.OP_POW:
		operand := i.b()
		if i.isNumber(operand) {
			operand = i.c()
		}
		return head + "attempt to perform arithmetic on " + i.variable(operand)
	case strings.HasSuffix(message, "__unm undefined") && i.op() == lua.OP_UNM:
		return head + "attempt to perform arithmetic on " + i.variable(i.b())
	case strings.HasSuffix(message, "__len undefined") && i.op() == lua.OP_LEN:
		return head + "attempt to get length of " + i.variable(i.b())
	}
	return rewordError(message)
}

// constantBit marks an operand that is a constant.
const constantBit = 1 << 8

// inspection looks at the instruction that a Lua function executes.
type inspection struct {
	L  *lua.LState
	fn *lua.LFunction
	pc int
}

// newInspection returns false if a Go function runs.
func newInspection(L *lua.LState) (inspection, bool) {
	frame := *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(L), offsetFrame))
	if frame == nil {
		return inspection{}, false
	}
	fn := *(**lua.LFunction)(unsafe.Add(frame, offsetFn))
	pc := *(*int)(unsafe.Add(frame, offsetPc)) - 1
	if fn == nil || fn.IsG || pc < 0 || pc >= len(fn.Proto.Code) {
		return inspection{}, false
	}
	return inspection{L, fn, pc}, true
}

func (i inspection) inst() uint32 { return i.fn.Proto.Code[i.pc] }
func (i inspection) op() int      { return int(i.inst() >> opcodeShift) }
func (i inspection) a() int       { return int(i.inst()>>18) & 0xff }
func (i inspection) b() int       { return int(i.inst()) & 0x1ff }
func (i inspection) c() int       { return int(i.inst()>>9) & 0x1ff }

// constant returns a constant of the function.
func (i inspection) constant(n int) lua.LValue { return i.fn.Proto.Constants[n] }

// value is that of a register or constant operand.
func (i inspection) value(operand int) lua.LValue {
	if operand&constantBit != 0 {
		return i.constant(operand &^ constantBit)
	}
	return i.L.Get(operand + 1)
}

func (i inspection) isNumber(operand int) bool {
	_, ok := toNumber(i.value(operand))
	return ok
}

// variable describes the operand: its name, if it has one, and its type.
func (i inspection) variable(operand int) string {
	kind := i.value(operand).Type().String()
	if operand&constantBit == 0 {
		if name := i.name(operand); name != "" {
			return name + " (a " + kind + " value)"
		}
	}
	return "a " + kind + " value"
}

// name tells what a register holds: a local variable, or what the straight
// line of instructions before has loaded into it. It is empty if that is not
// known.
func (i inspection) name(register int) string {
	if name := i.local(register); name != "" {
		return name
	}
	for i.pc--; i.pc >= 0; i.pc-- {
		switch i.op() {
		case lua.OP_JMP, lua.OP_TEST, lua.OP_TESTSET, lua.OP_EQ, lua.OP_LT, lua.OP_LE, lua.OP_LOADBOOL,
			lua.OP_FORLOOP, lua.OP_TFORLOOP, lua.OP_CLOSURE, lua.OP_MOVEN:
			return ""
		case lua.OP_CALL, lua.OP_VARARG:
			if i.a() <= register {
				return ""
			}
		default:
			if i.a() == register {
				return i.loaded()
			}
		}
	}
	return ""
}

// local names the local variable in a register. gopher-lua notes wrong scopes
// for variables if a function uses a register for two of them, and leaves one
// of those without an end; then there are no names.
func (i inspection) local(register int) string {
	name := ""
	for _, v := range i.fn.Proto.DbgLocals {
		if v.EndPc == 0 {
			return ""
		}
		if v.StartPc <= i.pc && i.pc <= v.EndPc {
			if register == 0 {
				name = v.Name
			}
			register--
		}
	}
	if name == "" || name[0] == '(' {
		return ""
	}
	return quoted("local", name)
}

// loaded names what the instruction loads.
func (i inspection) loaded() string {
	switch i.op() {
	case lua.OP_GETGLOBAL:
		return quoted("global", i.constant(int(i.inst()&maskBx)).String())
	case lua.OP_MOVE:
		return i.local(i.b())
	case lua.OP_GETUPVAL:
		return quoted("upvalue", i.fn.Proto.DbgUpvalues[i.b()])
	case lua.OP_GETTABLEKS, lua.OP_SELF:
		if i.c()&constantBit == 0 {
			return ""
		}
		kind := "field"
		if i.op() == lua.OP_SELF {
			kind = "method"
		}
		return quoted(kind, i.constant(i.c()&^constantBit).String())
	}
	return ""
}

func quoted(kind, name string) string {
	if strings.Contains(name, "\x00") {
		return ""
	}
	return kind + " '" + name + "'"
}
