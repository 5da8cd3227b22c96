package dialect

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

// idSize is how long the text in [string "…"] may be, as in LuaJIT.
const idSize = 60

// ChunkName turns the name given to a chunk into the one that messages show:
// "@config.lua" and "=stdin" lose their first letter, anything else is source
// text, whose first line is quoted.
func ChunkName(name string) string {
	if name != "" && (name[0] == '@' || name[0] == '=') {
		return name[1:]
	}
	line, _, more := strings.Cut(name, "\n")
	if room := idSize - len(`[string "..."]`) - 1; len(line) > room {
		line, more = line[:room], true
	}
	if more {
		line += "..."
	}
	return `[string "` + line + `"]`
}

// Load compiles src and returns it as a function of the state's globals. The
// name follows Lua's conventions, see ChunkName. What is wrong with the chunk
// comes back as a *SyntaxError.
func Load(L *lua.LState, name string, src []byte) (*lua.LFunction, error) {
	proto, err := compile(ChunkName(name), src)
	if err != nil {
		return nil, err
	}
	return L.NewFunctionFromProto(proto), nil
}

func compile(chunk string, src []byte) (proto *lua.FunctionProto, err error) {
	if bytes.HasPrefix(src, []byte("\x1b")) {
		return nil, &SyntaxError{chunk, 1, "cannot load binary chunks: load the source text", ""}
	}
	s, err := scan(chunk, src)
	if err != nil {
		return nil, err
	}
	stmts, err := parse.Parse(bytes.NewReader(s.result()), chunk)
	if err != nil {
		return nil, s.parseError(err)
	}
	defer func() {
		if r := recover(); r != nil { // the compiler panics where it gives up
			proto, err = nil, &SyntaxError{chunk, 1, fmt.Sprintf("cannot compile this chunk: %v", r), ""}
		}
	}()
	stmts = lowerBody(stmts)
	b := numberBlocks(stmts)
	proto, err = lua.Compile(stmts, chunk)
	if err != nil {
		return nil, compileError(chunk, err)
	}
	b.restore(proto, mainBlock)
	return proto, link(proto)
}

// parseError gives an error of the parser the form of LuaJIT's.
func (s *scanner) parseError(err error) error {
	var e *parse.Error
	if !errors.As(err, &e) {
		return &SyntaxError{s.chunk, s.lastLine, err.Error(), ""}
	}
	message := e.Message
	switch message {
	case "syntax error", "parse error":
		message = "unexpected symbol"
		if e.Token == "end" && e.Pos.Line == s.excess {
			message = "'<eof>' expected"
		}
	}
	if e.Pos.Line != parse.EOF {
		return &SyntaxError{s.chunk, e.Pos.Line, message, e.Token}
	}
	if closer, c := s.unfinished(); closer != "" {
		message = "'" + closer + "' expected"
		if c.line != s.lastLine {
			message += fmt.Sprintf(" (to close '%s' at line %d)", c.opener, c.line)
		}
	}
	return &SyntaxError{s.chunk, s.lastLine, message, endOfFile}
}

// labelErrors are what the compiler says of labels and gotos, and LuaJIT's words.
var labelErrors = []struct {
	gopher *regexp.Regexp // its group "line" is the line of the goto
	luajit string
}{
	{regexp.MustCompile(`^no visible label ('.*') for <goto> at line (?P<line>\d+)$`), "undefined label $1"},
	{regexp.MustCompile(`^(<goto .*>) at line (?P<line>\d+) (jumps into the scope of local '.*')$`), "$1 $3"},
	{regexp.MustCompile(`^label ('.*') already defined on line \d+$`), "duplicate label $1"},
}

func compileError(chunk string, err error) error {
	var e *lua.CompileError
	if !errors.As(err, &e) {
		return &SyntaxError{chunk, 1, err.Error(), ""}
	}
	line, message, near := plainLine(e.Line), e.Message, ""
	if strings.HasPrefix(message, "cannot use '...'") {
		near = "..."
	}
	for _, l := range labelErrors {
		groups := l.gopher.FindStringSubmatch(message)
		if groups == nil {
			continue
		}
		if i := l.gopher.SubexpIndex("line"); i > 0 {
			line, _ = strconv.Atoi(groups[i])
			line = plainLine(line)
		} else {
			line-- // it tells the line after the label
		}
		message = l.gopher.ReplaceAllString(message, l.luajit)
		break
	}
	return &SyntaxError{chunk, max(line, 1), message, near}
}
