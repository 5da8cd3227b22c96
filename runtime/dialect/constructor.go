package dialect

import (
	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// maxFields is how many fields of a table constructor are compiled at once.
// gopher-lua gets the places of elements wrong beyond 25,550 of them, and the
// time it takes for a function grows with the square of its constants.
const maxFields = 500

// maxParts is how many partial tables one call joins; each takes two
// registers.
const maxParts = 25

func lowerTable(e *ast.TableExpr) ast.Expr {
	for _, f := range e.Fields {
		if f.Key != nil {
			f.Key = lowerExpr(f.Key)
			// gopher-lua forgets to cut this to one value when it is the value
			// of the last field, and puts it into the sequence as well:
			// {f(), x = f()}.
			single(f.Value)
		}
		f.Value = lowerExpr(f.Value)
	}
	if len(e.Fields) <= maxFields {
		return e
	}
	return buildTable(e.Fields, e.Line(), true)
}

// buildTable writes a long constructor as a join of shorter ones. Last says
// that the final field may have several values.
func buildTable(fields []*ast.Field, line int, last bool) ast.Expr {
	if len(fields) <= maxFields {
		return partialTable(fields, line, last)
	}
	size := maxFields
	for size*maxParts < len(fields) {
		size *= maxParts
	}
	var args []ast.Expr
	for len(fields) > 0 {
		n := min(size, len(fields))
		final := last && n == len(fields)
		args = append(args,
			literal(float64(countPositional(fields[:n])), line),
			buildTable(fields[:n], line, final))
		fields = fields[n:]
	}
	return call(line, tableName, args...)
}

func countPositional(fields []*ast.Field) (n int) {
	for _, f := range fields {
		if f.Key == nil {
			n++
		}
	}
	return n
}

// partialTable is a constructor; one of nothing but literals gets a function
// to itself, and so its own list of constants.
func partialTable(fields []*ast.Field, line int, last bool) ast.Expr {
	if n := len(fields); n > 0 && !last && fields[n-1].Key == nil {
		fields[n-1].Value = single(fields[n-1].Value)
	}
	table := at(&ast.TableExpr{Fields: fields}, line)
	if !literalFields(fields) {
		return table
	}
	ret := &ast.ReturnStmt{Exprs: []ast.Expr{table}}
	ret.SetLine(line)
	fn := at(&ast.FunctionExpr{ParList: &ast.ParList{}, Stmts: []ast.Stmt{ret}}, line)
	return at(&ast.FuncCallExpr{Func: fn, AdjustRet: true}, line)
}

func literalFields(fields []*ast.Field) bool {
	for _, f := range fields {
		if f.Key != nil && !isLiteral(f.Key) || !isLiteral(f.Value) {
			return false
		}
	}
	return true
}

func isLiteral(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.StringExpr, *ast.NumberExpr, *ast.TrueExpr, *ast.FalseExpr, *ast.NilExpr:
		return true
	case *ast.TableExpr:
		return literalFields(e.Fields)
	}
	return false
}

// joinTables (n1, t1, n2, t2, …) makes one table of several, each of which has
// that many positional elements; the last may have more.
func joinTables(L *lua.LState) int {
	joined := L.CreateTable(0, 0)
	offset := 0
	for i := 1; i < L.GetTop(); i += 2 {
		count := int(lua.LVAsNumber(L.Get(i)))
		part := L.Get(i + 1).(*lua.LTable)
		positional := count
		if i+2 > L.GetTop() && count > 0 {
			positional = max(count, part.MaxN())
		}
		part.ForEach(func(k, v lua.LValue) {
			if n, ok := k.(lua.LNumber); ok && n >= 1 && n <= lua.LNumber(positional) && n == lua.LNumber(int(n)) {
				joined.RawSetInt(offset+int(n), v)
				return
			}
			joined.RawSet(k, v)
		})
		offset += count
	}
	L.Push(joined)
	return 1
}
