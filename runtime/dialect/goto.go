package dialect

import (
	"slices"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// Gotos and closures.
//
// A goto that leaves the scope of variables which closures share has to close
// these. gopher-lua v1.1.2 writes the instruction for it with each goto, and
// leaves its operand 0 where there is nothing to close: that closes all
// variables of the function, and functions made before the goto no longer
// share them. So a function with a goto gets one variable more, its first; then
// no other goto has the operand 0, and link takes the effect from those.

// gotoLocal is the name of that variable.
const gotoLocal = "\x00goto"

// lowerBody is lower for the statements of a whole function.
func lowerBody(stmts []ast.Stmt) []ast.Stmt {
	lower(stmts)
	if !hasGoto(stmts) {
		return stmts
	}
	local := &ast.LocalAssignStmt{Names: []string{gotoLocal}}
	local.SetLine(stmts[0].Line())
	local.SetLastLine(stmts[0].Line())
	return slices.Insert(stmts, 0, ast.Stmt(local))
}

// hasGoto looks into blocks, not into functions.
func hasGoto(stmts []ast.Stmt) bool {
	return slices.ContainsFunc(stmts, func(stmt ast.Stmt) bool {
		switch st := stmt.(type) {
		case *ast.GotoStmt:
			return true
		case *ast.DoBlockStmt:
			return hasGoto(st.Stmts)
		case *ast.WhileStmt:
			return hasGoto(st.Stmts)
		case *ast.RepeatStmt:
			return hasGoto(st.Stmts)
		case *ast.IfStmt:
			return hasGoto(st.Then) || hasGoto(st.Else)
		case *ast.NumberForStmt:
			return hasGoto(st.Stmts)
		case *ast.GenericForStmt:
			return hasGoto(st.Stmts)
		}
		return false
	})
}

// noRegister is beyond the 200 that a function has.
const noRegister = 0xff

// linkGotos makes the gotos of a function that need not close anything do so.
func linkGotos(proto *lua.FunctionProto) {
	if !slices.ContainsFunc(proto.DbgLocals, func(v *lua.DbgLocalInfo) bool { return v.Name == gotoLocal }) {
		return
	}
	for pc, inst := range proto.Code[:len(proto.Code)-1] {
		next := proto.Code[pc+1] >> opcodeShift
		if inst>>opcodeShift == uint32(lua.OP_CLOSE) && inst&maskA == 0 && next == uint32(lua.OP_JMP) {
			proto.Code[pc] = inst | noRegister<<18
		}
	}
}
