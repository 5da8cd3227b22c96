// Package jwt is the Lua module "jwt": JSON Web Tokens (RFC 7519) in compact form,
// signed with Ed25519 (algorithm EdDSA, RFC 8037) and nothing else.
//
//	jwt.sign(sk, header, payload) -> token
//	jwt.verify(pk, token) -> payload, header | nil, err
//
// Keys are those of sodium.crypto_sign_keypair. None of the functions waits.
package jwt
