package dialect

import (
	"strconv"

	"github.com/yuin/gopher-lua/ast"
)

// lowerAssignment makes sure that all expressions of an assignment are
// evaluated before any variable changes. The compiler evaluates an expression
// right in the register of the local variable that it is assigned to: it makes
// "a, b = b, a" two equal values, and puts the function of "a = (f(a))" in
// place of its argument. Where that can happen, the values go through
// temporary local variables.
func lowerAssignment(st *ast.AssignStmt) ast.Stmt {
	if !hazardous(st) {
		return st
	}
	t := temporaries{line: st.Line()}
	targets := make([]ast.Expr, len(st.Lhs))
	for i, lhs := range st.Lhs {
		targets[i] = t.target(lhs)
	}
	values := t.store(len(st.Lhs), st.Rhs)
	for i := len(targets) - 1; i >= 0; i-- { // from the right, as Lua does
		assign := &ast.AssignStmt{Lhs: targets[i : i+1 : i+1], Rhs: values[i : i+1 : i+1]}
		assign.SetLine(t.line)
		t.stmts = append(t.stmts, assign)
	}
	block := &ast.DoBlockStmt{Stmts: t.stmts}
	block.SetLine(t.line)
	block.SetLastLine(t.line)
	return block
}

// hazardous reports whether a target may be a local variable that changes too
// early. Assigning the results of one call to variables is safe, and so is any
// assignment to table fields only.
func hazardous(st *ast.AssignStmt) bool {
	names := 0
	for _, lhs := range st.Lhs {
		if _, ok := lhs.(*ast.IdentExpr); ok {
			names++
		}
	}
	if names == 0 {
		return false
	}
	if len(st.Rhs) == 1 && names == len(st.Lhs) {
		call, ok := st.Rhs[0].(*ast.FuncCallExpr)
		return ok && call.AdjustRet || !ok && names > 1
	}
	return true
}

// temporaries are local variables with names that no script can write.
type temporaries struct {
	line  int
	count int
	stmts []ast.Stmt
}

// store evaluates expressions into n new variables and returns those.
func (t *temporaries) store(n int, exprs []ast.Expr) []ast.Expr {
	local := &ast.LocalAssignStmt{Exprs: exprs}
	local.SetLine(t.line)
	vars := make([]ast.Expr, n)
	for i := range vars {
		name := "\x00" + strconv.Itoa(t.count)
		t.count++
		local.Names = append(local.Names, name)
		vars[i] = at(&ast.IdentExpr{Value: name}, t.line)
	}
	t.stmts = append(t.stmts, local)
	return vars
}

// target evaluates table and key of a target first.
func (t *temporaries) target(lhs ast.Expr) ast.Expr {
	index, ok := lhs.(*ast.AttrGetExpr)
	if !ok {
		return lhs
	}
	target := at(&ast.AttrGetExpr{Object: t.store(1, []ast.Expr{index.Object})[0], Key: index.Key}, lhs.Line())
	switch index.Key.(type) {
	case *ast.StringExpr, *ast.NumberExpr:
	default:
		target.Key = t.store(1, []ast.Expr{index.Key})[0]
	}
	return target
}
