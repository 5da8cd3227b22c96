package qmqp

import (
	"fmt"
	"io"
)

// DefaultPort is QMQP's TCP port.
const DefaultPort = 628

// AppendRequest frames a message without touching it: written one after the other, the returned
// head, size bytes of message and the returned tail are a whole request. The message on the wire
// begins with headers, which are copied into head. Both slices are appended to what they were, so
// that a caller may reuse them.
func AppendRequest(head, tail, headers []byte, size int64, sender string, recipients []string) (newHead, newTail []byte) {
	message := int64(len(headers)) + size
	outer := netstringSize(message) + netstringSize(int64(len(sender)))
	for _, recipient := range recipients {
		outer += netstringSize(int64(len(recipient)))
	}
	head = appendLength(head, outer)
	head = appendLength(head, message)
	head = append(head, headers...)

	tail = append(tail, ',')
	tail = AppendNetstring(tail, sender)
	for _, recipient := range recipients {
		tail = AppendNetstring(tail, recipient)
	}
	return head, append(tail, ',')
}

// WriteRequest writes a whole request to w, with size bytes of message read from a stream that is
// never held as a whole. If the stream ends early the error is [io.ErrUnexpectedEOF] and the
// connection is of no more use; the server takes no mail that is cut off.
func WriteRequest(w io.Writer, message io.Reader, size int64, sender string, recipients []string) error {
	if size < 0 {
		return fmt.Errorf("qmqp: write request: a message cannot have %d bytes", size)
	}
	head, tail := AppendRequest(nil, nil, nil, size, sender, recipients)
	if _, err := w.Write(head); err != nil {
		return fmt.Errorf("qmqp: write request: %w", err)
	}
	n, err := io.CopyN(w, message, size)
	if err == io.EOF {
		err = fmt.Errorf("the message ended after %d of %d bytes: %w", n, size, io.ErrUnexpectedEOF)
	}
	if err == nil {
		_, err = w.Write(tail)
	}
	if err != nil {
		return fmt.Errorf("qmqp: write request: %w", err)
	}
	return nil
}
