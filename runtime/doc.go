// Package runtime is the Lua engine of qrelay. It knows nothing of mail.
//
// One virtual machine runs many tasks. A task is a Lua activity (the
// configuration script, one handler call, a callback, a line typed into the
// REPL): a goroutine with a Lua thread of its own. Exactly one task at a time
// holds the turn, which is the right to touch Lua values. A Go function that
// must wait gives the turn up with [Wait] and takes it back afterwards, so a
// script may wait wherever it likes: inside pcall, metamethods, iterators,
// sort callbacks and coroutines.
//
// The package has four faces:
//
//   - for hosts: [New], [Runtime.Main], [Runtime.Run], [Runtime.Go], [Runtime.Close]
//   - for Lua functions that wait: [Wait], [Context], [ScopeOf]
//   - for events from outside: [Runtime.Callback], [Runtime.Spawn]
//   - for modules: [Module], [Func], [Class] and the argument checks
package runtime
