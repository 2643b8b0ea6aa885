package engine

import (
	"errors"
	"testing"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// What an anonymous id has kept may come from a process of a newer version. Where it
// cannot be read it is left for one of those, and not let go.
func TestWhatANewerVersionKeptIsNotLost(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", "name: a\nstart: {on: visit}\nsteps: [{wait: 1h}, {send: {template: a, channels: [email]}}]\n"))
	w.told("anon", "visit", hours(0), `{}`)
	kept, err := w.record("anon").EncodeWhole()
	if err != nil {
		t.Fatal(err)
	}
	const format = 1 // its place, behind the head of the array
	kept[format] = 99
	for _, erased := range []schemas.Time{0, hours(2)} {
		ana := state.New("ana")
		ana.EditCore().ErasedAt = erased
		m := Mail{Kind: MailMerge, To: "ana", Customer: "anon", Payload: kept, At: hours(1)}
		if w.e.Receive(ana, m, w.env(m.At)); !errors.Is(ana.Err(), state.ErrNewer) {
			t.Errorf("erased at %s: %v, want %v", erased, ana.Err(), state.ErrNewer)
		}
	}
}
