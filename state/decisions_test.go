package state

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/beckon-io/beckon/schemas"
)

func keysOf(all []schemas.Decision) string {
	var keys []string
	for _, d := range all {
		keys = append(keys, d.Key)
	}
	return strings.Join(keys, " ")
}

// However many are added between two commits, the latest are there, in their order,
// and none of the stored ones is read for that.
func TestTheLatestDecisionsAreKept(t *testing.T) {
	for _, atOnce := range []int{1, 3, 7, MaxDecisions, MaxDecisions + 5} {
		d, c := disk{}, New("ana")
		var want []string
		for n := 0; n < 5*MaxDecisions*atOnce; {
			for range atOnce {
				c.AddDecision(schemas.Decision{Customer: "ana", Key: fmt.Sprint(n)})
				want = append(want, fmt.Sprint(n))
				n++
			}
			want = want[max(0, len(want)-MaxDecisions):]
			kept := strings.Join(want, " ")
			if got := keysOf(c.Decisions()); got != kept {
				t.Fatalf("%d at once, before the commit:\n%s\nwant\n%s", atOnce, got, kept)
			}
			c.src = nil // to be written without being read
			d.write(c.Changes(new(Encoder), nil))
			if err := c.Err(); err != nil {
				t.Fatal(err)
			}
			c = d.load(t)
			if got := keysOf(c.Decisions()); got != kept || c.Err() != nil {
				t.Fatalf("%d at once, %d in all: %v\n%s\nwant\n%s", atOnce, n, c.Err(), got, kept)
			}
			if c.Decisions()[0].Customer != "" {
				t.Fatal("the customer is kept with each decision")
			}
		}
		if len(d) != 1+MaxDecisions {
			t.Errorf("%d at once: %d keys, want the core record and %d slots", atOnce, len(d), MaxDecisions)
		}
	}
}

func TestDecisionsOfAnErasedCustomerGo(t *testing.T) {
	for _, before := range []int{1, 5, MaxDecisions, MaxDecisions + 3, 2*MaxDecisions - 1, 2 * MaxDecisions} {
		for _, after := range []int{0, 1, 3} {
			d, c := disk{}, New("ana")
			for i := range before {
				c.AddDecision(schemas.Decision{Key: fmt.Sprint("old ", i)})
				d.commit(t, c)
			}
			c.Erase(5)
			for i := range after {
				c.AddDecision(schemas.Decision{Key: fmt.Sprint("new ", i)})
				d.commit(t, c)
			}
			d.commit(t, c)
			if len(d) != 1+after {
				t.Errorf("%d before, %d after: %d keys are left", before, after, len(d))
			}
			all := d.load(t).Decisions()
			if len(all) != after {
				t.Errorf("%d before, %d after: %s", before, after, keysOf(all))
			}
			for _, x := range all {
				if !strings.HasPrefix(x.Key, "new") {
					t.Errorf("%d before, %d after: %q is still there", before, after, x.Key)
				}
			}
		}
	}
}

// What a version without slots has written is read until the ring is full.
func TestDecisionsOfEarlierVersions(t *testing.T) {
	d, c := disk{}, New("ana")
	old := edit[Decisions](c, DecisionsSection)
	for i := range MaxDecisions {
		old.Last = append(old.Last, schemas.Decision{Key: fmt.Sprint("old", i), Trigger: "cart-abandonment"})
	}
	d.commit(t, c)
	for i := range MaxDecisions + 1 {
		c = d.load(t)
		c.AddDecision(schemas.Decision{Key: fmt.Sprint("new", i)})
		d.commit(t, c)
		all := d.load(t).Decisions()
		if len(all) != MaxDecisions || all[MaxDecisions-1].Key != fmt.Sprint("new", i) {
			t.Fatalf("after %d: %s", i+1, keysOf(all))
		}
	}
	if _, there := d[DecisionsSection]; there {
		t.Error("the list is still there when no decision of it is among the latest")
	}
}

func TestDecisionIsKeptWhole(t *testing.T) {
	want := schemas.Decision{
		Time: 1 << 50, Trigger: "t", Version: "3f9c2a41", Key: "k", Step: "2.then.1", Outcome: schemas.Sent,
		Reason: schemas.Stale, CommandID: "0123", EventID: "e", Detail: "email",
	}
	d, c := disk{}, New("ana")
	c.AddDecision(want)
	d.commit(t, c)
	if diff := cmp.Diff([]schemas.Decision{want}, d.load(t).Decisions()); diff != "" {
		t.Error(diff)
	}
}

func TestDecisionsAreBounded(t *testing.T) {
	huge := strings.Repeat("ä", 100_000)
	worst := schemas.Decision{
		Time: -1 << 62, Trigger: huge, Version: huge, Key: huge, Step: huge, CommandID: schemas.CommandID(huge), EventID: huge, Detail: huge,
	}
	for n := range MaxDecisions {
		d, c := disk{}, New("ana")
		for range n + 1 {
			c.AddDecision(worst)
		}
		d.commit(t, c)
		if n := len(d[slot(0)]); n > maxSlotBytes {
			t.Errorf("%d bytes, want at most %d", n, maxSlotBytes)
		}
		if got := d.load(t).Decisions()[0].Key; !strings.HasSuffix(got, "ä…") {
			t.Errorf("cut to %q", got)
		}
	}
}

func TestDecisionThatIsMissing(t *testing.T) {
	d, c := disk{}, New("ana")
	c.AddDecision(schemas.Decision{Key: "k"})
	d.commit(t, c)
	delete(d, slot(0))
	c = d.load(t)
	if c.Decisions(); !errors.Is(c.Err(), ErrCorrupt) {
		t.Errorf("got %v, want ErrCorrupt", c.Err())
	}
}

func TestKeysOfDecisions(t *testing.T) {
	for i := range MaxDecisions {
		s, subject, err := ParseKey(AppendKey(nil, slot(i), "ana"))
		if s != slot(i) || subject != "ana" || err != nil || s.String() != "decisions" {
			t.Errorf("slot %d: section %d (%s) of %q, %v", i, s, s, subject, err)
		}
	}
	for _, s := range []Section{firstSlot - 1, firstSlot + MaxDecisions} {
		if _, _, err := ParseKey(AppendKey(nil, s, "ana")); !errors.Is(err, ErrNewer) {
			t.Errorf("section %d: %v, want ErrNewer", s, err)
		}
	}
}
