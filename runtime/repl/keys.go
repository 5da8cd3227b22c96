package repl

import (
	"errors"
	"io"
	"time"
)

// escapeTime is how long the rest of a key's escape sequence may take. What
// comes later is another key.
const escapeTime = 50 * time.Millisecond

// keys turns what a terminal sends into what the line editor understands. It is
// the editor's standard input: Read is called when the editor has done all that
// there is to do, and wants a key.
type keys struct {
	in      *input
	idle    func() // called before waiting
	suspend func() // called for Ctrl-Z
	queue   []byte // to be read first
	pasting bool
	pasted  byte // the last byte that was pasted
	stopped func() bool
}

// Keys that the editor knows only as numbers of its own; they travel as
// characters for private use, see [editorKeys].
const (
	deleteWord     = '\uf8f1'
	deleteWordBack = '\uf8f2'
)

// Control characters. Ctrl-C first gives up, as Ctrl-G does, a search or list of
// names, for which alone the editor would take it.
const (
	interruptKey = 0x03 // Ctrl-C
	giveUpKey    = 0x07 // Ctrl-G
	suspendKey   = 0x1a // Ctrl-Z suspends the program
)

// sequences are those that the editor does not know (ctlseqs of xterm).
var sequences = map[string]string{
	"\x1bd":      string(deleteWord),
	"\x1b[3;5~":  string(deleteWord),
	"\x1b\x7f":   string(deleteWordBack),
	"\x1b\b":     string(deleteWordBack),
	"\x1b[1;5C":  "\x1bf",
	"\x1b[1;5D":  "\x1bb",
	"\x1bOc":     "\x1bf",
	"\x1bOd":     "\x1bb",
	"\x1b":       "", // the editor would swallow the next key
	"\x1b\x1b":   "",
	"\x1b[200~":  "",
	"\x1b[201~":  "",
	"\x1b[5~":    "",
	"\x1b[6~":    "",
	"\x1b[2~":    "",
	"\x1b[1;2A":  "\x1b[A",
	"\x1b[1;2B":  "\x1b[B",
	"\x1b[1;5A":  "\x1b[A",
	"\x1b[1;5B":  "\x1b[B",
	"\x1b[1;2C":  "\x1b[C",
	"\x1b[1;2D":  "\x1b[D",
	"\x1b\r":     "\r",
	"\x1b[27;5~": "",
}

// Read waits for the next key.
func (k *keys) Read(p []byte) (int, error) {
	for len(k.queue) == 0 {
		k.idle()
		if k.stopped() {
			return 0, io.EOF
		}
		b, err := k.in.next(-1)
		if errors.Is(err, errWoken) {
			continue
		}
		if err != nil {
			return 0, err
		}
		k.key(b)
	}
	n := copy(p, k.queue)
	k.queue = k.queue[n:]
	return n, nil
}

// key takes one byte, and those that belong to it.
func (k *keys) key(b byte) {
	switch {
	case b == 0x1b:
		k.escape()
	case k.pasting:
		k.paste(b)
	case b == suspendKey:
		k.suspend()
	case b == interruptKey:
		k.queue = append(k.queue, giveUpKey, interruptKey)
	default:
		k.queue = append(k.queue, b)
	}
}

// escape reads the rest of an escape sequence.
func (k *keys) escape() {
	sequence := string(k.sequence())
	switch sequence {
	case "\x1b[200~": // bracketed paste
		k.pasting, k.pasted = true, 0
	case "\x1b[201~":
		k.pasting = false
	}
	if known, ok := sequences[sequence]; ok {
		sequence = known
	}
	if !k.pasting {
		k.queue = append(k.queue, sequence...)
	}
}

// sequence returns ESC and what follows it within a short time: a character, or
// a control sequence up to its final byte (ECMA-48 5.4).
func (k *keys) sequence() []byte {
	sequence := []byte{0x1b}
	for {
		b, err := k.in.next(escapeTime)
		if errors.Is(err, errWoken) {
			continue // whatever it is can wait a moment
		}
		if err != nil {
			return sequence
		}
		sequence = append(sequence, b)
		switch {
		case len(sequence) == 2 && (b == '[' || b == 'O'):
		case len(sequence) > 2 && b < 0x40 && len(sequence) < 32:
		default:
			return sequence
		}
	}
}

// paste takes pasted text: a tab is no completion, and of a line end of two
// characters one is enough.
func (k *keys) paste(b byte) {
	switch {
	case b == '\n' && k.pasted == '\r':
	case b == '\n', b == '\r':
		k.queue = append(k.queue, '\r')
	case b == '\t':
		k.queue = append(k.queue, "    "...)
	case b >= ' ' && b != 0x7f:
		k.queue = append(k.queue, b)
	}
	k.pasted = b
}
