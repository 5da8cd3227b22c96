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

// Sizes to begin with: those of most headers and payloads.
const (
	usualMembers = 4
	usualText    = 256 // bytes
)

var errTooLarge = fmt.Errorf("token of more than %d bytes", maxToken)

// encodeHeader returns the JSON text of the header with alg and typ set. The table
// is not changed.
func encodeHeader(L *lua.LState, header *lua.LTable) ([]byte, error) {
	full := L.CreateTable(0, usualMembers)
	header.ForEach(full.RawSet)
	full.RawSetString("alg", lua.LString(jwt.SigningMethodEdDSA.Alg()))
	full.RawSetString("typ", lua.LString("JWT"))
	return encodeObject(full)
}

// encodeObject returns the JSON object t. golang-jwt would use encoding/json, whose
// escapes (of <, > and &) make other tokens than the C++ daemon.
func encodeObject(t *lua.LTable) ([]byte, error) {
	text, err := json.Append(make([]byte, 0, usualText), t)
	if err != nil {
		return nil, err
	}
	if text[0] != '{' {
		return nil, errors.New("object expected, got an array")
	}
	return text, nil
}

// sign joins header and payload in base64url and signs them. sk is Ed25519's seed
// and public key.
func sign(sk ed25519.PrivateKey, header, payload []byte) (string, error) {
	b64 := base64.RawURLEncoding
	size := b64.EncodedLen(len(header)) + 1 + b64.EncodedLen(len(payload)) + 1 + b64.EncodedLen(ed25519.SignatureSize)
	if size > maxToken {
		return "", errTooLarge
	}
	token := b64.AppendEncode(make([]byte, 0, size), header)
	token = b64.AppendEncode(append(token, '.'), payload)
	signature, err := jwt.SigningMethodEdDSA.Sign(string(token), sk)
	if err != nil {
		return "", err
	}
	token = b64.AppendEncode(append(token, '.'), signature)
	return string(token), nil
}
