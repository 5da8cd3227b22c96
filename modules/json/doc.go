// Package json is the Lua module "json": JSON texts (RFC 8259) from Lua values and
// back.
//
//	json.dump(value) -> text
//	json.parse(text) -> value | nil, err
//	json.array(table) -> table
//	json.null
//
// A table with the keys 1 to n is an array, one with strings as keys an object, and
// an empty one an object, unless it is marked: [Parse] and json.array mark arrays
// with a metatable. json.null stands for null inside tables, where nil cannot be.
// Objects have their members in byte order of their names, so that equal values
// have equal texts.
//
// [Append] and [Parse] need no runtime and serve other packages as well. The part
// of layeh.com/gopher-json that fits is used in one place, which says why not more.
package json
