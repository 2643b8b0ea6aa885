package state

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/beckon-io/beckon/schemas"
)

// The hash is stored: it must be the same in every version.
func TestEventHashNeverChanges(t *testing.T) {
	for _, h := range []struct {
		source, id string
		want       uint64
	}{{"/shop", "1", 0xf56e92bd8f8b371c}, {"", "", 0xe934a84adb052768}} {
		if got := EventHash(h.source, h.id); got != h.want {
			t.Errorf("(%q, %q): %#x, want %#x", h.source, h.id, got, h.want)
		}
	}
	if EventHash("ab", "c") == EventHash("a", "bc") {
		t.Error("source and id run into one another")
	}
}

func TestEventIDsKeepTheLast(t *testing.T) {
	var ids EventIDs
	for h := range uint64(MaxEventIDs + 10) {
		ids.Add(h)
	}
	if len(ids) != MaxEventIDs || ids.Has(9) || !ids.Has(10) || !ids.Has(MaxEventIDs+9) {
		t.Errorf("%d kept: %v", len(ids), ids)
	}
}

func TestConsentTakesTheNewerAnswer(t *testing.T) {
	var c Core
	c.SetConsent(Consent{"email", "marketing", true, 20})
	if c.SetConsent(Consent{"email", "marketing", false, 10}) || !c.ConsentFor("email", "marketing").Granted {
		t.Error("an older refusal counted")
	}
	c.SetConsent(Consent{"email", "marketing", false, 30})
	if c.ConsentFor("email", "marketing").Granted || len(c.Consent) != 1 {
		t.Errorf("a newer refusal did not: %v", c.Consent)
	}
	if c.ConsentFor("sms", "marketing") != nil {
		t.Error("an answer nobody gave")
	}
	if c.SetConsent(Consent{"email", "marketing", true, 30}) || c.ConsentFor("email", "marketing").Granted {
		t.Error("a consent counted against the refusal of the same moment")
	}
	c.SetConsent(Consent{"sms", "marketing", true, 40})
	if c.SetConsent(Consent{"sms", "marketing", false, 40}); c.ConsentFor("sms", "marketing").Granted {
		t.Error("a refusal did not count against the consent of the same moment")
	}
}

func TestSuppressionIsPerChannel(t *testing.T) {
	var c Core
	c.Suppression("email").Bounced++
	c.Suppression("email").Bounced++
	if c.Suppressed("email").Bounced != 2 || c.Suppressed("sms") != (Suppression{Channel: "sms"}) || len(c.Suppress) != 1 {
		t.Errorf("got %v", c.Suppress)
	}
}

// Whatever the order of arrival, lists kept by time hold the same.
func TestListsByTimeDoNotDependOnArrival(t *testing.T) {
	order := func(seed uint64) []int { return rand.New(rand.NewPCG(seed, 0)).Perm(60) }
	build := func(seed uint64) []any {
		var v Views
		var o Orders
		var s Sends
		var u Untils
		var p Purchases
		var ts TriggerSends
		for _, i := range order(seed) {
			at := schemas.Time(i + 1)
			v.Add(View{SKU: fmt.Sprint(i), At: at})
			o.Insert(Order{ID: fmt.Sprint(i), At: at})
			s.Add(Sent{At: at}, func(*Sent, schemas.Time) bool { return false })
			u.Add(StartEvent{Time: at})
			p.Add(int32(i))
			ts.AddGoal(Goal{SentAt: at})
		}
		return []any{v.Recent, o.Recent, s.Recent, u.Events, p.Days, ts.Goals}
	}
	want := build(0)
	for i, n := range []int{MaxViews, MaxRecentOrders, MaxSends, MaxUntils, MaxPurchaseDays, MaxGoals} {
		if got := fmt.Sprint(want[i]); strings.Count(got, "{") != n && i != 4 {
			t.Errorf("list %d does not hold %d: %s", i, n, got)
		}
	}
	for seed := range uint64(20) {
		if diff := cmp.Diff(want, build(seed), same); diff != "" {
			t.Fatalf("seed %d:\n%s", seed, diff)
		}
	}
}

