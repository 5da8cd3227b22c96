package dialect

import (
	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// Scopes of local variables.
//
// gopher-lua v1.1.2 notes where the scope of a variable ends with the variable
// whose number its register has, so no scope is right in a function that uses
// a register twice. But its instructions have the lines of the nodes that they
// were compiled from. So each node gets, above its line, the number of the
// block that it stands in, and when all is compiled the scopes are read off
// the instructions.

// lineBits is how many bits of a line number are the line.
const lineBits = 32

func plainLine(line int) int { return line & (1<<lineBits - 1) }

func blockOf(line int) int { return line >> lineBits }

// mainBlock is the number of the main chunk itself.
const mainBlock = 1

// blocks numbers the blocks of a chunk in the order in which they begin.
type blocks struct {
	last []int         // by block: the last one within it
	vars map[int][]int // by the block of a function: the blocks of its variables, in their order
	fn   int           // the block of the function that is being walked
}

// numberBlocks numbers the blocks of a chunk and marks its nodes.
func numberBlocks(stmts []ast.Stmt) *blocks {
	b := &blocks{last: []int{0}, vars: map[int][]int{}}
	b.fn = b.enter()
	b.stmts(stmts, b.fn)
	b.leave(b.fn)
	return b
}

func (b *blocks) enter() int {
	b.last = append(b.last, 0)
	return len(b.last) - 1
}

func (b *blocks) leave(block int) { b.last[block] = len(b.last) - 1 }

// declare notes variables of a block.
func (b *blocks) declare(block, n int) {
	for range n {
		b.vars[b.fn] = append(b.vars[b.fn], block)
	}
}

func mark(node ast.PositionHolder, block int) {
	node.SetLine(block<<lineBits | plainLine(node.Line()))
	node.SetLastLine(block<<lineBits | plainLine(node.LastLine()))
}

// inner walks statements that are a block of their own.
func (b *blocks) inner(stmts []ast.Stmt) {
	block := b.enter()
	b.stmts(stmts, block)
	b.leave(block)
}

func (b *blocks) stmts(stmts []ast.Stmt, block int) {
	for _, stmt := range stmts {
		mark(stmt, block)
		b.stmt(stmt, block)
	}
}

func (b *blocks) stmt(stmt ast.Stmt, block int) {
	switch st := stmt.(type) {
	case *ast.AssignStmt:
		b.exprs(st.Lhs, block)
		b.exprs(st.Rhs, block)
	case *ast.LocalAssignStmt:
		b.exprs(st.Exprs, block)
		b.declare(block, len(st.Names))
	case *ast.FuncCallStmt:
		b.expr(st.Expr, block)
	case *ast.DoBlockStmt:
		b.inner(st.Stmts)
	case *ast.WhileStmt:
		b.expr(st.Condition, block)
		b.inner(st.Stmts)
	case *ast.RepeatStmt:
		body := b.enter()
		b.stmts(st.Stmts, body)
		b.expr(st.Condition, body)
		b.leave(body)
	case *ast.IfStmt:
		b.expr(st.Condition, block)
		b.inner(st.Then)
		b.inner(st.Else)
	case *ast.NumberForStmt:
		b.loop(st, []ast.Expr{st.Init, st.Limit, st.Step}, 1, st.Stmts)
	case *ast.GenericForStmt:
		b.loop(st, st.Exprs, len(st.Names), st.Stmts)
	case *ast.FuncDefStmt:
		self := 0
		if st.Name.Func != nil {
			b.expr(st.Name.Func, block)
		} else {
			b.expr(st.Name.Receiver, block)
			self = 1
		}
		b.function(st.Func, block, self)
	case *ast.ReturnStmt:
		b.exprs(st.Exprs, block)
	}
}

// hiddenVars is how many variables without a name a for loop has.
const hiddenVars = 3

// loop walks a for loop, whose own instructions are within its block.
func (b *blocks) loop(st ast.Stmt, exprs []ast.Expr, vars int, body []ast.Stmt) {
	block := b.enter()
	mark(st, block)
	b.exprs(exprs, block)
	b.declare(block, hiddenVars+vars)
	b.stmts(body, block)
	b.leave(block)
}

// function walks a function in a block; self is 1 if it has that parameter.
func (b *blocks) function(e *ast.FunctionExpr, block, self int) {
	mark(e, block)
	outer := b.fn
	b.fn = b.enter()
	b.declare(b.fn, self+len(e.ParList.Names))
	if e.ParList.HasVargs {
		b.declare(b.fn, 1) // arg
	}
	b.stmts(e.Stmts, b.fn)
	b.leave(b.fn)
	e.SetLastLine(b.fn<<lineBits | plainLine(e.LastLine()))
	b.fn = outer
}

func (b *blocks) exprs(exprs []ast.Expr, block int) {
	for _, e := range exprs {
		b.expr(e, block)
	}
}

func (b *blocks) expr(expr ast.Expr, block int) {
	if expr == nil { // a for loop without step, a field without key
		return
	}
	mark(expr, block)
	switch e := expr.(type) {
	case *ast.AttrGetExpr:
		b.exprs([]ast.Expr{e.Object, e.Key}, block)
	case *ast.TableExpr:
		for _, f := range e.Fields {
			b.exprs([]ast.Expr{f.Key, f.Value}, block)
		}
	case *ast.FuncCallExpr:
		b.exprs([]ast.Expr{e.Func, e.Receiver}, block)
		b.exprs(e.Args, block)
	case *ast.LogicalOpExpr:
		b.exprs([]ast.Expr{e.Lhs, e.Rhs}, block)
	case *ast.RelationalOpExpr:
		b.exprs([]ast.Expr{e.Lhs, e.Rhs}, block)
	case *ast.StringConcatOpExpr:
		b.exprs([]ast.Expr{e.Lhs, e.Rhs}, block)
	case *ast.ArithmeticOpExpr:
		b.exprs([]ast.Expr{e.Lhs, e.Rhs}, block)
	case *ast.UnaryMinusOpExpr:
		b.expr(e.Expr, block)
	case *ast.UnaryNotOpExpr:
		b.expr(e.Expr, block)
	case *ast.UnaryLenOpExpr:
		b.expr(e.Expr, block)
	case *ast.FunctionExpr:
		b.function(e, block, 0)
	}
}

// restore gives a function whose body is a block, and the functions within it,
// the scopes of their variables and plain line numbers.
func (b *blocks) restore(proto *lua.FunctionProto, body int) {
	vars := b.vars[body]
	for i, v := range proto.DbgLocals {
		v.EndPc = -1
		if len(vars) == len(proto.DbgLocals) {
			v.EndPc = b.scopeEnd(proto, v.StartPc, vars[i])
		}
	}
	for pc, line := range proto.DbgSourcePositions {
		proto.DbgSourcePositions[pc] = plainLine(line)
	}
	for _, p := range proto.FunctionPrototypes {
		b.restore(p, blockOf(p.LastLineDefined))
	}
	proto.LineDefined, proto.LastLineDefined = plainLine(proto.LineDefined), plainLine(proto.LastLineDefined)
}

// scopeEnd is the last instruction from pc on that belongs to a block.
// Instructions without a line are within.
func (b *blocks) scopeEnd(proto *lua.FunctionProto, pc, block int) int {
	for ; pc < len(proto.DbgSourcePositions); pc++ {
		if of := blockOf(proto.DbgSourcePositions[pc]); of != 0 && (of < block || of > b.last[block]) {
			break
		}
	}
	return pc - 1
}
