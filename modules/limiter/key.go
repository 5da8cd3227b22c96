package limiter

import (
	"crypto/sha256"
	"encoding/hex"
)

// maxKey is the longest key that is kept as it is. Keys may come from
// strangers, a sender or a header for example, and must not take up memory as
// they like.
const maxKey = 64

// keyOf returns what is kept of a key: all of it, or a hash, which is longer
// than any key that is kept, so that no two keys can be mistaken for each other.
func keyOf(key string) string {
	if len(key) <= maxKey {
		return key
	}
	hash := sha256.Sum256([]byte(key))
	return "sha256:" + hex.EncodeToString(hash[:])
}
