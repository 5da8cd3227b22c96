// Package pond is the Lua module "pond": log records for a Pond server
// (https://github.com/CM4all/pond), besides those that the daemon sends for each
// mail.
//
//	pond:new(address) -> client | nil, err
//	client:send{message = …, site = …, …} -> true | nil, err
//
// The encoder and the sender are those of package qrelay/runtime/pond. new waits
// for the resolver; send never waits.
package pond
