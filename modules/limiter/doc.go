// Package limiter is the Lua module "limiter": token buckets, one per key, for
// policies such as "100 mails an hour for each user".
//
//	limiter.new{rate = …, per = …, burst = …, capacity = …} -> limiter
//	l:allow(key [, n]) -> true | false, seconds
//	l:peek(key) -> tokens
//	l:reset(key)
//	limiter.keys
//
// A bucket holds burst tokens and gets rate of them every per seconds. What is
// allowed takes tokens out; what is not takes none. Buckets live in the
// daemon's memory and are full again after a restart. The clock is the
// monotonic one: setting the system's time changes nothing. None of the
// functions waits.
package limiter
