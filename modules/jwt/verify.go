package jwt

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	lua "github.com/yuin/gopher-lua"

	"qrelay/modules/json"
)

// verify returns the payload and the header of a token that the owner of pk has
// signed and that is valid now. It decides on the algorithm before it looks at the
// signature, and believes nothing in the payload before the signature holds.
func verify(L *lua.LState, pk ed25519.PublicKey, token string, now time.Time) (payload, header *lua.LTable, err error) {
	segments, err := split(token)
	if err != nil {
		return nil, nil, err
	}
	if header, err = decodeObject(L, segments[0]); err != nil {
		return nil, nil, fmt.Errorf("header: %w", err)
	}
	if err := checkHeader(header); err != nil {
		return nil, nil, fmt.Errorf("header: %w", err)
	}
	signature, err := decode(segments[2])
	if err != nil {
		return nil, nil, fmt.Errorf("signature: %w", err)
	}
	if jwt.SigningMethodEdDSA.Verify(segments[0]+"."+segments[1], signature, pk) != nil {
		return nil, nil, jwt.ErrTokenSignatureInvalid
	}
	if payload, err = decodeObject(L, segments[1]); err != nil {
		return nil, nil, fmt.Errorf("payload: %w", err)
	}
	validator := jwt.NewValidator(jwt.WithTimeFunc(func() time.Time { return now }))
	if err := validator.Validate(claims{payload}); err != nil {
		return nil, nil, err
	}
	return payload, header, nil
}

func split(token string) ([]string, error) {
	if len(token) > maxToken {
		return nil, errTooLarge
	}
	segments := strings.Split(token, ".")
	if len(segments) != 3 {
		return nil, fmt.Errorf("token of 3 segments expected, got %d", len(segments))
	}
	return segments, nil
}

// decode reads base64url without padding (RFC 7515 section 2). Package base64
// skips line breaks, which would let one token have many spellings.
func decode(segment string) ([]byte, error) {
	if strings.ContainsAny(segment, "\r\n") {
		return nil, errors.New("line break in base64url")
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(segment)
	if err != nil {
		return nil, errors.New("not in base64url")
	}
	return b, nil
}

func decodeObject(L *lua.LState, segment string) (*lua.LTable, error) {
	text, err := decode(segment)
	if err != nil {
		return nil, err
	}
	v, err := json.Parse(L, string(text))
	if err != nil {
		return nil, err
	}
	if t, ok := v.(*lua.LTable); ok && !json.IsArray(t) {
		return t, nil
	}
	return nil, errors.New("no JSON object")
}

// checkHeader accepts only our algorithm, whatever key there is: a token must not
// choose how it is checked (RFC 8725 section 3.1). Extensions that the sender
// calls critical are unknown here and must not be ignored (RFC 7515 section 4.1.11).
func checkHeader(header *lua.LTable) error {
	want := jwt.SigningMethodEdDSA.Alg()
	switch alg := header.RawGetString("alg").(type) {
	case lua.LString:
		if string(alg) != want {
			return fmt.Errorf("algorithm %.20q is not accepted, only %s", string(alg), want)
		}
	default:
		return fmt.Errorf("no algorithm, must be %s", want)
	}
	if header.RawGetString("crit") != lua.LNil {
		return errors.New("critical extensions are not supported")
	}
	return nil
}
