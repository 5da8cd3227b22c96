// Package trial runs a policy without doing what it decides: the configuration
// is read as the daemon reads it, but nothing is listened to; a handler is asked
// about a mail that nobody sent, by a client that need not exist; and what the
// handler decided and did on the way is reported.
//
// What a handler does besides deciding is done: queries run, programs that it
// starts itself run. Only what nobody confirms is recorded instead of done: log
// records and control datagrams.
//
// [Check] is the command for continuous integration, [RunTests] runs Lua test
// files. A [Trial] is what the REPL works with.
package trial
