package state

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/beckon-io/beckon/schemas"
)

// disk is a store of one customer, by section; the core section is the record.
type disk map[Section]string

func (d disk) ReadSection(_ string, s Section) (string, error) { return d[s], nil }

func (d disk) write(changes []Change) {
	for _, c := range changes {
		if c.Value == nil {
			delete(d, c.Section)
		} else {
			d[c.Section] = string(c.Value)
		}
	}
}

func (d disk) load(t testing.TB) *Customer {
	t.Helper()
	c, err := Load("ana", d[CoreSection], d)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// commit writes a customer's changes as a transaction does.
func (d disk) commit(t testing.TB, c *Customer) []Change {
	t.Helper()
	var e Encoder
	changes := c.Changes(&e, nil)
	if err := c.Err(); err != nil {
		t.Fatal(err)
	}
	d.write(changes)
	if err := c.Reload(c.Subject, d[CoreSection], d); err != nil {
		t.Fatal(err)
	}
	return changes
}

func (c *Customer) sections() []section {
	return []section{
		c.Core(), c.Cart(), c.Views(), c.Orders(), c.Cycles(), c.Runs(), c.Sends(), c.Traits(), c.Untils(), get[Decisions](c, DecisionsSection), c.Entry(), get[Looks](c, LooksSection),
	}
}

func sectionsOf(changes []Change) string {
	var all []string
	for _, c := range changes {
		mark := ""
		if c.Value == nil {
			mark = "-"
		}
		all = append(all, mark+c.Section.String())
	}
	return strings.Join(all, " ")
}

func TestSmallSectionsShareOneRecord(t *testing.T) {
	d, c := disk{}, New("ana")
	c.EditCore().Profile.Email = "ana@example.org"
	c.EditCart().ID = "k1"
	c.EditRuns().Active = []Run{{Trigger: "cart", Due: 100}}
	if got := sectionsOf(d.commit(t, c)); got != "core" {
		t.Errorf("first change wrote %q, want one record", got)
	}
	c = d.load(t)
	if c.Wake() != 100 || c.parts[RunsSection].val != nil {
		t.Errorf("wake %d, want 100 without decoding the runs", c.Wake())
	}
	if w, err := WakeOf(d[CoreSection]); w != 100 || err != nil {
		t.Errorf("WakeOf gives %d, %v; want 100", w, err)
	}
	if got := sectionsOf(d.commit(t, c)); got != "" {
		t.Errorf("no edit wrote %q", got)
	}
	c.Cart()
	if got := sectionsOf(d.commit(t, c)); got != "" {
		t.Errorf("a look wrote %q", got)
	}
}

func TestLargeSectionsMoveOutAndBack(t *testing.T) {
	d, c := disk{}, New("ana")
	c.EditCore().Tier = "gold"
	fill := func(n int) {
		*c.EditCart() = Cart{}
		for i := range n {
			c.EditCart().Items = append(c.EditCart().Items, schemas.Item{SKU: fmt.Sprintf("sku-%057d", i)})
		}
	}
	for _, step := range []struct {
		items int
		want  string
	}{
		{5, "core"},       // 350 bytes
		{10, "cart core"}, // 690: moves out
		{11, "cart"},      // 760: the core is not written again…
		{20, "cart core"}, // 1380: …unless the size it tells has changed
		{7, "cart core"},  // 490: still over the lower bound, stays out
		{3, "-cart core"}, // 210: moves back
		{0, "core"},
	} {
		fill(step.items)
		if got := sectionsOf(d.commit(t, c)); got != step.want {
			t.Errorf("%d items: wrote %q, want %q", step.items, got, step.want)
		}
		if got := len(d.load(t).Cart().Items); got != step.items {
			t.Errorf("%d items: read back %d", step.items, got)
		}
	}
}

// Whatever is edited, and whether the decoded customer is used on or loaded
// again, the store says the same.
func TestStoredCustomerIsTheEditedOne(t *testing.T) {
	for seed := range uint64(15) {
		rng := rand.New(rand.NewPCG(seed, 0))
		d, kept := disk{}, New("ana")
		for range 8 {
			c := kept
			if rng.IntN(2) == 0 {
				c = d.load(t)
			}
			for range 1 + rng.IntN(3) {
				editAny(c, Section(rng.IntN(int(numSections))), rng)
			}
			d.commit(t, c)
			kept = c
			fresh := d.load(t)
			if diff := cmp.Diff(c.sections(), fresh.sections(), same); diff != "" {
				t.Fatalf("seed %d (-kept +loaded):\n%s", seed, diff)
			}
			if fresh.Err() != nil || c.Wake() != fresh.Wake() || c.Empty() != fresh.Empty() || (d[CoreSection] == "") != c.Empty() {
				t.Fatalf("seed %d: wake %d and %d, empty %v and %v, %v", seed, c.Wake(), fresh.Wake(), c.Empty(), fresh.Empty(), fresh.Err())
			}
		}
	}
}

// editAny replaces a section by a random one or by nothing.
func editAny(c *Customer, s Section, rng *rand.Rand) {
	edits := [numSections]func(){
		func() { *c.EditCore() = Core{} }, func() { *c.EditCart() = Cart{} }, func() { *c.EditViews() = Views{} },
		func() { *c.EditOrders() = Orders{} }, func() { *c.EditCycles() = Cycles{} }, func() { *c.EditRuns() = Runs{} },
		func() { *c.EditSends() = Sends{} }, func() { *c.EditTraits() = Traits{} }, func() { *c.EditUntils() = Untils{} },
		func() { *edit[Decisions](c, DecisionsSection) = Decisions{} }, func() { *c.EditEntry() = Entry{} },
		func() { *edit[Looks](c, LooksSection) = Looks{} },
	}
	edits[s]()
	if rng.IntN(3) > 0 {
		c.parts[s].val = filled(s, rng)
	}
}

func TestChangesAreTheSameTwice(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	d, c := disk{}, New("ana")
	for range 20 {
		editAny(c, Section(rng.IntN(int(numSections))), rng)
		var e Encoder
		first := c.Changes(&e, nil)
		if diff := cmp.Diff(first, c.Changes(&e, nil)); diff != "" {
			t.Fatal(diff)
		}
		d.commit(t, c)
	}
}

func TestErasedCustomerLeavesATinyCore(t *testing.T) {
	d, c := disk{}, New("ana")
	rng := rand.New(rand.NewPCG(5, 5))
	for s := range numSections {
		editAny(c, s, rng)
		c.parts[s].val = filled(s, rng)
	}
	d.commit(t, c)
	c = d.load(t)
	c.Erase(77)
	d.commit(t, c)
	if len(d) != 1 || len(d[CoreSection]) > 60 {
		t.Errorf("left: %d keys, core of %d bytes", len(d), len(d[CoreSection]))
	}
	if diff := cmp.Diff(&Core{ErasedAt: max(77, c.Core().ErasedAt)}, d.load(t).Core(), same); diff != "" {
		t.Error(diff)
	}
	if c.Wake() != 0 {
		t.Errorf("wake %d, want none", c.Wake())
	}
}

func TestSectionThatCannotBeReadIsRemembered(t *testing.T) {
	d, c := disk{}, New("ana")
	rng := rand.New(rand.NewPCG(5, 5))
	c.EditOrders()
	c.parts[OrdersSection].val = filled(OrdersSection, rng)
	for range 20 {
		c.Orders().Recent = append(c.Orders().Recent, c.Orders().Recent[0])
	}
	d.commit(t, c)
	delete(d, OrdersSection)
	c = d.load(t)
	if c.Err() != nil {
		t.Fatalf("before it is asked for: %v", c.Err())
	}
	if got := c.Orders().Count; got != 0 || !errors.Is(c.Err(), ErrCorrupt) {
		t.Errorf("missing section: count %d, %v; want 0 and ErrCorrupt", got, c.Err())
	}
}

func TestWholeCustomerTravels(t *testing.T) {
	d, c := disk{}, New("ana")
	rng := rand.New(rand.NewPCG(8, 5))
	for s := range numSections {
		editAny(c, s, rng)
		c.parts[s].val = filled(s, rng)
	}
	d.commit(t, c)
	c = d.load(t)
	b, err := c.EncodeWhole()
	if err != nil {
		t.Fatal(err)
	}
	r := reader{s: string(b), left: 1}
	r.open()
	if f := r.format(recordFormat); f != wholeFormat {
		t.Errorf("format %d: processes of earlier versions could not read it", f)
	}
	got, err := DecodeWhole("anon", b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c.sections(), got.sections(), same); diff != "" {
		t.Error(diff)
	}
	// It can be stored as a new customer.
	d = disk{}
	d.commit(t, got)
	if diff := cmp.Diff(c.sections(), d.load(t).sections(), same); diff != "" {
		t.Error(diff)
	}
}

func FuzzLoad(f *testing.F) {
	rng := rand.New(rand.NewPCG(8, 5))
	c := New("ana")
	for s := range numSections {
		editAny(c, s, rng)
	}
	var e Encoder
	for _, change := range c.Changes(&e, nil) {
		f.Add(change.Value)
	}
	whole, err := c.EncodeWhole()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Load("ana", string(b), disk{})
		if err != nil {
			if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrNewer) {
				t.Fatalf("an error of no class: %v", err)
			}
			return
		}
		if _, err := WakeOf(string(b)); err != nil && len(b) > 0 {
			t.Fatalf("loaded, but WakeOf says %v", err)
		}
		looks, _ := Load("ana", string(b), disk{})
		looks.AddView(View{SKU: "a look", At: 1})
		c.sections()
		if c.Err() != nil {
			return
		}
		if n := looks.Views().Count("a look"); n != c.Views().Count("a look")+1 || looks.Err() != nil {
			t.Fatalf("looked %d times, %v", n, looks.Err())
		}
		c.EditCart().ID = "k1"
		d := disk{}
		d.commit(t, c)
		if got := d.load(t).Cart().ID; got != "k1" {
			t.Fatalf("cart %q after an edit", got)
		}
	})
}
