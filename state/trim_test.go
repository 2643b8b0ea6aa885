package state

import (
	"fmt"
	"strings"
	"testing"

	"github.com/beckon-io/beckon/schemas"
)

func TestTrimLeavesOrdinaryCustomersAlone(t *testing.T) {
	d, c := disk{}, typical()
	d.commit(t, c)
	c = d.load(t)
	c.EditCore()
	for range 5 {
		c.Trim(300)
	}
	if c.parts[ViewsSection].val != nil {
		t.Error("sections were decoded")
	}
}

func TestTrimDropsTheLeastNeededFirst(t *testing.T) {
	c := typical()
	long := strings.Repeat("x", 1000)
	for i := range MaxDecisions {
		c.AddDecision(schemas.Decision{Detail: long, Key: fmt.Sprint(i)})
	}
	for i := range MaxUntils {
		c.EditUntils().Add(StartEvent{Time: schemas.Time(i), Data: []byte(long)})
	}
	for i := range MaxViews {
		c.EditViews().Add(View{SKU: fmt.Sprint(i, long), At: schemas.Time(i)})
	}
	for range 130 {
		c.EditCart().Items = append(c.EditCart().Items, schemas.Item{SKU: long})
	}
	c.Trim(300_000)
	if n := c.measure(); n > MaxBytes {
		t.Errorf("%d bytes left, want at most %d", n, MaxBytes)
	}
	if len(c.Decisions()) != MaxDecisions || len(c.Untils().Events) > 0 || len(c.Cart().Items) != 133 || len(c.Runs().Active) != 1 {
		t.Errorf("left %d decisions, %d untils, %d items, %d runs; want 20, 0, 133, 1",
			len(c.Decisions()), len(c.Untils().Events), len(c.Cart().Items), len(c.Runs().Active))
	}
	if v := c.Views().Recent; len(v) == 0 || len(v) == MaxViews || v[0].At != 1<<50 {
		t.Errorf("%d views left, newest first", len(v))
	}
}

func TestTrimTellsWhatOthersPointTo(t *testing.T) {
	c, long := New("ana"), strings.Repeat("x", 30<<10)
	for i := range 12 {
		c.EditOrders().Insert(Order{ID: fmt.Sprint(i), At: schemas.Time(i + 1), CartID: long})
	}
	c.EditCore().AddAlias("short")
	gone := c.Trim(500_000)
	if n := len(c.Orders().Recent); n != 6 || len(gone.Orders) != 6 || gone.Orders[0].ID != "5" || gone.Orders[5].ID != "0" {
		t.Errorf("%d orders are left, gone are %d", n, len(gone.Orders))
	}
	c.EditCore().AddAlias(strings.Repeat("y", 300<<10))
	if gone := c.Trim(500_000); len(gone.Aliases) != 1 || len(gone.Aliases[0]) != 300<<10 || len(c.Core().Aliases) != 1 {
		t.Errorf("%d aliases are gone, %d left; want the long one to go", len(gone.Aliases), len(c.Core().Aliases))
	}
}

// Whatever a hostile shop sends, the record stays within its bound.
func TestTrimGetsAnythingDown(t *testing.T) {
	huge := strings.Repeat("y", 900<<10)
	for name, grow := range map[string]func(*Customer){
		"attributes": func(c *Customer) { c.EditCore().Profile.Attributes = []byte(huge) },
		"email":      func(c *Customer) { c.EditCore().Profile.Email = huge },
		"channel":    func(c *Customer) { c.EditCore().Suppression(huge).Bounced++ },
		"consent":    func(c *Customer) { c.EditCore().SetConsent(Consent{Channel: huge}) },
		"alias":      func(c *Customer) { c.EditCore().AddAlias(huge) },
		"tier":       func(c *Customer) { c.EditCore().Tier = huge },
		"cart":       func(c *Customer) { c.EditCart().ID = huge },
		"item":       func(c *Customer) { c.EditCart().Items = []schemas.Item{{SKU: huge}} },
		"order":      func(c *Customer) { c.EditOrders().Insert(Order{ID: huge}) },
		"cycle":      func(c *Customer) { c.EditCycles().Add(huge, "", 1) },
		"send":       func(c *Customer) { c.EditSends().Add(Sent{Channel: huge}, nil) },
		"coupon":     func(c *Customer) { c.EditSends().AddCoupon(Coupon{Code: huge}) },
		"open":       func(c *Customer) { c.EditSends().AddOpen(Revocable{Key: huge}, 0) },
		"trait":      func(c *Customer) { c.EditTraits().Set("t", TraitEntry{Text: huge}, 1) },
		"waiting":    func(c *Customer) { c.EditEntry().AddWaiting([]byte(huge)) },
		"watched":    func(c *Customer) { c.EditViews().Watch(Watch{SKU: huge}) },
		"count":      func(c *Customer) { c.EditViews().Add(View{SKU: huge}) },
	} {
		c := typical()
		grow(c)
		c.Trim(len(huge))
		if n := c.measure(); n > MaxBytes {
			t.Errorf("%s: %d bytes left", name, n)
		}
		if len(c.Runs().Active) != 1 {
			t.Errorf("%s: the run is gone", name)
		}
	}
}

// What trimming does must not depend on what was committed between the events.
func TestTrimDoesNotDependOnBatches(t *testing.T) {
	run := func(commit func(i int) bool) string {
		d, c := disk{}, New("ana")
		for i := range 200 {
			data := strings.Repeat("z", 3000+i)
			c.EditOrders().Insert(Order{ID: fmt.Sprint(i), At: schemas.Time(i + 1), CartID: data})
			c.EditUntils().Add(StartEvent{Time: schemas.Time(i + 1), Data: []byte(data), Item: []byte(data)})
			c.EditViews().Add(View{SKU: data, At: schemas.Time(i + 1)})
			c.Trim(len(data))
			if commit(i) {
				d.commit(t, c)
				c = d.load(t)
			}
		}
		whole, err := c.EncodeWhole()
		if err != nil {
			t.Fatal(err)
		}
		return string(whole)
	}
	never := run(func(int) bool { return false })
	if run(func(int) bool { return true }) != never || run(func(i int) bool { return i%7 == 0 }) != never {
		t.Error("other batches, other customer")
	}
	if len(never) < MaxBytes/2 {
		t.Errorf("only %d bytes: the bound was never met", len(never))
	}
}
