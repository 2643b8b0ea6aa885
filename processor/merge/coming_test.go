package merge

import (
	"fmt"
	"testing"

	"github.com/beckon-io/beckon/schemas"
)

// Items come in advance, each once, and more of those logs of which more is
// taken: here four of the first for one of the second.
func TestItemsComeInAdvance(t *testing.T) {
	m := started(2, 0)
	for i := range int64(200) {
		m.Push(0, item(base+schemas.Time(i), i, fmt.Sprint("a", i)))
		m.Push(1, item(base+schemas.Time(4*i), i, fmt.Sprint("b", i)))
	}
	if m.Held() != 400 {
		t.Errorf("%d items are held, want 400", m.Held())
	}
	m.Prove(m.Mailbox(), 0, base+1000)
	came, unexpected := map[string]bool{}, 0
	for range 10 {
		m.Coming(func(name *string) {
			if came[*name] {
				t.Errorf("%s comes a second time", *name)
			}
			came[*name] = true
		})
		for range 20 {
			it, w := m.Next(base + 1000)
			if it == nil {
				t.Fatalf("no item: %v", w.Why)
			}
			if !came[it.Payload] {
				unexpected++
			}
			m.Take()
		}
	}
	if most := 20 - 2*fewComing + fewComing/2; unexpected > most { // of the first round
		t.Errorf("%d of 200 items came unexpectedly, want at most %d", unexpected, most)
	}
	if len(came) > 200+40 {
		t.Errorf("%d items came for 200 that were taken", len(came))
	}
}
