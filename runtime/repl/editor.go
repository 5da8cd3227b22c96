package repl

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/ergochat/readline"

	"qrelay/runtime/terminal"
)

// A lineReader reads lines that somebody types.
type lineReader interface {
	// readLine returns a line without its end. It fails with io.EOF at the
	// end of the input, and with errInterrupted if the line was given up.
	readLine(prompt string) (string, error)
	// remember adds a chunk to the history.
	remember(chunk string)
	close()
}

// An editor reads lines from a terminal.
type editor struct {
	terminal *os.File
	screen   *screen
	in       *input
	keys     *keys
	mode     rawMode
	line     *readline.Instance
	history  *history
	palette  palette
	context  func() string // the lines of the chunk before this one
	watch    *watch

	resized   atomic.Bool
	stopped   atomic.Bool
	onResize  func()
	searching bool
	unpainted bool // pasted text has no colours yet
}

// newEditor makes an editor for the terminal that is stdin and stdout.
func newEditor(stdin, stdout *os.File, h *history, p palette, c readline.AutoCompleter) (*editor, error) {
	in, err := newInput(stdin)
	if err != nil {
		return nil, err
	}
	e := &editor{terminal: stdout, in: in, mode: rawMode{terminal: stdin}, history: h, palette: p, context: func() string { return "" }}
	e.screen = newScreen(stdout, in.rouse)
	e.keys = &keys{in: in, idle: e.idle, suspend: e.suspend, stopped: e.stopped.Load}
	e.line, err = readline.NewFromConfig(e.config(c))
	if err != nil {
		in.close()
		return nil, err
	}
	e.watch = watchSignals(func(os.Signal) {
		e.resized.Store(true)
		in.rouse()
	}, syscall.SIGWINCH)
	return e, nil
}

func (e *editor) config(c readline.AutoCompleter) *readline.Config {
	config := &readline.Config{
		Stdin:                  e.keys,
		Stdout:                 drawing{e},
		Stderr:                 drawing{e},
		AutoComplete:           c,
		HistoryLimit:           maxHistory,
		DisableAutoSaveHistory: true,
		HistorySearchFold:      true,
		Undo:                   true,
		EOFPrompt:              "\n", // which the editor takes for none
		FuncIsTerminal:         func() bool { return true },
		FuncMakeRaw:            e.mode.enter,
		FuncExitRaw:            e.mode.leave,
		FuncGetSize:            e.size,
		FuncOnWidthChanged:     func(changed func()) { e.onResize = changed },
		FuncFilterInputRune:    editorKeys,
	}
	if e.palette.on {
		config.Painter = e.paint
		config.Listener = e.repaint
	}
	return config
}

// editorKeys gives the editor the keys that are numbers in its own world.
func editorKeys(r rune) (rune, bool) {
	switch r {
	case deleteWord:
		return readline.MetaDelete, true
	case deleteWordBack:
		return readline.MetaBackspace, true
	}
	return r, true
}

// size returns the size of the terminal; without one, that of a card.
func (e *editor) size() (width, height int) {
	width, height = terminal.Size(e.terminal)
	if width == 0 {
		return 80, 24
	}
	return width, height
}

// drawing is where the editor draws.
type drawing struct{ *editor }

// askPosition is how the editor asks where the cursor is (ECMA-48 8.3.35); it
// waits for the answer. It is always at the left edge, which start sees to.
const (
	askPosition = "\x1b[6n"
	leftEdge    = "\x1b[1;1R"
)

func (d drawing) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(askPosition)) {
		d.keys.queue = append([]byte(leftEdge), d.keys.queue...)
		d.screen.draw(bytes.ReplaceAll(p, []byte(askPosition), nil))
	} else {
		d.screen.draw(p)
	}
	return len(p), nil
}

// idle shows what was drawn, and what others have printed meanwhile. It is
// called when the editor waits for a key and does nothing else.
func (e *editor) idle() {
	if e.resized.CompareAndSwap(true, false) {
		e.onResize()
		e.line.Refresh()
	}
	if e.unpainted && !e.keys.pasting {
		e.unpainted = false
		e.line.Refresh()
	}
	if lines := e.screen.take(); len(lines) > 0 {
		_, _ = e.line.Write(lines) // it ends in drawing.Write, which cannot fail
	}
	e.screen.show()
}

// suspend stops the program until its shell continues it.
func (e *editor) suspend() {
	e.screen.draw([]byte("\r\n" + pasteOff))
	e.screen.show()
	e.mode.suspend()
	e.start()
	e.resized.Store(true) // and it may have been
}

// paint colours the line.
func (e *editor) paint(line []rune, _ int) []rune {
	before := e.context()
	if before == "" && isCommand(string(line)) {
		return line // it is no Lua
	}
	return []rune(e.palette.code(before+string(line), len(before)))
}

// Keys of the incremental search.
const (
	searchBack    = readline.CharBckSearch
	searchForward = readline.CharFwdSearch
)

// repaint has the whole line drawn again after each key, because its colours
// depend on all of it; but not during a search, whose own line it would erase,
// nor for each pasted character, which would take the time of its square.
func (e *editor) repaint(line []rune, pos int, key rune) ([]rune, int, bool) {
	switch {
	case key == searchBack || key == searchForward:
		e.searching = true
	case key < ' ' && key != readline.CharCtrlH:
		e.searching = false
	}
	if e.keys.pasting {
		e.unpainted = true
	}
	return line, pos, !e.searching && !e.keys.pasting
}

// Terminal modes: bracketed paste (ctlseqs of xterm) on and off.
const (
	pasteOn  = "\x1b[?2004h"
	pasteOff = "\x1b[?2004l"
)

// start puts the cursor at the left edge of a free line: as many blanks as the
// terminal is wide leave it on its line only if it was at the left edge before.
func (e *editor) start() {
	width, _ := e.size()
	e.screen.draw([]byte(strings.Repeat(" ", width) + "\r\x1b[K" + pasteOn))
}

func (e *editor) readLine(prompt string) (string, error) {
	e.line.SetPrompt(prompt)
	e.line.ResetHistory()
	for _, entry := range e.history.entries {
		_ = e.line.SaveToHistory(entry) // writes no file
	}
	e.searching = false
	e.screen.begin()
	defer e.screen.end()
	e.start()
	line, err := e.line.ReadLine()
	e.screen.draw([]byte(pasteOff))
	if errors.Is(err, readline.ErrInterrupt) {
		return "", errInterrupted
	}
	return line, err
}

func (e *editor) remember(chunk string) { e.history.add(chunk) }

// stop makes readLine return io.EOF. It may be called from any goroutine.
func (e *editor) stop() {
	e.stopped.Store(true)
	e.in.rouse()
}

// restore makes the terminal what it was, for an exit from anywhere.
func (e *editor) restore() {
	_ = e.line.Close() // it was raw or not
	_, _ = e.terminal.WriteString(pasteOff)
}

func (e *editor) close() {
	e.watch.stop()
	_ = e.line.Close()
	e.in.close()
}
