package runtime

import (
	"context"
	"errors"
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime/address"
)

// AddressClass is the type of socket addresses in Lua.
var AddressClass = Class[address.Address]{
	Name:   "address",
	Doc:    "The address of a socket: IP address and port, path, or abstract name. tostring() gives its text; equal addresses are equal.",
	String: address.Address.String,
	Meta: []Func{{Name: "__eq", Fn: func(L *lua.LState) int {
		a, okA := L.Get(1).(*lua.LUserData)
		b, okB := L.Get(2).(*lua.LUserData)
		L.Push(lua.LBool(okA && okB && a.Value == b.Value))
		return 1
	}}},
}

// Resolver returns the Lua function name(address) -> address object, which
// resolves host names. It waits for the resolver; failure raises.
func Resolver(name string, defaultPort int) Func {
	return Func{
		Name:  name,
		Phase: AtStartup,
		Types: map[string]string{"address": "string"},
		Sig:   name + "(address) -> address",
		Doc:   "Makes an address object of a numeric IP address, host name, path or @name. Waits for the resolver; raises if there is no such host.",
		Fn: func(L *lua.LState) int {
			NArgs(L, 1, 1)
			text := String(L, 1)
			a, err := ResolveAddress(L, text, defaultPort)
			if err != nil {
				ArgError(L, 1, "%s", err)
			}
			L.Push(AddressClass.New(L, a))
			return 1
		},
	}
}

// ResolveAddress returns the address that text names; host names are looked up
// without the turn.
func ResolveAddress(L *lua.LState, text string, defaultPort int) (address.Address, error) {
	a, err := address.Parse(text, defaultPort)
	if !errors.Is(err, address.ErrHostName) {
		return a, err
	}
	return Wait(L, func(ctx context.Context) (address.Address, error) {
		return address.Resolve(ctx, text, defaultPort)
	})
}

// ToAddress returns argument n, an address object or a string with a numeric
// address; anything else raises, also a host name.
//
// Compat: the error about a malformed string has no position, as in the C++
// daemon; the traceback tells it.
func ToAddress(L *lua.LState, n int, defaultPort int) address.Address {
	a, err := AddressOf(L.Get(n), defaultPort)
	if errors.Is(err, errNoAddress) {
		typeError(L, n, "address")
	}
	if err != nil {
		L.Error(lua.LString(fmt.Sprintf("Malformed address for %s: %s", funcName(L), err)), 0)
	}
	return a
}

var errNoAddress = errors.New("no address")

// AddressOf is ToAddress for any value; what ToAddress raises is the error.
func AddressOf(v lua.LValue, defaultPort int) (address.Address, error) {
	if a, ok := AddressClass.Is(v); ok {
		return a, nil
	}
	text, ok := v.(lua.LString)
	if !ok {
		return address.Address{}, errNoAddress
	}
	return address.Parse(string(text), defaultPort)
}