func TestWhatIsNeededOfTheSendsStays(t *testing.T) {
	var s Sends
	needed := func(s *Sent, newest schemas.Time) bool { return s.Class == schemas.Marketing && newest < s.At+1000 }
	add := func(at schemas.Time, class schemas.Class) { s.Add(Sent{At: at, Class: class}, needed) }
	add(1, schemas.Marketing)
	add(2, schemas.Marketing)
	for i := range MaxSends {
		add(schemas.Time(10+i), schemas.Transactional)
	}
	if len(s.Recent) != MaxSends || s.Recent[1].At != 2 || s.Recent[2].At != 12 {
		t.Errorf("two that are needed and the latest others: %v", s.Recent)
	}
	add(1001, schemas.Transactional)
	if s.Recent[0].At != 2 || s.Recent[1].At != 12 {
		t.Errorf("the first is needed no more: %v", s.Recent)
	}
	s = Sends{}
	for i := range MaxNeededSends {
		add(schemas.Time(10+i), schemas.Marketing)
	}
	if len(s.Recent) != MaxNeededSends || s.Recent[0].At != 10 {
		t.Errorf("more stay where all are needed: %v", s.Recent)
	}
	if add(500, schemas.Transactional); s.Recent[0].At != 11 || s.Recent[MaxNeededSends-1].At != 500 {
		t.Errorf("the newest stays where all others are needed: %v", s.Recent)
	}
	if add(1200, schemas.Marketing); len(s.Recent) != MaxSends || s.Recent[MaxSends-1].At != 1200 {
		t.Errorf("once they are needed no more, as many stay as before: %v", s.Recent)
	}
}

func TestViewsCount(t *testing.T) {
	var v Views
	for i := range MaxViewCounts + 5 {
		v.Add(View{SKU: fmt.Sprint(i), At: schemas.Time(i + 1)})
	}
	for range 9 {
		v.Add(View{SKU: "50", At: 1})
	}
	if v.Count("50") != 10 || v.Counts[0].SKU != "50" || v.Count("0") != 0 || len(v.Counts) != MaxViewCounts {
		t.Errorf("count %d, first %v, of %d", v.Count("50"), v.Counts[0], len(v.Counts))
	}
}

func TestOrdersAreFoundAndReplaced(t *testing.T) {
	var o Orders
	o.Insert(Order{ID: "seen by its parcel", StatusAt: 50})
	o.Insert(Order{ID: "a", At: 10})
	o.Insert(Order{ID: "b", At: 90})
	got := o.Insert(Order{ID: "seen by its parcel", At: 5, StatusAt: 50})
	if got == nil || got.At != 5 || o.Find("seen by its parcel") != got || len(o.Recent) != 3 || o.Recent[2].ID != got.ID {
		t.Errorf("got %v in %v", got, o.Recent)
	}
	for i := range MaxRecentOrders {
		o.Insert(Order{ID: fmt.Sprint(i), At: schemas.Time(100 + i)})
	}
	if o.Insert(Order{ID: "too old", At: 1}) != nil || o.Find("too old") != nil || len(o.Recent) != MaxRecentOrders {
		t.Error("an order older than the latest was kept")
	}
}

func TestAliasThatIsPushedOutIsTold(t *testing.T) {
	var c Core
	for i := range MaxAliases {
		if gone := c.AddAlias(fmt.Sprint(i)); gone != "" {
			t.Errorf("%s goes though there is room", gone)
		}
	}
	if gone := c.AddAlias("5"); gone != "" {
		t.Errorf("%s goes for one that is known", gone)
	}
	if gone := c.AddAlias("new"); gone != "0" || len(c.Aliases) != MaxAliases {
		t.Errorf("%q goes, %d are left; want 0 and %d", gone, len(c.Aliases), MaxAliases)
	}
}

