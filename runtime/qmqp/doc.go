// Package qmqp speaks the Quick Mail Queueing Protocol, both sides, with no I/O policy of its own.
//
// QMQP (http://cr.yp.to/proto/qmqp.html) carries one mail over one connection. The request is a
// netstring (http://cr.yp.to/proto/netstrings.txt) that holds netstrings:
//
//	N:MESSAGE,SENDER,RECIPIENT…,     each of them again LENGTH:BYTES,
//
// and the answer is one netstring whose first byte says what became of the mail.
//
// A server reads the length with [ParseHeader], then as many bytes and the comma, checked by
// [Payload], and takes them apart with [ParseRequest]. It answers with a [Response].
//
// A client writes what [AppendRequest] puts around a message that it holds in memory, or streams
// one with [WriteRequest], and calls [ReadResponse].
//
// Whether an address is one is none of this package's business: a sender is any string of bytes here.
package qmqp
