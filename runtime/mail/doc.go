// Package mail holds a mail while somebody decides what becomes of it: the message exactly as it
// came, the envelope, and what has been changed since.
//
// The message itself is never copied and never changed. Headers are only added in front of it, and
// [Mail.AppendHeaders] renders them when the mail goes out.
//
// [CheckSender] and [CheckRecipient] say which envelope addresses are acceptable.
package mail
