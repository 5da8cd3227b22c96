package dialect

import "github.com/yuin/gopher-lua/ast"

// Constant conditions.
//
// gopher-lua v1.1.2 shortens a jump to another jump, but takes the target of
// one that it has shortened before for a label. A loop that begins with a jump
// thus goes on at a wrong place: "for … do if false then … end". Only constant
// conditions make code begin with one, so those are decided here.

// truth returns the truth value of a literal.
func truth(e ast.Expr) (value, constant bool) {
	switch e.(type) {
	case *ast.NilExpr, *ast.FalseExpr:
		return false, true
	case *ast.TrueExpr, *ast.NumberExpr, *ast.StringExpr:
		return true, true
	}
	return false, false
}

// foldLogical returns one of the operands if the left one is a literal.
func foldLogical(e *ast.LogicalOpExpr) ast.Expr {
	left, constant := truth(e.Lhs)
	switch {
	case !constant:
		return e
	case left == (e.Operator == "and"):
		return single(e.Rhs)
	}
	return e.Lhs
}

func foldNot(e *ast.UnaryNotOpExpr) ast.Expr {
	value, constant := truth(e.Expr)
	switch {
	case !constant:
		return e
	case value:
		return at(&ast.FalseExpr{}, e.Line())
	}
	return at(&ast.TrueExpr{}, e.Line())
}

// foldIf returns the block that is always run if the condition is a literal.
func foldIf(st *ast.IfStmt) ast.Stmt {
	condition, constant := truth(st.Condition)
	switch {
	case !constant:
		return st
	case condition:
		return blockAt(st, st.Then)
	}
	return blockAt(st, st.Else)
}

// foldWhile returns nothing but an empty block if the loop never runs.
func foldWhile(st *ast.WhileStmt) ast.Stmt {
	if condition, constant := truth(st.Condition); constant && !condition {
		return blockAt(st, nil)
	}
	return st
}

func blockAt(st ast.Stmt, stmts []ast.Stmt) ast.Stmt {
	block := &ast.DoBlockStmt{Stmts: stmts}
	block.SetLine(st.Line())
	block.SetLastLine(st.LastLine())
	return block
}
