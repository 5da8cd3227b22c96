package dialect_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"

	"qrelay/runtime/dialect"
)

// TestCompiler runs random programs both compiled and by walking their syntax
// tree. The walker below is simple enough to be right.
func TestCompiler(t *testing.T) {
	seed := rand.Uint64()
	g := generator{Rand: rand.New(rand.NewPCG(seed, 1))}
	L := newState(t, dialect.Options{})
	for range 1500 {
		src := g.program()
		want, err := evaluate(src)
		if err != nil {
			t.Fatalf("seed %d: %v in\n%s", seed, err, src)
		}
		got := "error"
		if results, err := run(L, "=program", src); err == nil {
			got = show(results)
		} else if want != "error" {
			got = err.Error()
		}
		if got != want {
			t.Fatalf("seed %d: got %s, want %s from\n%s", seed, got, want, src)
		}
	}
}

func show(values []lua.LValue) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = v.String()
		if n, ok := v.(lua.LNumber); ok {
			list[i] = dialect.FormatNumber(float64(n))
		}
	}
	return strings.Join(list, " ")
}

// evaluate walks the syntax tree of a program; an error that the program
// raises gives the result "error".
func evaluate(src string) (result string, err error) {
	stmts, err := parse.Parse(strings.NewReader(src), "program")
	if err != nil {
		return "", err
	}
	defer func() {
		if r := recover(); r != nil {
			if r != errProgram {
				err = fmt.Errorf("%v", r)
			}
			result = "error"
		}
	}()
	_, values := (&scope{vars: map[string]*lua.LValue{}}).block(stmts)
	return show(values), nil
}

var errProgram = errors.New("the program raises an error")

// scope holds the variables of a block.
type scope struct {
	vars   map[string]*lua.LValue
	parent *scope
	varg   []lua.LValue
}

func (s *scope) inner() *scope { return &scope{map[string]*lua.LValue{}, s, s.varg} }

func (s *scope) find(name string) *lua.LValue {
	for ; s != nil; s = s.parent {
		if v, ok := s.vars[name]; ok {
			return v
		}
	}
	panic("no variable " + name)
}

func (s *scope) declare(name string, v lua.LValue) { s.vars[name] = &v }

// outcome of a block.
type outcome int

const (
	ends outcome = iota
	breaks
	returns
	jumps // to the label that is its only value
)

func (s *scope) block(stmts []ast.Stmt) (outcome, []lua.LValue) {
	for i := 0; i < len(stmts); i++ {
		o, values := s.stmt(stmts[i])
		if o == jumps {
			if at := labelled(stmts, values[0].String()); at >= 0 {
				i = at
				continue
			}
		}
		if o != ends {
			return o, values
		}
	}
	return ends, nil
}

// labelled is where a label stands among stmts, -1 if it does not.
func labelled(stmts []ast.Stmt, name string) int {
	return slices.IndexFunc(stmts, func(stmt ast.Stmt) bool {
		label, ok := stmt.(*ast.LabelStmt)
		return ok && label.Name == name
	})
}

func (s *scope) stmt(stmt ast.Stmt) (outcome, []lua.LValue) {
	switch st := stmt.(type) {
	case *ast.LocalAssignStmt:
		s.localStmt(st)
	case *ast.AssignStmt:
		s.assignStmt(st)
	case *ast.FuncCallStmt:
		s.multi(st.Expr)
	case *ast.DoBlockStmt:
		return s.inner().block(st.Stmts)
	case *ast.IfStmt:
		if truth(s.expr(st.Condition)) {
			return s.inner().block(st.Then)
		}
		return s.inner().block(st.Else)
	case *ast.WhileStmt:
		for truth(s.expr(st.Condition)) {
			if o, values := s.inner().block(st.Stmts); o != ends {
				return loopEnd(o, values)
			}
		}
	case *ast.RepeatStmt:
		for {
			body := s.inner()
			if o, values := body.block(st.Stmts); o != ends {
				return loopEnd(o, values)
			}
			if truth(body.expr(st.Condition)) {
				return ends, nil
			}
		}
	case *ast.NumberForStmt:
		for i := number(s.expr(st.Init)); i <= number(s.expr(st.Limit)); i++ {
			body := s.inner()
			body.declare(st.Name, lua.LNumber(i))
			if o, values := body.block(st.Stmts); o != ends {
				return loopEnd(o, values)
			}
		}
	case *ast.GenericForStmt:
		return s.genericFor(st)
	case *ast.LabelStmt:
	case *ast.GotoStmt:
		return jumps, []lua.LValue{lua.LString(st.Label)}
	case *ast.BreakStmt:
		return breaks, nil
	case *ast.ReturnStmt:
		return returns, s.list(st.Exprs)
	default:
		panic(fmt.Sprintf("statement %T", st))
	}
	return ends, nil
}

