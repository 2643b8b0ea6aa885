package engine

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"github.com/beckon-io/beckon/schemas"
)

// digest is the SHA-256 over the parts, each preceded by its length as a
// big-endian uint32, so that no two lists of parts run together.
func digest(parts ...string) [sha256.Size]byte {
	var room [256]byte
	buf := room[:0]
	for _, p := range parts {
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(p)))
		buf = append(buf, p...)
	}
	return sha256.Sum256(buf)
}

func hexOf(b []byte) string {
	var room [32]byte
	return string(hex.AppendEncode(room[:0], b))
}

// commandID is the same wherever and whenever the decision is computed.
func commandID(trigger, customer, key, startID, step, channel string) schemas.CommandID {
	sum := digest(trigger, customer, key, startID, step, channel)
	return schemas.CommandID(hexOf(sum[:16]))
}

// runID names a run in commands.
func runID(trigger, customer, key, startID string) string {
	sum := digest(trigger, customer, key, startID)
	return hexOf(sum[:8])
}

// emittedID names an event that an emit step makes.
func emittedID(trigger, customer, key, startID, step string) string {
	sum := digest(trigger, customer, key, startID, step, "emit")
	return hexOf(sum[:16])
}

// codeAlphabet has no I, L, O and U: nothing that reads as 1, 0 or V.
const codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// couponCode is unguessable without the secret: the first 40 bits of
// HMAC-SHA256(secret, command id) as CART-7K2M-Q9XD.
func couponCode(prefix string, secret []byte, id schemas.CommandID) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(id))
	sum := mac.Sum(nil)
	n := binary.BigEndian.Uint64(sum[:8]) >> 24

	code := make([]byte, 0, len(prefix)+10)
	if prefix != "" {
		code = append(append(code, prefix...), '-')
	}
	for i := range 8 {
		if i == 4 {
			code = append(code, '-')
		}
		code = append(code, codeAlphabet[n>>(35-5*i)&31])
	}
	return string(code)
}
