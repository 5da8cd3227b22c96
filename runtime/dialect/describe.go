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
	switch {
	case strings.HasSuffix(message, notCallable):
		if callee, ok := i.callee(); ok {
			return strings.TrimSuffix(message, notCallable) + "attempt to call " + callee
		}
	case strings.Contains(message, notIndexable):
		if head, kind := cutIndexError(message); i.indexed() >= 0 && i.typeOf(i.indexed()) == kind {
			return head + "attempt to index " + i.variable(i.indexed())
		}
	case strings.Contains(message, "cannot perform ") && i.op() >= lua.OP_ADD && i.op() <= lua.OP_POW:
		operand := i.b()
		if i.isNumber(operand) {
			operand = i.c()
		}
		return head(message) + "attempt to perform arithmetic on " + i.variable(operand)
	case strings.HasSuffix(message, "__unm undefined") && i.op() == lua.OP_UNM:
		return head(message) + "attempt to perform arithmetic on " + i.variable(i.b())
	case strings.HasSuffix(message, "__len undefined") && i.op() == lua.OP_LEN:
		return head(message) + "attempt to get length of " + i.variable(i.b())
	}
	return rewordError(message)
}

// head is the position that a message begins with.
func head(message string) string { return message[:strings.Index(message, ": ")+2] }

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
	return inspectFrame(L, *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(L), offsetFrame)))
}

func inspectFrame(L *lua.LState, frame unsafe.Pointer) (inspection, bool) {
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

// inspectCaller returns false if what has called the running function is a Go
// function.
func inspectCaller(L *lua.LState) (inspection, bool) {
	frame := *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(L), offsetFrame))
	return inspectFrame(L, *(*unsafe.Pointer)(unsafe.Add(frame, offsetParent)))
}

// calledAsMethod reports whether the running Go function was called as o:f().
func calledAsMethod(L *lua.LState) bool {
	i, ok := inspectCaller(L)
	return ok && i.op() == lua.OP_CALL && strings.HasPrefix(i.name(i.a()), "method ")
}

// describeArgument is variable for an argument of the running Go function,
// which an instruction of a Lua function has called: a call, or an operator
// whose operands are the arguments.
func describeArgument(L *lua.LState, n int) string {
	kind := "a " + L.Get(n).Type().String() + " value"
	i, ok := inspectCaller(L)
	if !ok {
		return kind
	}
	operand := i.b()
	switch op := i.op(); {
	case op == lua.OP_CALL:
		operand = i.a() + n
	case op >= lua.OP_ADD && op <= lua.OP_POW && n == 2:
		operand = i.c()
	case op < lua.OP_ADD || op > lua.OP_UNM:
		return kind
	}
	if operand&constantBit != 0 {
		return kind
	}
	return named(i.name(operand), kind)
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

func (i inspection) typeOf(operand int) string { return i.value(operand).Type().String() }

func (i inspection) isNumber(operand int) bool {
	_, ok := toNumber(i.value(operand))
	return ok
}

// callee describes what the instruction calls.
func (i inspection) callee() (string, bool) {
	switch i.op() {
	case lua.OP_CALL, lua.OP_TAILCALL:
		return i.variable(i.a()), true
	case lua.OP_TFORLOOP:
		return "a " + i.typeOf(i.a()) + " value", true
	}
	return "", false
}

// indexed is the operand that the instruction indexes, -1 if it does not.
func (i inspection) indexed() int {
	switch i.op() {
	case lua.OP_SETTABLE, lua.OP_SETTABLEKS:
		return i.a()
	case lua.OP_GETTABLE, lua.OP_GETTABLEKS, lua.OP_SELF:
		return i.b()
	}
	return -1
}

// variable describes the operand: its name, if it has one, and its type.
func (i inspection) variable(operand int) string {
	kind := "a " + i.typeOf(operand) + " value"
	if operand&constantBit != 0 {
		return kind
	}
	return named(i.name(operand), kind)
}

func named(name, kind string) string {
	if name == "" {
		return kind
	}
	return name + " (" + kind + ")"
}

// name tells what a register holds: a local variable, or what the instruction
// nearest before has loaded into it. Like LuaJIT, it does not care whether that
// has been jumped over: (a or b)() calls "global 'b'". It is empty if what the
// register holds has no name.
func (i inspection) name(register int) string {
	before := i.before()
	for {
		if name := i.local(register); name != "" {
			return name
		}
		for {
			if len(before) == 0 {
				return ""
			}
			i.pc, before = before[len(before)-1], before[:len(before)-1]
			if i.writes(register) {
				break
			}
		}
		if op := i.op(); op != lua.OP_MOVE && op != lua.OP_MOVEN || i.a() != register {
			return i.loaded(register)
		}
		register = i.b()
	}
}

// before lists the instructions that stand before the present one.
func (i inspection) before() []int {
	var list []int
	end := i.pc
	for i.pc = 0; i.pc < end; i.pc++ {
		list = append(list, i.pc)
		switch i.op() {
		case lua.OP_CLOSURE: // what follows tells its upvalues
			i.pc += int(i.fn.Proto.FunctionPrototypes[i.inst()&maskBx].NumUpvalues)
		case lua.OP_SETLIST:
			if i.c() == 0 { // an operand follows
				i.pc++
			}
		}
	}
	return list
}

// writes reports whether the instruction changes a register.
func (i inspection) writes(register int) bool {
	switch i.op() {
	case lua.OP_SETGLOBAL, lua.OP_SETUPVAL, lua.OP_SETTABLE, lua.OP_SETTABLEKS, lua.OP_SETLIST, lua.OP_JMP,
		lua.OP_EQ, lua.OP_LT, lua.OP_LE, lua.OP_TEST, lua.OP_RETURN, lua.OP_CLOSE, lua.OP_NOP:
		return false
	case lua.OP_CALL, lua.OP_TAILCALL, lua.OP_VARARG, lua.OP_TFORLOOP:
		return register >= i.a()
	case lua.OP_LOADNIL:
		return register >= i.a() && register <= i.b()
	case lua.OP_SELF:
		return register == i.a() || register == i.a()+1
	}
	return register == i.a()
}

// local names the local variable in a register.
func (i inspection) local(register int) string {
	for _, v := range i.fn.Proto.DbgLocals {
		if v.StartPc > i.pc || i.pc > v.EndPc {
			continue
		}
		if register == 0 {
			if v.Name[0] == '(' {
				return ""
			}
			return quoted("local", v.Name)
		}
		register--
	}
	return ""
}

// loaded names what the instruction loads into a register.
func (i inspection) loaded(register int) string {
	if i.a() != register {
		return ""
	}
	switch i.op() {
	case lua.OP_GETGLOBAL:
		return quoted("global", i.constant(int(i.inst()&maskBx)).String())
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
