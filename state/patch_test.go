package state

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/beckon-io/beckon/schemas"
)

// happen is an event that leaves a note, and mostly more.
func happen(c *Customer, rng *rand.Rand) {
	at := schemas.Time(rng.IntN(1000) - 100)
	if rng.IntN(4) == 0 {
		at = schemas.Time(rng.IntN(5) - 2)
	}
	c.AddEvent(rng.Uint64())
	if rng.IntN(4) > 0 {
		c.Seen(at)
	}
	switch rng.IntN(10) {
	case 0:
		editAny(c, Section(rng.IntN(int(numSections))), rng)
	case 1:
		c.EditCart().UpdatedAt = at
	case 2:
		c.EditOrders().Count++
	case 3:
		c.AddDecision(schemas.Decision{Key: fmt.Sprint(rng.Uint64())})
	case 4:
		c.EditRuns().Active = []Run{{Trigger: "cart", Due: at}}
	case 5:
		c.EditViews().Watch(Watch{SKU: fmt.Sprint(rng.IntN(9)), At: at})
	default:
		price, _ := schemas.NewAmount(rng.Int64N(9999), 2)
		c.AddView(View{SKU: fmt.Sprint("a product ", rng.IntN(100)), Category: "tea", Price: price, At: at + schemas.Time(rng.IntN(3)-1)})
	}
	if rng.IntN(8) == 0 {
		c.AddView(View{SKU: "one more", At: at})
	}
	if rng.IntN(8) == 0 {
		c.Views()
	}
}

// Whoever reads the changelog has the record that was written, byte for byte, and what it
// says is what it would say if each event had been written whole.
func TestPatchesMakeTheRecord(t *testing.T) {
	var patches, notes int
	for seed := range uint64(10) {
		d, whole := disk{}, disk{}
		c, plain := New("ana"), New("ana")
		c.EditCore().LastSeenAt, plain.EditCore().LastSeenAt = -50, -50
		said, record := "", string(d.commit(t, c)[0].Value)
		whole.write(plain.Changes(new(Encoder), nil))
		plain = whole.load(t)
		plain.format = 2 // takes no patches
		for n := range 40 {
			for range 1 + rand.New(rand.NewPCG(seed, uint64(n))).IntN(9)/8 {
				happen(c, rand.New(rand.NewPCG(seed, uint64(n)+1000)))
				happen(plain, rand.New(rand.NewPCG(seed, uint64(n)+1000)))
			}
			whole.write(plain.Changes(new(Encoder), nil))
			plain = whole.load(t)
			plain.format = 2

			changes := d.commit(t, c)
			for _, change := range changes {
				var err error
				switch {
				case change.Patch != nil:
					record, err = Patched(record, string(change.Patch))
					patches++
					if noteIn(string(change.Patch[hashBytes:])) > 0 {
						notes++
					}
				case change.Section == CoreSection:
					record = string(change.Value)
				}
				if err != nil {
					t.Fatalf("seed %d, event %d: %v", seed, n, err)
				}
			}
			if record != d[CoreSection] {
				t.Fatalf("seed %d, event %d: %q is read as\n%q, written was\n%q", seed, n, said, record, d[CoreSection])
			}
			said = sectionsOf(changes)
			if c = d.load(t); n%3 == 0 {
				c.sections()
			}
			if more := d.commit(t, c); len(more) > 0 {
				t.Fatalf("seed %d, event %d: a look wrote %s", seed, n, sectionsOf(more))
			}
			if diff := cmp.Diff(plain.sections(), d.load(t).sections(), same); diff != "" || c.Err() != nil || plain.Err() != nil {
				t.Fatalf("seed %d, event %d: %v, %v (-whole +patched):\n%s", seed, n, c.Err(), plain.Err(), diff)
			}
			raw, err := d.load(t).EncodeWhole()
			if err != nil {
				t.Fatal(err)
			}
			sent, err := DecodeWhole("ana", raw)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(plain.sections(), sent.sections(), same); diff != "" {
				t.Fatalf("seed %d, event %d (-whole +in the mail):\n%s", seed, n, diff)
			}
			if got, want := d.load(t).measure(), whole.load(t).measure(); got != want {
				t.Fatalf("seed %d, event %d: it measures %d, want %d", seed, n, got, want)
			}
			if rand.New(rand.NewPCG(seed, uint64(n)+2000)).IntN(3) > 0 {
				c = d.load(t)
			}
			plain = whole.load(t)
			plain.format = 2
		}
	}
	if patches < 200 || notes < 80 {
		t.Errorf("only %d patches, %d of them notes", patches, notes)
	}
}

// Zero is an instant, too, though a note has no word for it.
func TestSeenAtZero(t *testing.T) {
	d, c := disk{}, New("ana")
	c.EditCore().LastSeenAt = -50
	d.commit(t, c)
	c.AddEvent(6) // none of the customer's doing
	d.commit(t, c)
	if at := d.load(t).Core().LastSeenAt; at != -50 {
		t.Errorf("seen at %d, want -50", at)
	}
	c.AddEvent(7)
	c.Seen(0)
	d.commit(t, c)
	if at := d.load(t).Core().LastSeenAt; at != 0 {
		t.Errorf("seen at %d, want 0", at)
	}
}

