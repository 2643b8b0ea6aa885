package engine

import (
	"crypto/sha256"
	"fmt"
	"testing"
)

// Delivery services and shops may compute the id of a decision themselves: the
// parts in the contract's order, each behind its length as four bytes,
// big-endian. Another way of writing it down would send everything that waits
// at an upgrade a second time.
func TestCommandIDIsTheHashOfItsParts(t *testing.T) {
	const parts = "\x00\x00\x00\x04cart" + "\x00\x00\x00\x04ană" + "\x00\x00\x00\x02k1" + "\x00\x00\x00\x01e" +
		"\x00\x00\x00\x10steps[2].then[0]" + "\x00\x00\x00\x05email"
	want := fmt.Sprintf("%x", sha256.Sum256([]byte(parts)))[:32]
	if got := commandID("cart", "ană", "k1", "e", "steps[2].then[0]", "email"); string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// What can be empty is there with its length.
	if got, want := commandID("cart", "ana", "", "1", "steps[1]", "email"), "6e0ceab3940f6fc515a56e9a8a8dc65f"; string(got) != want {
		t.Errorf("without a key: got %s, want %s", got, want)
	}
}
