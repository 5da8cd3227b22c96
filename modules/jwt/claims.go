package jwt

import (
	"fmt"
	"math"
	"time"

	"github.com/golang-jwt/jwt/v5"
	lua "github.com/yuin/gopher-lua"
)

// claims shows a payload to golang-jwt's validator. Only the times matter to it as
// we use it; issuer, subject and audience are the script's business.
type claims struct {
	payload *lua.LTable
}

func (c claims) GetExpirationTime() (*jwt.NumericDate, error) { return c.date("exp") }
func (c claims) GetNotBefore() (*jwt.NumericDate, error)      { return c.date("nbf") }
func (c claims) GetIssuedAt() (*jwt.NumericDate, error)       { return c.date("iat") }
func (c claims) GetIssuer() (string, error)                   { return "", nil }
func (c claims) GetSubject() (string, error)                  { return "", nil }
func (c claims) GetAudience() (jwt.ClaimStrings, error)       { return nil, nil }

// farFuture bounds dates in seconds since 1970: golang-jwt's own conversion
// overflows, and then calls a token that is not valid before the year 10^12 valid.
const farFuture = 1 << 40

// date returns a claim in seconds since 1970, nil if there is none.
func (c claims) date(name string) (*jwt.NumericDate, error) {
	switch v := c.payload.RawGetString(name).(type) {
	case *lua.LNilType:
		return nil, nil
	case lua.LNumber:
		seconds, fraction := math.Modf(max(-farFuture, min(farFuture, float64(v))))
		return &jwt.NumericDate{Time: time.Unix(int64(seconds), int64(fraction*1e9))}, nil
	default:
		return nil, fmt.Errorf("%s is no number: %w", name, jwt.ErrInvalidType)
	}
}
