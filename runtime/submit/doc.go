// Package submit hands one mail from standard input to a QMQP server: the
// command "qrelay submit", which is also what containers have as sendmail.
//
// A QMQP request begins with its own size, so the size of the message must be
// known before the first byte goes out. A regular file tells it; anything else
// is first read to its end, small mails into memory, large ones into a
// temporary file that nobody can see. The message is never held as a whole.
//
// The bytes of the message are passed on as they came, line ends included.
// Only -t changes something: it takes the Bcc fields out. Missing header fields
// are not added; that is for the next hop to decide.
package submit
