package dialect_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// generator writes random programs that use what a compiler can get wrong:
// registers of nested expressions, parallel assignment, closures over
// variables of loops, jumps of logical operators, conditions that are
// constants, iterators without state, gotos out of the scope of variables that
// closures share. A program ends for certain and returns all its variables.
type generator struct {
	*rand.Rand
	out   strings.Builder
	vars  []string
	fixed int      // so many of vars may only be read
	funcs []string // without side effects, for expressions
	procs []string // that change variables, for statements
	names int
	depth int
	loops int
	size  int // what the expressions of a statement may still cost
}

// program writes one chunk.
func (g *generator) program() string {
	g.out.Reset()
	g.vars, g.funcs, g.procs, g.fixed = []string{"p", "q"}, nil, nil, 0
	g.names, g.depth, g.loops = 0, 0, 0
	g.out.WriteString("local t = {3, 1, 2, x = 5, y = 6}\n")
	g.out.WriteString("local _\n")
	g.out.WriteString("local function g(...) return ... end\n")
	g.out.WriteString("local function h(a, b) a = (g(a)) return a, b end\n")
	g.out.WriteString("local function up(s, c) c = (c or 0) + 1 if c <= 3 then return c, s or 4, c end end\n")
	g.out.WriteString("local function main(p, q)\n")
	g.block(5)
	g.line("return %s, t[1], t[2], t[3], t.x, t.y", strings.Join(g.vars, ", "))
	g.out.WriteString("end\nreturn main(7, 11)\n")
	return g.out.String()
}

func (g *generator) line(format string, args ...any) {
	fmt.Fprintf(&g.out, format+"\n", args...)
}

func (g *generator) pick(choices ...func() string) string { return choices[g.IntN(len(choices))]() }

func (g *generator) variable() string { return g.vars[g.IntN(len(g.vars))] }

func (g *generator) fresh() string {
	g.names++
	return fmt.Sprintf("v%d", g.names)
}

// block writes statements in a scope of their own, unless it is the outermost.
func (g *generator) block(n int) {
	vars, funcs, procs := len(g.vars), len(g.funcs), len(g.procs)
	g.depth++
	for range 1 + g.IntN(n) {
		g.statement()
	}
	g.depth--
	if g.depth > 0 {
		g.vars, g.funcs, g.procs = g.vars[:vars], g.funcs[:funcs], g.procs[:procs]
	}
}

func (g *generator) statement() {
	g.size = 15
	kind := g.IntN(15)
	if g.depth > 3 {
		kind = g.IntN(6)
	}
	switch kind {
	case 0, 1:
		g.local()
	case 2, 3, 4:
		g.assign()
	case 5:
		if len(g.procs) > 0 {
			g.line("%s(%s)", g.procs[g.IntN(len(g.procs))], g.variable())
		} else {
			g.line("%s", g.call())
		}
	case 6:
		g.line("if %s then", g.pick(g.constant, func() string { return g.boolean(3) }, func() string { return g.boolean(2) }))
		g.block(2)
		if g.IntN(2) == 0 {
			g.line("elseif %s then", g.boolean(2))
			g.block(2)
		}
		if g.IntN(2) == 0 {
			g.line("else")
			g.block(2)
		}
		g.line("end")
	case 7:
		g.line("%s do", []string{"", "", "while false", "while not 'x'"}[g.IntN(4)])
		g.block(3)
		g.line("end")
	case 8:
		g.function()
	default:
		g.loop(kind)
	}
}

func (g *generator) local() {
	n := 1 + g.IntN(3)
	names := make([]string, n)
	for i := range names {
		names[i] = g.fresh()
	}
	g.line("local %s = %s", strings.Join(names, ", "), g.expressions(n))
	g.vars = append(g.vars, names...)
}

func (g *generator) assign() {
	n := 1 + g.IntN(3)
	targets := make([]string, n)
	for i := range targets {
		targets[i] = g.target()
	}
	g.line("%s = %s", strings.Join(targets, ", "), g.expressions(n))
}

// target is a variable that may be written, or a field.
func (g *generator) target() string {
	if n := len(g.vars) - g.fixed; n > 0 && (g.fixed > 0 || g.IntN(4) > 0) {
		return g.vars[g.fixed+g.IntN(n)]
	}
	if g.fixed > 0 {
		return "_"
	}
	return g.pick(func() string { return "t.x" }, func() string { return "t[" + g.index() + "]" })
}

// expressions writes n values, the last ones perhaps by one call.
func (g *generator) expressions(n int) string {
	if n > 1 && g.IntN(3) == 0 {
		m := 1 + g.IntN(n-1)
		return strings.Join(append(g.numbers(m-1), "g("+strings.Join(g.numbers(n-m+1), ", ")+")"), ", ")
	}
	return strings.Join(g.numbers(n), ", ")
}

func (g *generator) numbers(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = g.number(3)
	}
	return list
}

func (g *generator) index() string { return "(" + g.number(1) + ") % 3 + 1" }

func (g *generator) call() string {
	if len(g.funcs) > 0 && g.IntN(2) == 0 {
		return g.funcs[g.IntN(len(g.funcs))] + "(" + g.number(2) + ")"
	}
	return g.pick(func() string { return "h(" + g.number(1) + ", " + g.number(1) + ")" },
		func() string { return "g(" + g.number(1) + ", " + g.number(1) + ")" })
}

