package pg

import (
	"container/list"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Limits of the statements that a connection remembers.
const (
	maxStatements      = 256
	maxStatementLength = 16 << 10 // longer ones are not worth the memory
)

// A statement is what a connection knows of an SQL text that it has run.
type statement struct {
	sql        string
	preparable bool     // it has been run, and is one that gains by it
	reads      bool     // it is a SELECT
	prepared   bool     // known to the server as name
	name       string   // set when it is first prepared
	columns    []string // of its result, while prepared
}

// ran notes that the statement was run without an error, with the tags of the
// commands that it consists of. It is worth to be prepared if it is a single
// one that the server plans. The columns of others, such as FETCH and EXECUTE,
// may differ each time.
func (st *statement) ran(commands int, tag string) {
	verb, _, _ := strings.Cut(tag, " ")
	first, _, _ := strings.Cut(strings.TrimSpace(st.sql), " ")
	st.preparable = commands == 1 && !strings.EqualFold(first, "EXECUTE") &&
		slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"}, verb)
	st.reads = verb == "SELECT"
}

// statements remembers the statements used last, for one connection. A text
// that is run a second time gets prepared: texts run once only, with values
// written into them, would waste the server's memory.
type statements struct {
	bySQL   map[string]*list.Element
	recent  list.List // of *statement, the latest used in front
	dropped []string  // names to be forgotten by the server, too
}

// use returns the statement of an SQL text.
func (s *statements) use(sql string) *statement {
	if e, ok := s.bySQL[sql]; ok {
		s.recent.MoveToFront(e)
		return e.Value.(*statement)
	}
	st := &statement{sql: sql}
	if len(sql) > maxStatementLength {
		return st
	}
	if s.bySQL == nil {
		s.bySQL = map[string]*list.Element{}
	}
	if s.recent.Len() >= maxStatements {
		s.forget(s.recent.Back().Value.(*statement))
	}
	s.bySQL[sql] = s.recent.PushFront(st)
	return st
}

// known is use for a text that was run before; nil for others.
func (s *statements) known(sql string) *statement {
	if _, ok := s.bySQL[sql]; !ok {
		return nil
	}
	return s.use(sql)
}

// forget drops a statement.
func (s *statements) forget(st *statement) {
	if e, ok := s.bySQL[st.sql]; ok {
		s.recent.Remove(e)
		delete(s.bySQL, st.sql)
	}
	if st.prepared {
		s.dropped = append(s.dropped, st.name)
	}
}

// lost notes that the server knows none of the statements any more.
func (s *statements) lost() {
	for e := s.recent.Front(); e != nil; e = e.Next() {
		e.Value.(*statement).prepared = false
	}
	s.dropped = nil
}

// takeDropped returns the names that the server should forget.
func (s *statements) takeDropped() []string {
	names := s.dropped
	s.dropped = nil
	return names
}

// statementName derives the name from the text: behind a connection pooler,
// where clients share the server's connections, a name must never stand for
// another client's different text.
func statementName(sql string) string {
	sum := sha256.Sum256([]byte(sql))
	return "qrelay_" + hex.EncodeToString(sum[:12])
}
