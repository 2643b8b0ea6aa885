package console

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

func TestAddressesAreShownInPart(t *testing.T) {
	for _, c := range []struct {
		mask     func(string) string
		of, want string
	}{
		{maskEmail, "ana@example.org", "a…@example.org"},
		{maskEmail, "a@example.org", "a…@example.org"},
		{maskEmail, "émile@example.org", "é…@example.org"},
		{maskEmail, `"a@b"@example.org`, `"…@example.org`},
		{maskEmail, "@example.org", "…rg"}, // no address: as little as of a number
		{maskEmail, "ana", "…na"},
		{maskEmail, "", ""},
		{maskPhone, "+31612345678", "…78"},
		{maskPhone, "123", "…23"},
		{maskPhone, "12", "…"},
		{maskPhone, "1", "…"},
		{maskPhone, "", ""},
		{maskPhone, "12é", "…é"},
		{maskPhone, "1é2", "…2"}, // half a character is none
	} {
		if got := c.mask(c.of); got != c.want {
			t.Errorf("%q: got %q, want %q", c.of, got, c.want)
		}
	}
}

func TestProfileShowsNoYearOfBirth(t *testing.T) {
	c := state.New("ana")
	c.EditCore().Profile = state.Profile{Email: "ana@example.org", Phone: "+31612345678", Birthday: "1990-02-28"}
	got := Explain(c, &rule.Set{}, nil).Profile
	if want := (Profile{Email: "a…@example.org", Phone: "…78", Birthday: "02-28"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestCartNeedsNoID(t *testing.T) {
	c := state.New("ana")
	c.EditCart().Items = []schemas.Item{{SKU: "s1"}}
	if got := Explain(c, &rule.Set{}, nil).Cart; got == nil || len(got.Items) != 1 {
		t.Errorf("got %+v, want a cart with one item", got)
	}
}

func TestWaitsComeByDue(t *testing.T) {
	c := state.New("ana")
	c.EditRuns().Active = []state.Run{
		{Trigger: "cart", Key: "k2", Due: 20}, {Trigger: "welcome", Due: 30}, {Trigger: "birthday", Due: 20},
		{Trigger: "cart", Key: "k1", Due: 20}, {Trigger: "review", Due: 10, Held: 5},
	}
	var got []string
	for _, w := range Explain(c, &rule.Set{}, nil).Waits {
		got = append(got, strings.TrimSpace(w.Trigger+" "+w.Key))
	}
	if want := []string{"review", "birthday", "cart k1", "cart k2", "welcome"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheNewestIsTheFirst(t *testing.T) {
	c := state.New("ana")
	for i := range 3 {
		s := c.EditSends()
		s.Recent = append(s.Recent, state.Sent{At: schemas.Time(i), Trigger: fmt.Sprint(i)})
		c.AddDecision(schemas.Decision{Time: schemas.Time(i), Trigger: fmt.Sprint(i)})
	}
	e := Explain(c, &rule.Set{}, nil)
	var sends, decisions string
	for _, s := range e.Sends {
		sends += s.Trigger
	}
	for _, d := range e.Decisions {
		decisions += d.Trigger
	}
	if sends != "210" || decisions != "210" {
		t.Errorf("sends %s, decisions %s; want 210 of both", sends, decisions)
	}
}

// One purchase has no gap: there is nothing to explain.
func TestCyclesAreOfWhatWasBoughtTwice(t *testing.T) {
	c := state.New("ana")
	for _, p := range []struct {
		sku string
		day int32
	}{{"soap", 1}, {"tea", 1}, {"coffee", 1}, {"tea", 1}, {"soap", 31}, {"coffee", 15}} {
		c.EditCycles().Add(p.sku, "", p.day)
	}
	days, err := schemas.ParseAmount("40")
	if err != nil {
		t.Fatal(err)
	}
	product := func(sku string) *state.Product {
		if sku != "soap" {
			return nil
		}
		return &state.Product{ReplenishDays: days}
	}
	got := Explain(c, &rule.Set{}, product).Cycles
	if want := []Cycle{{"coffee", 0, "nobody", 1}, {"soap", 40, "the product", 1}}; !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
