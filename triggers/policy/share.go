package policy

import (
	"crypto/sha256"
	"encoding/binary"
)

// Point is where the given parts fall on a wheel of size steps, the same for
// ever: the first 8 bytes of the SHA-256 over the parts, each preceded by its
// length as a big-endian uint32, modulo size.
func Point(size uint64, parts ...string) uint64 {
	buf := make([]byte, 0, 128)
	for _, p := range parts {
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(p)))
		buf = append(buf, p...)
	}
	sum := sha256.Sum256(buf)
	return binary.BigEndian.Uint64(sum[:8]) % size
}

// Holds tells whether the parts, a purpose and a customer, fall into the share.
// A share that grows keeps those it had.
func (s Share) Holds(parts ...string) bool {
	return s > 0 && Point(10_000, parts...) < uint64(s)
}