func (s *scope) genericFor(st *ast.GenericForStmt) (outcome, []lua.LValue) {
	values := s.list(st.Exprs)
	control := nth(values, 2)
	for {
		results := invoke(nth(values, 0), []lua.LValue{nth(values, 1), control})
		control = nth(results, 0)
		if control == lua.LNil {
			return ends, nil
		}
		body := s.inner()
		for i, name := range st.Names {
			body.declare(name, nth(results, i))
		}
		if o, values := body.block(st.Stmts); o != ends {
			return loopEnd(o, values)
		}
	}
}

// invoke calls a function that closure has made.
func invoke(fn lua.LValue, args []lua.LValue) []lua.LValue {
	return fn.(*lua.LUserData).Value.(func([]lua.LValue) []lua.LValue)(args)
}

func loopEnd(o outcome, values []lua.LValue) (outcome, []lua.LValue) {
	if o == breaks {
		return ends, nil
	}
	return o, values
}

func (s *scope) localStmt(st *ast.LocalAssignStmt) {
	if len(st.Exprs) == 1 && isFunction(st.Exprs[0]) {
		s.declare(st.Names[0], lua.LNil)
		*s.find(st.Names[0]) = s.expr(st.Exprs[0])
		return
	}
	var values []lua.LValue
	if len(st.Exprs) > 0 {
		values = s.list(st.Exprs)
	}
	for i, name := range st.Names {
		s.declare(name, nth(values, i))
	}
}

func isFunction(e ast.Expr) bool {
	_, ok := e.(*ast.FunctionExpr)
	return ok
}

func (s *scope) assignStmt(st *ast.AssignStmt) {
	var stores []func(lua.LValue)
	for _, lhs := range st.Lhs {
		switch e := lhs.(type) {
		case *ast.IdentExpr:
			v := s.find(e.Value)
			stores = append(stores, func(x lua.LValue) { *v = x })
		case *ast.AttrGetExpr:
			t, k := s.expr(e.Object).(*lua.LTable), s.expr(e.Key)
			stores = append(stores, func(x lua.LValue) { t.RawSet(k, x) })
		}
	}
	values := s.list(st.Rhs)
	for i, store := range slices.Backward(stores) {
		store(nth(values, i))
	}
}

func nth(values []lua.LValue, i int) lua.LValue {
	if i < len(values) {
		return values[i]
	}
	return lua.LNil
}

// list evaluates expressions, of which the last may have many values.
func (s *scope) list(exprs []ast.Expr) []lua.LValue {
	var values []lua.LValue
	for i, e := range exprs {
		if i == len(exprs)-1 {
			return append(values, s.multi(e)...)
		}
		values = append(values, s.expr(e))
	}
	return values
}

func (s *scope) expr(e ast.Expr) lua.LValue { return nth(s.multi(e), 0) }

func (s *scope) multi(expr ast.Expr) []lua.LValue {
	switch e := expr.(type) {
	case *ast.FuncCallExpr:
		values := invoke(s.expr(e.Func), s.list(e.Args))
		if e.AdjustRet {
			return []lua.LValue{nth(values, 0)}
		}
		return values
	case *ast.Comma3Expr:
		return s.varg
	}
	return []lua.LValue{s.single(expr)}
}

