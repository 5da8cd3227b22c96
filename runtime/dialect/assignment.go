package dialect

import (
	"strconv"

	"github.com/yuin/gopher-lua/ast"
)

// lowerAssignment makes sure that all expressions of an assignment are
// evaluated before any variable changes. The compiler evaluates an expression
// right in the register of the local variable that it is assigned to: it makes
// "a, b = b, a" two equal values, puts the function of "a = (f(a))" in place of
// its argument, and in "a = (not a or b) and f(a)" the value of "not a". Where
// that can happen, the values go through temporary local variables.
func lowerAssignment(st *ast.AssignStmt) ast.Stmt {
	if removing(st) {
		target := st.Lhs[0].(*ast.AttrGetExpr)
		store := &ast.FuncCallStmt{Expr: call(st.Line(), storeName, target.Object, target.Key, st.Rhs[0])}
		store.SetLine(st.Line())
		store.SetLastLine(st.LastLine())
		return store
	}
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

// removing reports whether an assignment is one that may remove any number of
// keys, see forget.go: "t[k] = nil" or "t[k] = n > 0 and n or nil".
func removing(st *ast.AssignStmt) bool {
	if len(st.Lhs) != 1 || len(st.Rhs) != 1 {
		return false
	}
	target, ok := st.Lhs[0].(*ast.AttrGetExpr)
	return ok && !isLiteral(target.Key) && endsInNil(st.Rhs[0])
}

func endsInNil(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.NilExpr:
		return true
	case *ast.LogicalOpExpr:
		return endsInNil(e.Rhs)
	}
	return false
}

// hazardous reports whether a target may be a local variable that changes too
// early.
func hazardous(st *ast.AssignStmt) bool {
	names := 0
	for _, lhs := range st.Lhs {
		if _, ok := lhs.(*ast.IdentExpr); ok {
			names++
		}
	}
	switch {
	case names == 0:
		return false
	case len(st.Lhs) == 1 && len(st.Rhs) == 1:
		return hazardousValue(st.Rhs[0])
	case len(st.Rhs) == 1 && names == len(st.Lhs):
		call, ok := st.Rhs[0].(*ast.FuncCallExpr)
		return !ok || call.AdjustRet
	}
	return true
}

// hazardousValue reports whether evaluating e writes to its target before the
// end. Of "and" and "or" only mixtures do.
func hazardousValue(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.FuncCallExpr:
		return e.AdjustRet
	case *ast.LogicalOpExpr:
		return mixed(e.Lhs, e.Operator) || mixed(e.Rhs, e.Operator)
	}
	return false
}

// mixed reports whether e has a logical operator other than op at its root, or
// below that.
func mixed(e ast.Expr, op string) bool {
	l, ok := e.(*ast.LogicalOpExpr)
	return ok && (l.Operator != op || mixed(l.Lhs, op) || mixed(l.Rhs, op))
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
