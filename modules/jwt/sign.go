package jwt

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
	lua "github.com/yuin/gopher-lua"

	"qrelay/modules/json"
)

// maxToken is the size in bytes up to which tokens are made and read. It is far
// more than what fits into an HTTP header and bounds what a stranger can make us do.
const maxToken = 1 << 20

var errTooLarge = fmt.Errorf("token of more than %d bytes", maxToken)

// encodeHeader returns the first segment: the header with alg and typ set. The
// table is not changed.
func encodeHeader(L *lua.LState, header *lua.LTable) (string, error) {
	full := L.NewTable()
	header.ForEach(full.RawSet)
	full.RawSetString("alg", lua.LString(jwt.SigningMethodEdDSA.Alg()))
	full.RawSetString("typ", lua.LString("JWT"))
	return encodeSegment(full)
}

// encodeSegment returns the JSON object t in base64url. golang-jwt would use
// encoding/json, whose escapes (of <, > and &) make other tokens than the C++ daemon.
func encodeSegment(t *lua.LTable) (string, error) {
	text, err := json.Append(nil, t)
	if err != nil {
		return "", err
	}
	if text[0] != '{' {
		return "", errors.New("object expected, got an array")
	}
	return base64.RawURLEncoding.EncodeToString(text), nil
}

// sign joins the segments and signs them. sk is Ed25519's seed and public key.
func sign(sk ed25519.PrivateKey, header, payload string) (string, error) {
	text := header + "." + payload
	signature, err := jwt.SigningMethodEdDSA.Sign(text, sk)
	if err != nil {
		return "", err
	}
	token := text + "." + base64.RawURLEncoding.EncodeToString(signature)
	if len(token) > maxToken {
		return "", errTooLarge
	}
	return token, nil
}
