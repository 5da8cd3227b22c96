package jwt

import (
	"crypto/ed25519"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
)

// Module returns the Lua module.
func Module() runtime.Module {
	return runtime.Module{
		Name: "jwt",
		Doc:  "JSON Web Tokens signed with Ed25519.",
		Funcs: []runtime.Func{
			{Name: "sign", Fn: luaSign,
				Types: map[string]string{"header": "table", "payload": "table"},
				Sig:   "jwt.sign(sk, header, payload) -> token",
				Doc:   "Makes a signed token of two tables. alg and typ of the header are set to EdDSA and JWT. Raises if JSON cannot express a value."},
			{Name: "verify", Fn: luaVerify,
				Types: map[string]string{"-> header": "table", "-> payload": "table"},
				Sig:   "jwt.verify(pk, token) -> payload, header | nil, err",
				Doc:   "Checks algorithm, signature, exp and nbf of a token and returns its two tables. Other claims, such as aud, are left to the script."},
		},
	}
}

// jwt.sign(sk, header, payload) -> token. sk has 64 bytes.
func luaSign(L *lua.LState) int {
	runtime.NArgs(L, 3, 3)
	sk := key(L, 1, "secret key", ed25519.PrivateKeySize)
	header, err := encodeHeader(L, runtime.Table(L, 2))
	if err != nil {
		runtime.ArgError(L, 2, "%s", err)
	}
	payload, err := encodeObject(runtime.Table(L, 3))
	if err != nil {
		runtime.ArgError(L, 3, "%s", err)
	}
	token, err := sign(ed25519.PrivateKey(sk), header, payload)
	if err != nil {
		runtime.Raise(L, "%s", err)
	}
	L.Push(lua.LString(token))
	return 1
}

// jwt.verify(pk, token) -> payload, header | nil, err. pk has 32 bytes.
func luaVerify(L *lua.LState) int {
	runtime.NArgs(L, 2, 2)
	pk := key(L, 1, "public key", ed25519.PublicKeySize)
	token := runtime.String(L, 2)
	payload, header, err := verify(L, ed25519.PublicKey(pk), token, runtime.Of(L).Now())
	if err != nil {
		return runtime.Fail(L, err)
	}
	return runtime.Results(L, payload, header)
}

// key returns argument n, which must be a key of that many bytes.
func key(L *lua.LState, n int, what string, size int) []byte {
	s := runtime.String(L, n)
	if len(s) != size {
		runtime.ArgError(L, n, "malformed %s: %d bytes expected, got %d", what, size, len(s))
	}
	return []byte(s)
}