// A patch of another record than the one before it in the log changes nothing, as a
// newer record follows.
func TestPatchOfAnotherRecord(t *testing.T) {
	older, err := hex.DecodeString(strings.TrimSpace(read(t, "testdata/record.2.hex")))
	if err != nil {
		t.Fatal(err)
	}
	d, c := disk{}, New("ana")
	c.EditCore().Tier = "gold"
	first := string(d.commit(t, c)[0].Value)
	view := func() Change {
		c.AddEvent(7)
		c.Seen(5)
		c.AddView(View{SKU: "tea", At: 5})
		return d.commit(t, c)[0]
	}
	one, two := view(), view()
	if one.Slot != firstPatch || two.Slot != firstPatch+1 || two.Patch == nil {
		t.Fatalf("the patches are %d and %d", one.Slot, two.Slot)
	}
	for name, record := range map[string]string{"none": "", "one that lacks it": first, "one that has it": d[CoreSection], "one of before": string(older)} {
		if got, err := Patched(record, string(two.Patch)); err != nil || got != record {
			t.Errorf("%s became %q, %v", name, got, err)
		}
	}
	if got, err := Patched(first, ""); err != nil || got != first {
		t.Errorf("a tombstone made %q of it, %v", got, err)
	}
	newer := []byte(d.patch(t, c).Patch)
	newer[hashBytes+1] = patchFormat + 1
	if _, err := Patched(d[CoreSection], string(newer)); !errors.Is(err, ErrNewer) {
		t.Errorf("a patch of a newer version: %v, want ErrNewer", err)
	}
}

// Nor does one of the customer's next series, on an older copy that has as many.
func TestPatchOfAnotherSeries(t *testing.T) {
	series := func(tier string, between func(*Customer)) (record string, next Change) {
		d, c := disk{}, New("ana")
		c.EditCore().Tier = tier
		d.commit(t, c)
		for range maxPatches - 1 {
			between(c)
			d.commit(t, c)
		}
		return d[CoreSection], d.patch(t, c)
	}
	older, _ := series("silver", func(c *Customer) { c.AddEvent(1) })
	_, next := series("gold", func(c *Customer) { c.EditCart().UpdatedAt++ })
	if got, err := Patched(older, string(next.Patch)); err != nil || got != older {
		t.Errorf("it became %q, %v", got, err)
	}
}

// patch is a change that a note cannot say.
func (d disk) patch(t *testing.T, c *Customer) Change {
	c.EditCart().ID = "k1"
	changes := c.Changes(new(Encoder), nil)
	if last := changes[len(changes)-1]; last.Patch != nil {
		return last
	}
	t.Fatal("no patch of the cart")
	return Change{}
}

// What was looked at stays in no patch once its customer was erased or is gone.
func TestPatchesGoWithTheirCustomer(t *testing.T) {
	for name, end := range map[string]func(*Customer){
		"erased": func(c *Customer) { c.Erase(9) },
		"empty": func(c *Customer) {
			*c.EditCore() = Core{}
			*c.EditViews() = Views{}
		},
	} {
		d, c, log := disk{}, New("ana"), map[Section]string{}
		c.EditCore().Tier = "gold"
		d.commit(t, c)
		for i := range schemas.Time(30) {
			c.AddEvent(uint64(i))
			c.Seen(i + 1)
			c.AddView(View{SKU: "tea", At: i + 1})
			for _, change := range d.commit(t, c) {
				if change.Patch != nil {
					log[change.Slot] = string(change.Patch)
				}
			}
		}
		if len(log) != maxPatches {
			t.Fatalf("%d patches were written, want %d", len(log), maxPatches)
		}
		end(c)
		for _, change := range d.commit(t, c) {
			if change.Value == nil {
				delete(log, change.Section)
			}
			if change.Patch != nil {
				t.Errorf("%s: a patch of what is not there", name)
			}
		}
		if len(log) > 0 {
			t.Errorf("%s: %d patches stay", name, len(log))
		}
	}
}

func FuzzPatched(f *testing.F) {
	rng := rand.New(rand.NewPCG(8, 6))
	d, c := disk{}, New("ana")
	for s := range numSections {
		editAny(c, s, rng)
	}
	d.commit(f, c)
	for range 30 {
		record := d[CoreSection]
		happen(c, rng)
		for _, change := range d.commit(f, c) {
			if change.Patch != nil {
				f.Add(record, string(change.Patch[hashBytes:]))
			}
		}
	}
	f.Fuzz(func(t *testing.T, record, patch string) {
		got, err := Patched(record, string(appendHash(nil, record))+patch)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrNewer) {
				t.Fatalf("an error of no class: %v", err)
			}
			return
		}
		if _, err := Load("ana", got, nil); err != nil {
			t.Fatalf("the patched record is not read: %v", err)
		}
	})
}
