package dialect

// maxNesting is how deep brackets and blocks may nest, as in LuaJIT. The
// compiler recurses over them, and Go cannot recover from a stack overflow.
const maxNesting = 200

// maxChain is how many operators, indexes, calls or elseifs may follow each
// other. Each makes the syntax tree one deeper and costs the compiler about
// 1 KiB of Go stack, and time that grows with the square: a chain of this
// length takes it some tenths of a second.
const maxChain = 10000

// maxConcat bounds chains that lean to the right, which LuaJIT counts as
// nesting. Longer than LuaJIT's 200, because generated text is joined so.
const maxConcat = 2000

// construct is an open bracket or block.
type construct struct {
	opener string
	line   int
	chain  int // operators so far in the current expression
	right  int // right-associative ones among them
	elses  int
}

// nesting is the part of the scanner that counts depth. It follows brackets
// and blocks loosely: what does not match is the parser's business.
type nesting struct {
	open []construct
	flat construct // outside of all brackets and blocks
	// excess is the line of the first 'end' that ends nothing, 0 if there is none.
	excess int
}

func (s *scanner) current() *construct {
	if n := len(s.open); n > 0 {
		return &s.open[n-1]
	}
	return &s.flat
}

func (s *scanner) enter(opener string) {
	if len(s.open) == maxNesting {
		s.fail(opener, "chunk has too many syntax levels (limit is %d)", maxNesting)
	}
	s.open = append(s.open, construct{opener: opener, line: s.line})
}

func (s *scanner) leave() {
	if n := len(s.open); n > 0 {
		s.open = s.open[:n-1]
	}
}

// link counts one more member of the current chain.
func (s *scanner) link() {
	c := s.current()
	c.chain++
	if c.chain > maxChain {
		s.fail("", "chunk has too many syntax levels (more than %d operators or calls in one expression)", maxChain)
	}
}

// linkRight counts one more operator whose right side nests.
func (s *scanner) linkRight(op string) {
	s.link()
	c := s.current()
	c.right++
	if c.right > maxConcat {
		s.fail(op, "chunk has too many syntax levels (more than %d times '%s' in one expression; use table.concat)", maxConcat, op)
	}
}

// unchain notes that a new expression begins.
func (s *scanner) unchain() {
	c := s.current()
	c.chain, c.right = 0, 0
}

// unfinished names what the end of the chunk left open, "" if nothing.
func (s *scanner) unfinished() (closer string, c construct) {
	if len(s.open) == 0 {
		return "", construct{}
	}
	c = s.open[len(s.open)-1]
	switch c.opener {
	case "(":
		closer = ")"
	case "[":
		closer = "]"
	case "{":
		closer = "}"
	case "repeat":
		closer = "until"
	default:
		closer = "end"
	}
	return closer, c
}

// word steps over a name or reserved word.
func (s *scanner) word() {
	begin := s.pos
	for s.pos < len(s.src) && (isLetter(s.src[s.pos]) || isDigit(s.src[s.pos])) {
		s.pos++
	}
	if s.pos < len(s.src) && s.src[s.pos] >= 0x80 {
		s.pos = begin
		s.foreign()
	}
	text := string(s.src[begin:s.pos])
	switch text {
	case "function", "if", "repeat":
		s.begin()
		s.enter(text)
	case "while", "for":
		s.begin()
		s.enter(text)
	case "do":
		s.enterDo()
	case "end", "until":
		if len(s.open) == 0 && s.excess == 0 {
			s.excess = s.line
		}
		s.leave()
		s.unchain()
		s.prev, s.inLocal = value, false
		if text == "until" {
			s.prev = keyword
		}
	case "elseif":
		s.elseif()
	case "and", "or", "not":
		s.link()
		s.prev = keyword
	case "nil", "true", "false":
		s.begin()
		s.prev = value
	case "local":
		s.begin()
		s.inLocal = true
	case "then", "else", "in", "return", "break", "goto":
		s.begin()
	default:
		s.name()
	}
}

// begin notes a reserved word that starts a new expression or statement.
func (s *scanner) begin() {
	s.unchain()
	s.prev, s.inLocal = keyword, false
}

// enterDo takes the do of a loop as part of the loop.
func (s *scanner) enterDo() {
	loop := s.current()
	s.begin()
	if loop.opener == "while" || loop.opener == "for" {
		loop.opener = "do"
		return
	}
	s.enter("do")
}

func (s *scanner) elseif() {
	s.begin()
	c := s.current()
	c.elses++
	if c.elses > maxChain {
		s.fail("elseif", "chunk has too many syntax levels (more than %d elseif)", maxChain)
	}
}

// name notes a name. One right after a value begins a new statement.
func (s *scanner) name() {
	if s.prev == value || s.prev == ident {
		s.unchain()
		s.inLocal = false
	}
	s.prev = ident
}
