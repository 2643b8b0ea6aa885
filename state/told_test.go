package state

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/beckon-io/beckon/schemas"
)

func said(c *Core, at schemas.Time, texts map[string]string, attributes string) {
	words := (&Core{Profile: Profile{Attributes: []byte(attributes), At: at}}).ProfileWords()
	for name, text := range texts {
		words[name] = Word{text, at}
	}
	c.LearnProfile(words)
}

func TestEachFieldHasItsTime(t *testing.T) {
	var c Core
	said(&c, 20, map[string]string{"email": "a@new", "phone": ""}, `{"size":"M","shoe":40}`)
	said(&c, 10, map[string]string{"email": "a@old", "phone": "1", "country": "RO"}, `{"size":"S","hat":"L"}`)
	said(&c, 30, map[string]string{"locale": "ro"}, `{"shoe":null}`)
	said(&c, 25, map[string]string{"email": "a@late", "locale": "de"}, `{"shoe":41}`)
	said(&c, 15, map[string]string{"country": "DE"}, `{"size":"XL"}`)
	want := Profile{Email: "a@late", Country: "DE", Locale: "ro", Attributes: []byte(`{"hat":"L","size":"M"}`), At: 30, TakenAway: 1 << 1}
	if diff := cmp.Diff(want, c.Profile); diff != "" {
		t.Error(diff)
	}
	told := []Told{{"attributes.hat", 10}, {"attributes.shoe", 30}, {"attributes.size", 20}, {"country", 15}, {"email", 25}, {"phone", 20}}
	if diff := cmp.Diff(told, c.Told); diff != "" {
		t.Error(diff)
	}
}

// In whatever order events come, each field is what the newest one says that names it.
func TestFieldsDoNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type event struct {
			at         schemas.Time
			texts      map[string]string
			attributes string
			loyalty    Words
		}
		var events []event
		for at := range rapid.IntRange(1, 8).Draw(t, "events") {
			ev := event{at: schemas.Time(at + 1), texts: make(map[string]string), loyalty: make(Words)}
			for _, name := range ProfileFields[:3] {
				if rapid.Bool().Draw(t, name) {
					ev.texts[name] = rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "text")
				}
			}
			ev.attributes = rapid.SampledFrom([]string{"", `{"a":1}`, `{"a":null}`, `{"a":2,"b":null}`, `{"b":"x"}`}).Draw(t, "attributes")
			for _, name := range []string{PointsField, expiresField} {
				if rapid.Bool().Draw(t, name) {
					ev.loyalty[name] = Word{fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "number")), ev.at}
				}
			}
			events = append(events, ev)
		}
		play := func(all []event) Core {
			var c Core
			for _, ev := range all {
				said(&c, ev.at, ev.texts, ev.attributes)
				c.LearnLoyalty(ev.loyalty)
			}
			return c
		}
		inOrder, shuffled := play(events), play(rapid.Permutation(events).Draw(t, "order"))
		if diff := cmp.Diff(inOrder, shuffled); diff != "" {
			t.Errorf("read in order, and not:\n%s", diff)
		}
		half := len(events) / 2
		whole, other := play(events[half:]), play(events[:half])
		whole.LearnProfile(other.ProfileWords())
		whole.LearnLoyalty(other.LoyaltyWords())
		if diff := cmp.Diff(inOrder, whole); diff != "" {
			t.Errorf("under one id, and two that are joined:\n%s", diff)
		}
	})
}

func TestTimesOfManyAttributesAreBounded(t *testing.T) {
	var many strings.Builder
	for i := range 2 * MaxTold {
		fmt.Fprintf(&many, `,"k%04d":1`, i)
	}
	var c Core
	said(&c, 10, nil, "{"+many.String()[1:]+"}")
	said(&c, 20, map[string]string{"email": "a"}, "")
	if len(c.Told) != MaxTold {
		t.Errorf("%d times are kept", len(c.Told))
	}
	if n := len(jsonObject(c.Profile.Attributes)); n != 2*MaxTold {
		t.Errorf("%d attributes are left", n)
	}
}
