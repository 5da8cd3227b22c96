package dialect

import (
	"math"
	"strconv"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// Names of global variables that stand for values of our own until link puts
// those in their place. No Lua name holds a NUL byte.
const (
	concatName   = "\x00concat"
	groupName    = "\x00group"
	forInitial   = "\x00initial"
	forLimit     = "\x00limit"
	forStep      = "\x00step"
	tableName    = "\x00table"
	storeName    = "\x00store"
	negativeZero = "\x00-0"
)

// intrinsic is such a value and the name that tracebacks show for it.
type intrinsic struct {
	value lua.LValue
	title string
}

func intrinsics(name string) (intrinsic, bool) {
	switch name {
	case concatName:
		return intrinsic{concatFunction, "(concatenation)"}, true
	case groupName:
		return intrinsic{groupFunction, "(concatenation)"}, true
	case forInitial:
		return intrinsic{initialFunction, "(for)"}, true
	case forLimit:
		return intrinsic{limitFunction, "(for)"}, true
	case forStep:
		return intrinsic{stepFunction, "(for)"}, true
	case tableName:
		return intrinsic{tableFunction, "(table constructor)"}, true
	case storeName:
		return intrinsic{storeFunction, "(assignment)"}, true
	case negativeZero:
		return intrinsic{lua.LNumber(math.Copysign(0, -1)), ""}, true
	}
	return intrinsic{}, false
}

var (
	concatFunction  = goFunction(concatValues)
	groupFunction   = goFunction(groupValues)
	initialFunction = goFunction(func(L *lua.LState) int { return forNumber(L, "initial value") })
	limitFunction   = goFunction(func(L *lua.LState) int { return forNumber(L, "limit") })
	stepFunction    = goFunction(func(L *lua.LState) int { return forNumber(L, "step") })
	tableFunction   = goFunction(joinTables)
	storeFunction   = goFunction(storeValue)
)

// goFunction makes a function that belongs to no state in particular: it has
// no environment and no upvalues.
func goFunction(fn lua.LGFunction) *lua.LFunction {
	return &lua.LFunction{IsG: true, GFunction: fn}
}

// at gives an expression its line.
func at[E ast.Expr](e E, line int) E {
	e.SetLine(line)
	e.SetLastLine(line)
	return e
}

// call calls an intrinsic function, which returns exactly one value.
func call(line int, name string, args ...ast.Expr) ast.Expr {
	for i, arg := range args {
		args[i] = single(arg)
	}
	fn := at(&ast.IdentExpr{Value: name}, line)
	return at(&ast.FuncCallExpr{Func: fn, Args: args, AdjustRet: true}, line)
}

// single cuts a call or "..." to one value.
func single(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.FuncCallExpr:
		e.AdjustRet = true
	case *ast.Comma3Expr:
		e.AdjustRet = true
	}
	return e
}

// constant returns the value of a number literal.
func constant(e ast.Expr) (float64, bool) {
	switch e := e.(type) {
	case *ast.NumberExpr:
		return ParseNumber(e.Value)
	case *ast.IdentExpr:
		if e.Value == negativeZero {
			return math.Copysign(0, -1), true
		}
	}
	return 0, false
}

// literal is a number in a form that the compiler reads exactly. It takes -0
// for the constant 0 if there is one, hence the intrinsic.
func literal(n float64, line int) ast.Expr {
	if n == 0 && math.Signbit(n) {
		return at(&ast.IdentExpr{Value: negativeZero}, line)
	}
	return at(&ast.NumberExpr{Value: strconv.FormatFloat(n, 'g', -1, 64)}, line)
}

// Instruction layout of gopher-lua: opcode in bits 26 to 31, A in 18 to 25, Bx
// in 0 to 17.
const (
	opcodeShift = 26
	maskA       = 0xff << 18
	maskBx      = 1<<18 - 1
)

// link replaces the loads of intrinsic globals by loads of constants, in proto
// and the functions within it, and checks the limits that the compiler leaves
// unchecked.
func link(proto *lua.FunctionProto) error {
	if len(proto.DbgUpvalues) > math.MaxUint8 {
		return &SyntaxError{proto.SourceName, max(proto.LineDefined, 1),
			"function has more than 255 upvalues", ""}
	}
	linkGotos(proto)
	added := map[uint32]uint32{}
	for pc, inst := range proto.Code {
		if inst>>opcodeShift != uint32(lua.OP_GETGLOBAL) {
			continue
		}
		bx := inst & maskBx
		name, _ := proto.Constants[bx].(lua.LString)
		in, ok := intrinsics(string(name))
		if !ok {
			continue
		}
		k, ok := added[bx]
		if !ok {
			k = uint32(len(proto.Constants))
			added[bx] = k
			proto.Constants = append(proto.Constants, in.value)
		}
		proto.Code[pc] = uint32(lua.OP_LOADK)<<opcodeShift | inst&maskA | k
	}
	for i, c := range proto.DbgCalls {
		if in, ok := intrinsics(c.Name); ok {
			proto.DbgCalls[i].Name = in.title
		}
	}
	for _, p := range proto.FunctionPrototypes {
		if err := link(p); err != nil {
			return err
		}
	}
	return nil
}