func (g *generator) number(depth int) string {
	g.size--
	if depth == 0 || g.size < 0 {
		return g.pick(g.variable, g.variable, func() string { return fmt.Sprint(g.IntN(9)) })
	}
	sub := func() string { return g.number(depth - 1) }
	return g.pick(g.variable,
		func() string { return "(" + sub() + " " + []string{"+", "-", "*"}[g.IntN(3)] + " " + sub() + ") % 97" },
		func() string { return "(" + g.call() + ")" },
		func() string { return "-" + g.variable() },
		func() string { return "t[" + g.index() + "]" },
		func() string { return "#(" + sub() + " .. 'x' .. " + sub() + ")" },
		func() string { return "(" + g.boolean(depth-1) + " and " + sub() + " or " + sub() + ")" },
		func() string { return "(not " + g.boolean(depth-1) + " and " + sub() + " or " + sub() + ")" },
		func() string { return "#{" + sub() + ", " + g.call() + "}" },
		func() string { return "#{" + sub() + ", x = " + g.call() + "}" },
		func() string { return "({" + sub() + ", x = " + sub() + "}).x" })
}

func (g *generator) boolean(depth int) string {
	compare := func() string {
		return "(" + g.number(1) + " " + []string{"<", "<=", ">", ">=", "==", "~="}[g.IntN(6)] + " " + g.number(1) + ")"
	}
	if depth == 0 || g.size < 0 {
		return compare()
	}
	sub := func() string { return g.boolean(depth - 1) }
	return g.pick(compare, compare,
		func() string { return "not " + sub() },
		func() string { return "(" + sub() + " and " + sub() + ")" },
		func() string { return "(" + sub() + " or " + sub() + ")" },
		g.constant)
}

// constant is a condition whose value the compiler can know, or nearly.
func (g *generator) constant() string {
	literal := func() string { return []string{"true", "false", "nil", "0", "'x'"}[g.IntN(5)] }
	return g.pick(literal, literal,
		func() string { return "not " + literal() },
		func() string { return "(" + literal() + " and " + literal() + ")" },
		func() string { return "(" + literal() + " or " + g.boolean(0) + ")" })
}

// function writes a closure over the variables around it. One that changes
// them is only called by statements: the order in which an expression reads
// variables and calls functions is not defined.
func (g *generator) function() {
	pure := g.fixed > 0 || g.IntN(2) == 0
	name, p := g.fresh(), g.fresh()
	g.line("local function %s(%s)", name, p)
	vars, funcs, procs, fixed, depth := g.vars, g.funcs, g.procs, g.fixed, g.depth
	if pure {
		g.fixed, g.procs = len(g.vars), nil
	}
	g.vars, g.depth = append(slices.Clone(vars), p), 3
	g.block(2)
	g.line("return %s, %s", g.number(1), p)
	g.line("end")
	g.vars, g.funcs, g.procs, g.fixed, g.depth = vars, funcs, procs, fixed, depth
	if pure {
		g.funcs = append(slices.Clone(funcs), name)
	} else {
		g.procs = append(slices.Clone(procs), name)
	}
}

// loop writes a loop with at most three rounds.
func (g *generator) loop(kind int) {
	if g.loops > 2 {
		g.assign()
		return
	}
	g.loops++
	v := g.fresh()
	vars := len(g.vars)
	end := "end"
	switch kind {
	case 9:
		g.line("for %s = 1, %d do", v, 1+g.IntN(3))
	case 10:
		g.line("local %s = 0", v)
		g.line("while %s < 3 and %s do %s = %s + 1", v, g.boolean(1), v, v)
	case 11:
		g.line("local %s = 0", v)
		g.line("while %s do %s = %s + 1 if %s > 3 then break end", g.constant(), v, v, v)
	case 12:
		g.iterate(v)
	case 13:
		g.again(v)
	default:
		g.line("local %s = 0", v)
		count := fmt.Sprintf("%s = %s + 1", v, v)
		end = fmt.Sprintf("until %s >= 3 or %s", v, g.boolean(1))
		if g.IntN(2) == 0 {
			g.line("repeat")
			end = count + " " + end
		} else {
			g.line("repeat %s", count)
		}
	}
	if kind != 13 {
		g.body(end)
	}
	g.vars = g.vars[:vars]
	if kind != 9 && kind != 12 {
		g.vars = append(g.vars, v)
	}
	g.loops--
}

// iterate writes the head of a generic for; what comes after the iterator, or
// the iterator's own call, may leave out its state and the first key.
func (g *generator) iterate(v string) {
	names := []string{v, g.fresh(), g.fresh()}[:1+g.IntN(3)]
	g.line("for %s in %s do", strings.Join(names, ", "), g.pick(
		func() string { return "up" },
		func() string { return "up, " + g.number(1) },
		func() string { return "up, " + g.number(1) + ", 1" },
		func() string { return "g(up)" },
		func() string { return "g(up, " + g.number(1) + ")" },
		func() string { return "g(up), " + g.number(1) },
		func() string { return "up, g(" + g.number(1) + ", 1)" }))
	g.vars = append(g.vars, names...)
}

// again writes a loop that is made of a goto back.
func (g *generator) again(v string) {
	label := g.fresh()
	g.line("local %s = 0", v)
	g.line("::%s:: %s = %s + 1", label, v, v)
	inner := g.IntN(2) == 0
	if inner {
		g.line("do")
	}
	g.block(3)
	if inner {
		g.line("end")
	}
	g.line("if %s < 3 and %s then goto %s end", v, g.boolean(1), label)
}

// body writes the rest of a loop, which must not change its counter. A goto
// may go on with the next round.
func (g *generator) body(end string) {
	label := ""
	g.block(3)
	if end == "end" && g.IntN(2) == 0 {
		label = g.fresh()
		g.line("if %s then goto %s end", g.boolean(1), label)
		g.block(2)
	}
	if g.IntN(4) == 0 {
		g.line("if %s then break end", g.boolean(1))
	}
	if label != "" {
		g.line("::%s::", label)
	}
	g.line("%s", end)
}