func TestCyclesForgetTheProductBoughtLongestAgo(t *testing.T) {
	var c Cycles
	for i := range MaxSKUs {
		c.Add(fmt.Sprint("sku", i), "tea", int32(100+(i+7)%MaxSKUs))
	}
	c.Add("one more", "", 5000)
	if oldest := c.Of("sku1993").Days; oldest != nil || len(c.SKUs) != MaxSKUs {
		t.Errorf("%d kept, of the oldest %v", len(c.SKUs), oldest)
	}
	c.Add("sku5", "", 101)
	c.Add("sku5", "coffee", 101)
	if got := c.Of("sku5"); got.Category != "coffee" || !slices.Equal(got.Days, []int32{101, 112}) {
		t.Errorf("got %v", got)
	}
}

func TestTriggerSends(t *testing.T) {
	var s Sends
	ts := s.Trigger("t")
	ts.AddOnce("welcome")
	ts.AddOnce("welcome")
	s.SetTrigger("t", ts)
	if got := s.Trigger("t").Once; !slices.Equal(got, []string{"welcome"}) {
		t.Errorf("once %v", got)
	}
	s.SetTrigger("t", TriggerSends{})
	if len(s.Triggers) != 0 {
		t.Error("what is zero is kept")
	}
}

func TestUntilsAreForgotten(t *testing.T) {
	c := New("ana")
	for i := range 10 {
		c.KeepUntil(StartEvent{Time: schemas.Time(i)}, 2*time.Microsecond)
	}
	c.KeepUntil(StartEvent{Time: 8}, 2*time.Microsecond)
	if u := c.Untils().Events; len(u) != 4 || u[0].Time != 7 || u[3].Time != 9 {
		t.Errorf("left %v", u)
	}
	c.KeepUntil(StartEvent{Time: 20}, 2*time.Microsecond)
	if u := c.Untils().Events; len(u) != 1 {
		t.Errorf("left %v", u)
	}
}

func TestTraitsKeepTheLatestKeys(t *testing.T) {
	var tr Traits
	for i := range 5 {
		tr.Set("views", TraitEntry{Key: fmt.Sprint(i), Count: 1}, 3)
	}
	tr.Set("views", TraitEntry{Key: "2", Count: 2}, 3)
	got, ok := tr.Find("views", "2")
	if !ok || got.Count != 2 || tr.Values["views"].Entries[0].Key != "2" || len(tr.Values["views"].Entries) != 3 {
		t.Errorf("got %v of %v", got, tr.Values)
	}
	if _, ok := tr.Find("views", "1"); ok {
		t.Error("the key touched longest ago is still there")
	}
}

func TestTheOldestInterestGoesFirst(t *testing.T) {
	var v Views
	for i := range MaxWatched {
		if over := v.Watch(Watch{SKU: fmt.Sprint(i), At: schemas.Time(i + 1)}); over.SKU != "" {
			t.Fatalf("%s went from a list of %d", over.SKU, i)
		}
	}
	v.Watch(Watch{SKU: "0", At: 100}) // again
	if over := v.Watch(Watch{SKU: "new", At: 50}); over.SKU != "1" {
		t.Errorf("%s went, want 1", over.SKU)
	}
	if over := v.Watch(Watch{SKU: "old", At: 1}); over.SKU != "old" {
		t.Errorf("%s went, want the one that is older than all", over.SKU)
	}
	if len(v.Watched) != MaxWatched || v.Watched[0].SKU != "0" || v.Watching("1") >= 0 {
		t.Errorf("kept %v", v.Watched)
	}
	if !v.Unwatch("new") || v.Unwatch("new") {
		t.Error("not taken out once")
	}
}

func TestCyclesForgetTheOldestHalf(t *testing.T) {
	var c Cycles
	for i, day := range []int32{7, 3, 5, 3, 3, 9} {
		c.Add(fmt.Sprint("sku", i), "", day)
	}
	c.dropOldest(2)
	var left []string
	for _, p := range c.SKUs {
		left = append(left, p.SKU)
	}
	if want := []string{"sku0", "sku2", "sku4", "sku5"}; !slices.Equal(left, want) {
		t.Errorf("%q are left, want %q", left, want)
	}
	if c.dropOldest(9); len(c.SKUs) != 0 {
		t.Errorf("%v are left of fewer than were to go", c.SKUs)
	}
}
