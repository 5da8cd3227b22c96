package dialect

import (
	"math"
	"slices"
	"strings"

	"github.com/yuin/gopher-lua/ast"
)

// lower changes a syntax tree where gopher-lua's compiler would give it
// another meaning than LuaJIT:
//
//   - numbers that become strings by "..", which it writes as Go does
//   - number literals, of which it keeps neither -0 nor infinity
//   - the bounds of a numeric for, where it takes no strings
//   - a generic for with less than three values, which it does not fill up
//   - "a, b = b, a" and "a = (f())", where it changes variables too early
//   - gotos, which separate closures from the variables they share
//   - constant conditions, which can send loops to wrong places
//   - "t[k] = nil", after which tables do not forget the key
//   - very long table constructors, whose elements it puts at wrong places
//
// Calls of functions of our own are written as calls of global variables whose
// names no script can write; link puts the functions in their place.
func lower(stmts []ast.Stmt) []ast.Stmt {
	for i := range stmts {
		stmts[i] = lowerStmt(stmts[i])
	}
	return stmts
}

func lowerStmt(stmt ast.Stmt) ast.Stmt {
	switch st := stmt.(type) {
	case *ast.AssignStmt:
		lowerList(st.Lhs)
		lowerList(st.Rhs)
		return lowerAssignment(st)
	case *ast.LocalAssignStmt:
		lowerList(st.Exprs)
	case *ast.FuncCallStmt:
		st.Expr = lowerExpr(st.Expr)
	case *ast.DoBlockStmt:
		lower(st.Stmts)
	case *ast.WhileStmt:
		st.Condition = lowerExpr(st.Condition)
		lower(st.Stmts)
		return foldWhile(st)
	case *ast.RepeatStmt:
		lower(st.Stmts)
		st.Condition = lowerExpr(st.Condition)
	case *ast.IfStmt:
		st.Condition = lowerExpr(st.Condition)
		lower(st.Then)
		lower(st.Else)
		return foldIf(st)
	case *ast.NumberForStmt:
		lowerNumberFor(st)
	case *ast.GenericForStmt:
		lowerGenericFor(st)
	case *ast.FuncDefStmt:
		st.Func.Stmts = lowerBody(st.Func.Stmts)
	case *ast.ReturnStmt:
		lowerList(st.Exprs)
	}
	return stmt
}

func lowerNumberFor(st *ast.NumberForStmt) {
	st.Init = forBound(lowerExpr(st.Init), forInitial)
	st.Limit = forBound(lowerExpr(st.Limit), forLimit)
	if st.Step != nil {
		st.Step = forBound(lowerExpr(st.Step), forStep)
	}
	lower(st.Stmts)
}

// lowerGenericFor writes the nils out that make up the iterator, its state, and
// the first key: the compiler sets only as many of the three as there are loop
// variables, and leaves in the others what their registers held before. A call
// that gives several of them needs a variable of its own.
func lowerGenericFor(st *ast.GenericForStmt) {
	lowerList(st.Exprs)
	for len(st.Exprs) < 3 && !multiple(st.Exprs[len(st.Exprs)-1]) {
		st.Exprs = append(st.Exprs, at(&ast.NilExpr{}, st.Line()))
	}
	if len(st.Names) < 2 && len(st.Exprs) == 2 {
		st.Names = append(st.Names, "\x00second")
	}
	lower(st.Stmts)
}

// multiple reports whether e may have several values.
func multiple(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.FuncCallExpr:
		return !e.AdjustRet
	case *ast.Comma3Expr:
		return !e.AdjustRet
	}
	return false
}

// forBound leaves alone what is a number for certain, or almost.
func forBound(e ast.Expr, check string) ast.Expr {
	switch e.(type) {
	case *ast.NumberExpr, *ast.ArithmeticOpExpr, *ast.UnaryLenOpExpr, *ast.UnaryMinusOpExpr:
		return e
	}
	return call(e.Line(), check, e)
}

