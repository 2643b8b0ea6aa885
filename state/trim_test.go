package state

import (
	"fmt"
	"math"
	"slices"
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

// A hundred triggers with goals leave the customer's orders alone. Each keeps its
// latest goal longest: it is what most conversions are attributed to.
func TestTrimDropsGoalsBeforeWhatMessagesHangOn(t *testing.T) {
	c := New("ana")
	key := strings.Repeat("k", 100)
	for at := range schemas.Time(MaxGoals) {
		c.EditOrders().Insert(Order{ID: fmt.Sprint(at), At: at + 1, CartID: key})
		c.EditSends().Add(Sent{At: at}, nil)
		c.AddView(View{SKU: fmt.Sprint(at), At: at})
		for i := range 150 {
			of := c.Sends().Trigger(fmt.Sprint(i))
			of.FirstAt = 1
			of.AddGoal(Goal{Run: key, SentAt: at, Key: key})
			c.EditSends().SetTrigger(fmt.Sprint(i), of)
		}
	}
	c.Trim(0)
	if n := c.measure(); n > MaxBytes {
		t.Errorf("%d bytes left, want at most %d", n, MaxBytes)
	}
	if len(c.Orders().Recent) != MaxRecentOrders || len(c.Sends().Recent) != MaxGoals || len(c.Views().Recent) != MaxGoals {
		t.Errorf("%d orders, %d sends, %d views left, want all", len(c.Orders().Recent), len(c.Sends().Recent), len(c.Views().Recent))
	}
	for i := range 150 {
		if of := c.Sends().Trigger(fmt.Sprint(i)); len(of.Goals) == 0 || of.Goals[len(of.Goals)-1].SentAt != MaxGoals-1 || of.FirstAt != 1 {
			t.Fatalf("trigger %d: %d goals left, the latest not among them", i, len(of.Goals))
		}
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
		"goal":       func(c *Customer) { c.EditSends().SetTrigger("t", TriggerSends{Goals: []Goal{{Key: huge}}}) },
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

func TestTrimReckonsWithAllThatWasSent(t *testing.T) {
	const late = math.MaxInt64
	for _, n := range []int{0, 31, 32, 255, 256, 1 << 16} {
		text := strings.Repeat("x", n)
		offer := CouponOffer{Kind: text, Value: text, Currency: text, Minimum: text}
		class := schemas.Class(text)
		id := schemas.CommandID(text)
		s := Sends{
			Recent: slices.Repeat([]Sent{{At: late, CommandID: id, Channel: text, Class: class, Trigger: text, Tags: []string{text}, Priority: -late, ExpiresAt: late}}, 3),
			Triggers: map[string]TriggerSends{text: {FirstAt: late, Before: late, Once: []string{text},
				Goals: slices.Repeat([]Goal{{Run: text, Version: text, CommandID: id, SentAt: late, Until: late, Key: text, Step: text}}, MaxGoals)}},
			Coupons: []Coupon{{Code: text, Trigger: text, CommandID: id, Offer: offer, IssuedAt: late, ExpiresAt: late, UsedAt: late, OrderID: text}},
			Open: []Revocable{{CommandID: id, Trigger: text, Version: text, Step: text, Key: text, Run: text, Variant: text, Sent: late,
				StartedAt: late, Channel: text, Class: class, ExpiresAt: late}},
		}
		var w writer
		s.encode(&w)
		if len(w.b) > s.maxSize() {
			t.Errorf("a ledger of texts of %d bytes has %d, not at most %d", n, len(w.b), s.maxSize())
		}
	}
}

// An event may count for two hundred traits, and be small.
func TestTrimNoticesEventsThatCountManyTimes(t *testing.T) {
	c := New("ana")
	for i := range 50 {
		for n := range 200 {
			c.EditTraits().Set(fmt.Sprint("trait-", n), TraitEntry{Key: fmt.Sprint(i), Text: strings.Repeat("x", 100)}, 100)
		}
		c.Trim(200)
		if whole, err := c.EncodeWhole(); err != nil || len(whole) > MaxBytes {
			t.Fatalf("%d bytes after event %d, %v", len(whole), i, err)
		}
	}
}

func TestTrimReckonsWithAllThatIsCounted(t *testing.T) {
	most, _ := schemas.NewAmount(-math.MaxInt64, 19)
	for _, n := range []int{0, 31, 32, 255, 256, 1 << 16} {
		text := strings.Repeat("x", n)
		bucket := TraitBucket{Day: math.MinInt32, Count: math.MinInt64, Sum: most, Second: math.MaxInt32}
		entry := TraitEntry{Key: text, Text: text, Count: math.MinInt64, Sum: most, At: math.MinInt64, Buckets: slices.Repeat([]TraitBucket{bucket}, min(n, 300))}
		traits := Traits{map[string]Trait{text: {slices.Repeat([]TraitEntry{entry}, min(n, 20))}}}
		var w writer
		traits.encode(&w)
		if len(w.b) > traits.maxSize() {
			t.Errorf("traits of texts of %d bytes have %d, not at most %d", n, len(w.b), traits.maxSize())
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
			for n := range 50 { // a moment that many waits end at
				of := c.Sends().Trigger(fmt.Sprint(n))
				of.AddGoal(Goal{Run: "0123456789abcdef", SentAt: schemas.Time(i + 1), Key: data[:300+n]})
				c.EditSends().SetTrigger(fmt.Sprint(n), of)
			}
			c.Trim(0)
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
