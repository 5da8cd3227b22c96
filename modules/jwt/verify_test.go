package jwt

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/modules/json"
)

func newState(t testing.TB) *lua.LState {
	t.Helper()
	L := lua.NewState()
	t.Cleanup(L.Close)
	return L
}

// testKey is the key of RFC 8037 appendix A.1.
func testKey(t testing.TB) (pk ed25519.PublicKey, sk ed25519.PrivateKey) {
	t.Helper()
	seed, err := base64.RawURLEncoding.DecodeString("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
	if err != nil {
		t.Fatal(err)
	}
	sk = ed25519.NewKeyFromSeed(seed)
	return sk.Public().(ed25519.PublicKey), sk
}

func segment(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// token signs two texts as they are.
func token(t testing.TB, sk ed25519.PrivateKey, header, payload string) string {
	t.Helper()
	s, err := sign(sk, []byte(header), []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const eddsa = `{"alg":"EdDSA"}`

// RFC 8037 appendix A.4 and A.5. The payload of the example is no JSON.
func TestVectorOfRFC8037(t *testing.T) {
	const vector = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc." +
		"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
	pk, sk := testKey(t)
	if got := segment(string(pk)); got != "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" {
		t.Fatalf("public key %s", got)
	}
	if got := token(t, sk, eddsa, "Example of Ed25519 signing"); got != vector {
		t.Errorf("got %s, want %s", got, vector)
	}
	_, _, err := verify(newState(t), pk, vector, time.Now())
	if err == nil || !strings.HasPrefix(err.Error(), "payload: line 1, column 1: unexpected 'E'") {
		t.Errorf("verify: %v", err)
	}
}

func TestVerify(t *testing.T) {
	L := newState(t)
	pk, sk := testKey(t)
	payload, header, err := verify(L, pk, token(t, sk, `{"alg":"EdDSA","kid":"k","x5c":[]}`, `{"sub":"s","aud":["a"],"roles":[]}`), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for want, v := range map[string]lua.LValue{
		`{"alg":"EdDSA","kid":"k","x5c":[]}`: header,
		`{"aud":["a"],"roles":[],"sub":"s"}`: payload,
	} {
		if got, err := json.Append(nil, v); err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}

func TestVerifyTimes(t *testing.T) {
	pk, sk := testKey(t)
	now := time.Unix(1_700_000_000, 500_000_000)
	const expired, early = "token is expired", "token is not valid yet"
	for _, c := range []struct{ payload, err string }{
		{`{}`, ""},
		{`{"exp":1700000001}`, ""},
		{`{"exp":1700000000}`, expired},
		{`{"exp":1700000000.75}`, ""},
		{`{"exp":1700000000.25}`, expired},
		{`{"exp":1e300,"nbf":-1e300}`, ""},
		{`{"exp":0}`, expired},
		{`{"exp":-1e300}`, expired},
		{`{"nbf":1700000000}`, ""},
		{`{"nbf":1700000001}`, early},
		{`{"nbf":1700000000.75}`, early},
		{`{"nbf":1e300}`, early},
		{`{"nbf":1e15}`, early},
		{`{"exp":1,"nbf":1e15}`, expired},
		{`{"iat":1e15}`, ""},
		{`{"exp":"1700000001"}`, "exp is no number"},
		{`{"exp":null}`, "exp is no number"},
		{`{"nbf":true}`, "nbf is no number"},
		{`{"nbf":{}}`, "nbf is no number"},
	} {
		payload, header, err := verify(newState(t), pk, token(t, sk, eddsa, c.payload), now)
		switch {
		case c.err == "":
			if err != nil {
				t.Errorf("%s: %v", c.payload, err)
			}
		case err == nil || !strings.Contains(err.Error(), c.err):
			t.Errorf("%s: %v, want %s", c.payload, err, c.err)
		case payload != nil || header != nil:
			t.Errorf("%s: an error and results", c.payload)
		}
	}
}

// Tokens that somebody made up, or changed.
func TestVerifyRefuses(t *testing.T) {
	pk, sk := testKey(t)
	_, foreign, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	good := token(t, sk, eddsa, `{"sub":"me"}`)
	parts := strings.Split(good, ".")
	hs256 := segment(`{"alg":"HS256"}`) + "." + segment(`{"sub":"root"}`)
	mac := hmac.New(sha256.New, pk)
	mac.Write([]byte(hs256))
	const bad = "token signature is invalid"
	for _, c := range []struct{ name, token, err string }{
		{"empty", "", "token of 3 segments expected, got 1"},
		{"two segments", parts[0] + "." + parts[1], "token of 3 segments expected, got 2"},
		{"four segments", good + ".", "token of 3 segments expected, got 4"},
		{"only dots", "..", "header: line 1, column 1"},
		{"many dots", strings.Repeat(".", 1000), "token of 3 segments expected, got 1001"},
		{"too large", strings.Repeat("x", maxToken+1), "token of more than 1048576 bytes"},
		{"garbage", "\x00.\xff.\n", "header: not in base64url"},
		{"no signature", parts[0] + "." + parts[1] + ".", bad},
		{"other payload", parts[0] + "." + segment(`{"sub":"root"}`) + "." + parts[2], bad},
		{"other header", segment(`{"alg":"EdDSA","x":1}`) + "." + parts[1] + "." + parts[2], bad},
		{"other key", token(t, foreign, eddsa, `{}`), bad},
		{"cut signature", good[:len(good)-2], bad},
		{"padded", good + "==", "signature: not in base64url"},
		{"plain base64", strings.NewReplacer("-", "+", "_", "/").Replace(good), "signature: not in base64url"},
		{"other spelling of the signature", good[:len(good)-1] + string(good[len(good)-1]+1), "signature: not in base64url"},
		{"line break", good + "\n", "signature: line break in base64url"},
		{"alg none", segment(`{"alg":"none"}`) + "." + parts[1] + ".", `header: algorithm "none" is not accepted, only EdDSA`},
		{"alg none, signed", token(t, sk, `{"alg":"none"}`, `{}`), `header: algorithm "none" is not accepted, only EdDSA`},
		{"HS256 with the public key", hs256 + "." + segment(string(mac.Sum(nil))), `header: algorithm "HS256" is not accepted, only EdDSA`},
		{"alg in lower case", token(t, sk, `{"alg":"eddsa"}`, `{}`), `header: algorithm "eddsa" is not accepted`},
		{"long alg", token(t, sk, `{"alg":"`+strings.Repeat("x", 1000)+`"}`, `{}`), `header: algorithm "xxxxxxxxxxxxxxxxxxxx" is not accepted`},
		{"no alg", token(t, sk, `{}`, `{}`), "header: no algorithm, must be EdDSA"},
		{"alg is a list", token(t, sk, `{"alg":["EdDSA"]}`, `{}`), "header: no algorithm, must be EdDSA"},
		{"alg is null", token(t, sk, `{"alg":null}`, `{}`), "header: no algorithm, must be EdDSA"},
		{"second alg", token(t, sk, `{"alg":"EdDSA","alg":"none"}`, `{}`), `header: algorithm "none" is not accepted`},
		{"crit", token(t, sk, `{"alg":"EdDSA","crit":["b64"],"b64":false}`, `{}`), "header: critical extensions are not supported"},
		{"empty crit", token(t, sk, `{"alg":"EdDSA","crit":[]}`, `{}`), "header: critical extensions are not supported"},
		{"crit null", token(t, sk, `{"alg":"EdDSA","crit":null}`, `{}`), "header: critical extensions are not supported"},
		{"header null", token(t, sk, `null`, `{}`), "header: no JSON object"},
		{"header array", token(t, sk, `["EdDSA"]`, `{}`), "header: no JSON object"},
		{"header empty array", token(t, sk, `[]`, `{}`), "header: no JSON object"},
		{"header string", token(t, sk, `"EdDSA"`, `{}`), "header: no JSON object"},
		{"header no JSON", token(t, sk, `{"alg":"EdDSA"`, `{}`), "header: line 1, column 15: unexpected end"},
		{"header and more", token(t, sk, eddsa+eddsa, `{}`), "header: line 1, column 16: unexpected '{'"},
		{"payload null", token(t, sk, eddsa, `null`), "payload: no JSON object"},
		{"payload empty", token(t, sk, eddsa, ``), "payload: line 1, column 1: unexpected end"},
		{"payload array", token(t, sk, eddsa, `[]`), "payload: no JSON object"},
		{"payload number", token(t, sk, eddsa, `1`), "payload: no JSON object"},
		{"payload bad UTF-8", token(t, sk, eddsa, "{\"a\":\"\xff\"}"), "payload: line 1, column 7: invalid UTF-8 in a string at .a"},
		{"payload deep", token(t, sk, eddsa, strings.Repeat("[", 100_000)), "payload: line 1, column 10001: more than 10000"},
	} {
		payload, header, err := verify(newState(t), pk, c.token, time.Now())
		if err == nil || !strings.HasPrefix(err.Error(), c.err) {
			t.Errorf("%s: %v, want %s", c.name, err, c.err)
		}
		if payload != nil || header != nil {
			t.Errorf("%s: an error and results", c.name)
		}
	}
}

func TestSignSize(t *testing.T) {
	_, sk := testKey(t)
	if _, err := sign(sk, []byte(eddsa), make([]byte, maxToken)); err != errTooLarge {
		t.Errorf("sign: %v", err)
	}
}

// Nothing but what the key has signed is accepted.
func FuzzVerify(f *testing.F) {
	pk, sk := testKey(f)
	known := token(f, sk, eddsa, `{"sub":"me"}`)
	f.Add(known)
	f.Add(token(f, sk, `{"alg":"EdDSA","crit":["x"]}`, `{"exp":1}`))
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("..")
	f.Add(fmt.Sprintf("%s\n", known))
	f.Fuzz(func(t *testing.T, token string) {
		payload, header, err := verify(newState(t), pk, token, time.Now())
		switch {
		case err == nil && token != known:
			t.Fatalf("verify(%q) = %v, %v", token, payload, header)
		case err != nil && (token == known || payload != nil || header != nil):
			t.Fatalf("verify(%q) = %v, %v, %v", token, payload, header, err)
		}
	})
}