func (s *scope) single(expr ast.Expr) lua.LValue {
	switch e := expr.(type) {
	case *ast.NumberExpr:
		n, _ := dialect.ParseNumber(e.Value)
		return lua.LNumber(n)
	case *ast.StringExpr:
		return lua.LString(e.Value)
	case *ast.TrueExpr:
		return lua.LTrue
	case *ast.FalseExpr:
		return lua.LFalse
	case *ast.NilExpr:
		return lua.LNil
	case *ast.IdentExpr:
		return *s.find(e.Value)
	case *ast.AttrGetExpr:
		return s.expr(e.Object).(*lua.LTable).RawGet(s.expr(e.Key))
	case *ast.TableExpr:
		return s.table(e)
	case *ast.FunctionExpr:
		return s.closure(e)
	case *ast.UnaryMinusOpExpr:
		return -lua.LNumber(number(s.expr(e.Expr)))
	case *ast.UnaryNotOpExpr:
		return lua.LBool(!truth(s.expr(e.Expr)))
	case *ast.UnaryLenOpExpr:
		if t, ok := s.expr(e.Expr).(*lua.LTable); ok {
			return lua.LNumber(t.Len())
		}
		return lua.LNumber(len(s.expr(e.Expr).(lua.LString)))
	}
	return s.binary(expr)
}

func (s *scope) binary(expr ast.Expr) lua.LValue {
	switch e := expr.(type) {
	case *ast.LogicalOpExpr:
		a := s.expr(e.Lhs)
		if truth(a) == (e.Operator == "or") {
			return a
		}
		return s.expr(e.Rhs)
	case *ast.RelationalOpExpr:
		return lua.LBool(compare(e.Operator, s.expr(e.Lhs), s.expr(e.Rhs)))
	case *ast.StringConcatOpExpr:
		return lua.LString(show([]lua.LValue{s.expr(e.Lhs)}) + show([]lua.LValue{s.expr(e.Rhs)}))
	case *ast.ArithmeticOpExpr:
		a, b := number(s.expr(e.Lhs)), number(s.expr(e.Rhs))
		switch e.Operator {
		case "+":
			return lua.LNumber(a + b)
		case "-":
			return lua.LNumber(a - b)
		case "*":
			return lua.LNumber(a * b)
		}
		return lua.LNumber(a - math.Floor(a/b)*b)
	}
	panic(fmt.Sprintf("expression %T", expr))
}

func (s *scope) table(e *ast.TableExpr) lua.LValue {
	t := &lua.LTable{Metatable: lua.LNil}
	n := 0
	for i, f := range e.Fields {
		switch {
		case f.Key != nil:
			t.RawSet(s.expr(f.Key), s.expr(f.Value))
		case i == len(e.Fields)-1:
			for _, v := range s.multi(f.Value) {
				n++
				t.RawSetInt(n, v)
			}
		default:
			n++
			t.RawSetInt(n, s.expr(f.Value))
		}
	}
	return t
}

func (s *scope) closure(e *ast.FunctionExpr) lua.LValue {
	return &lua.LUserData{Value: func(args []lua.LValue) []lua.LValue {
		body := s.inner()
		for i, name := range e.ParList.Names {
			body.declare(name, nth(args, i))
		}
		body.varg = args[min(len(e.ParList.Names), len(args)):]
		_, values := body.block(e.Stmts)
		return values
	}}
}

func truth(v lua.LValue) bool { return lua.LVAsBool(v) }

func number(v lua.LValue) float64 {
	n, ok := v.(lua.LNumber)
	if !ok {
		panic(errProgram)
	}
	return float64(n)
}

func compare(op string, a, b lua.LValue) bool {
	switch op {
	case "==":
		return a == b
	case "~=":
		return a != b
	case "<":
		return number(a) < number(b)
	case "<=":
		return number(a) <= number(b)
	case ">":
		return number(a) > number(b)
	}
	return number(a) >= number(b)
}