func lowerList(exprs []ast.Expr) {
	for i := range exprs {
		exprs[i] = lowerExpr(exprs[i])
	}
}

func lowerExpr(expr ast.Expr) ast.Expr {
	switch e := expr.(type) {
	case *ast.NumberExpr:
		if n, ok := ParseNumber(e.Value); ok {
			return literal(n, e.Line())
		}
	case *ast.AttrGetExpr:
		e.Object, e.Key = lowerExpr(e.Object), lowerExpr(e.Key)
	case *ast.TableExpr:
		return lowerTable(e)
	case *ast.FuncCallExpr:
		if e.Func != nil {
			e.Func = lowerExpr(e.Func)
		} else {
			e.Receiver = lowerExpr(e.Receiver)
		}
		lowerList(e.Args)
	case *ast.LogicalOpExpr:
		e.Lhs, e.Rhs = lowerExpr(e.Lhs), lowerExpr(e.Rhs)
		return foldLogical(e)
	case *ast.RelationalOpExpr:
		e.Lhs, e.Rhs = lowerExpr(e.Lhs), lowerExpr(e.Rhs)
	case *ast.StringConcatOpExpr:
		return lowerConcat(e)
	case *ast.ArithmeticOpExpr:
		e.Lhs, e.Rhs = lowerExpr(e.Lhs), lowerExpr(e.Rhs)
		return foldArithmetic(e)
	case *ast.UnaryMinusOpExpr:
		e.Expr = lowerExpr(e.Expr)
		if n, ok := constant(e.Expr); ok {
			return literal(-n, e.Line())
		}
	case *ast.UnaryNotOpExpr:
		e.Expr = lowerExpr(e.Expr)
		return foldNot(e)
	case *ast.UnaryLenOpExpr:
		e.Expr = lowerExpr(e.Expr)
	case *ast.FunctionExpr:
		e.Stmts = lowerBody(e.Stmts)
	}
	return expr
}

// maxOperands is how many values one call of concat joins. Each takes one of
// a function's 200 registers. Its square is more than maxConcat.
const maxOperands = 50

// lowerConcat makes one call out of a chain of "..", which leans to the right,
// or a call with groups of operands if there are many.
func lowerConcat(e *ast.StringConcatOpExpr) ast.Expr {
	operands, literals := concatOperands(e)
	if literals {
		var b strings.Builder
		for _, o := range operands {
			b.WriteString(o.(*ast.StringExpr).Value)
		}
		return at(&ast.StringExpr{Value: b.String()}, e.Line())
	}
	if len(operands) > maxOperands {
		var groups []ast.Expr
		for group := range slices.Chunk(operands, maxOperands) {
			groups = append(groups, call(e.Line(), groupName, group...))
		}
		operands = groups
	}
	return call(e.Line(), concatName, operands...)
}

// concatOperands lists the operands of a chain, and tells whether all of them
// are string literals.
func concatOperands(e *ast.StringConcatOpExpr) (operands []ast.Expr, literals bool) {
	literals = true
	for rest := ast.Expr(e); rest != nil; {
		operand := rest
		if next, ok := rest.(*ast.StringConcatOpExpr); ok {
			operand, rest = next.Lhs, next.Rhs
		} else {
			rest = nil
		}
		operand = lowerExpr(operand)
		_, literal := operand.(*ast.StringExpr)
		literals = literals && literal
		operands = append(operands, operand)
	}
	return operands, literals
}

func foldArithmetic(e *ast.ArithmeticOpExpr) ast.Expr {
	a, ok := constant(e.Lhs)
	b, ok2 := constant(e.Rhs)
	if !ok || !ok2 {
		return e
	}
	return literal(arithmetic(e.Operator, a, b), e.Line())
}

// arithmetic computes a op b as the virtual machine does.
func arithmetic(op string, a, b float64) float64 {
	switch op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "/":
		return a / b
	case "^":
		return math.Pow(a, b)
	}
	m := math.Mod(a, b)
	if m*b < 0 {
		m += b
	}
	if m == 0 {
		return 0 // never -0
	}
	return m
}
