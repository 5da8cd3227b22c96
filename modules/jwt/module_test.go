package jwt

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"qrelay/modules/json"
	"qrelay/runtime"
	"qrelay/runtime/luatest"
)

func TestLua(t *testing.T) {
	luatest.Run(t, []runtime.Module{Module()})
}

// python runs a script with Debian's Python, which has PyJWT in python3-jwt.
func python(t *testing.T, script, input string) string {
	t.Helper()
	cmd := exec.Command("/usr/bin/python3", "-c", script)
	cmd.Stdin = strings.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("cannot compare with PyJWT; install the Debian packages python3-jwt and python3-cryptography: %v\n%s", err, &stderr)
	}
	return string(out)
}

// PyJWT accepts what we sign, and reads the same claims.
func TestPyJWTVerifiesOurTokens(t *testing.T) {
	L := newState(t)
	pk, sk := testKey(t)
	var input, want strings.Builder
	fmt.Fprintln(&input, hex.EncodeToString(pk))
	for i := range 100 {
		header, payload := L.NewTable(), L.NewTable()
		header.RawSetString("kid", lua.LString(fmt.Sprintf("key <%d>", i)))
		payload.RawSetString("n", lua.LNumber(i)/4)
		payload.RawSetString("text", lua.LString(strings.Repeat("grün >", i)))
		payload.RawSetString("exp", lua.LNumber(time.Now().Unix()+3600))
		first, err := encodeHeader(L, header)
		if err != nil {
			t.Fatal(err)
		}
		second, err := encodeObject(payload)
		if err != nil {
			t.Fatal(err)
		}
		token, err := sign(sk, first, second)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&input, token)
		text, err := json.Append(nil, payload)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&want, "%s\n", text)
	}
	got := python(t, `
import sys, json, jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
pk = Ed25519PublicKey.from_public_bytes(bytes.fromhex(sys.stdin.readline()))
for i, token in enumerate(sys.stdin):
    token = token.strip()
    assert jwt.get_unverified_header(token) == {'alg': 'EdDSA', 'typ': 'JWT', 'kid': 'key <%d>' % i}
    payload = jwt.decode(token, pk, algorithms=['EdDSA'])
    if payload['n'] == int(payload['n']): payload['n'] = int(payload['n'])
    print(json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(',', ':')))
`, input.String())
	if got != want.String() {
		t.Errorf("got %s, want %s", got, want.String())
	}
}

// We accept what PyJWT signs, and read the same claims.
func TestVerifiesTokensOfPyJWT(t *testing.T) {
	pk, sk := testKey(t)
	out := python(t, `
import sys, json, time, jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
sk = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(sys.stdin.readline()))
for i in range(100):
    payload = {'n': i, 'aud': ['x'] * (i % 3), 'sub': 'gr\u00fcn' * i, 'nested': {'a': [None, True]}, 'exp': int(time.time()) + 3600, 'nbf': 0}
    print(jwt.encode(payload, sk, algorithm='EdDSA', headers={'kid': str(i)}))
    print(json.dumps(payload, sort_keys=True, separators=(',', ':')).encode('ascii').decode('unicode_escape').encode('utf-8').hex())
`, hex.EncodeToString(sk.Seed()))
	lines := strings.Fields(out)
	if len(lines) != 200 {
		t.Fatalf("PyJWT made %d lines", len(lines))
	}
	for i := 0; i < len(lines); i += 2 {
		payload, header, err := verify(newState(t), pk, lines[i], time.Now())
		if err != nil {
			t.Fatalf("verify(%s): %v", lines[i], err)
		}
		if kid := header.RawGetString("kid").String(); kid != fmt.Sprint(i/2) {
			t.Errorf("kid %s", kid)
		}
		got, err := json.Append(nil, payload)
		if want := lines[i+1]; err != nil || hex.EncodeToString(got) != want {
			t.Errorf("payload %x, %v, want %s", got, err, want)
		}
	}
}
