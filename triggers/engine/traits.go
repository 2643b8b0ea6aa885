package engine

import (
	"slices"
	"strings"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// maxUnique bounds the values that a unique trait tells apart; the one seen
// longest ago is forgotten.
const maxUnique = 500

// traitsOn indexes the declared figures by the events that count for them.
func traitsOn(all []*rule.Trait) map[string][]*rule.Trait {
	on := map[string][]*rule.Trait{}
	for _, tr := range all {
		for _, eventType := range tr.On {
			on[eventType] = append(on[eventType], tr)
		}
	}
	return on
}

// countTraits lets the event count for the declared figures. An expression that
// fails leaves its figure alone; the decision says so.
func (t *turn) countTraits(ev *schemas.Event) {
	for _, tr := range t.e.traitsOn[ev.Type] {
		if err := t.countTrait(tr, ev); err != nil {
			t.decideEvent(ev, schemas.ExpressionError, "trait "+tr.Name+": "+errorDetail(err))
		}
	}
}

func (t *turn) countTrait(tr *rule.Trait, ev *schemas.Event) error {
	if tr.When != nil {
		if ok, err := tr.When.Bool(&t.in); err != nil || !ok {
			return err
		}
	}
	key := ""
	if tr.By != nil {
		k, err := tr.By.Text(&t.in)
		if err != nil {
			return err
		}
		key = k
	}
	value, err := t.valueFor(tr)
	if err != nil || value == nil {
		return err
	}
	entry, _ := t.c.Traits().Find(tr.Name, key)
	entry.Key = key
	entry.Buckets = slices.Clone(entry.Buckets)
	from, _ := figure(tr, &entry, ev.Time)
	fold(tr, &entry, value, ev.Time)
	to, _ := figure(tr, &entry, ev.Time)
	t.c.EditTraits().Set(tr.Name, entry, tr.Keep)
	t.note(tr.Name, from, to)
	return nil
}

// value is what one event adds to a figure: a number or a text.
type value struct {
	number schemas.Amount
	text   string
}

// valueFor evaluates a trait's value; nil where it is null, or an absent text.
func (t *turn) valueFor(tr *rule.Trait) (*value, error) {
	switch {
	case tr.Value == nil:
		return &value{}, nil
	case tr.Text || tr.Fold == rule.Unique:
		text, err := tr.Value.Text(&t.in)
		if err != nil || text == "" {
			return nil, err
		}
		return &value{text: text}, nil
	}
	number, ok, err := tr.Value.Figure(&t.in)
	if err != nil || !ok {
		return nil, err
	}
	return &value{number: number}, nil
}

// fold adds a value to an entry. A windowed figure is kept by the moments that have
// added to it; of `last` only the newest value is kept, of `unique` the last moment of
// each value.
func fold(tr *rule.Trait, e *state.TraitEntry, v *value, at schemas.Time) {
	newer := at >= e.At
	e.At = max(e.At, at)
	switch {
	case tr.Fold == rule.Last:
		if newer {
			e.Sum, e.Text = v.number, v.text
		}
	case tr.Fold == rule.Unique:
		addUnique(e, strings.ReplaceAll(v.text, "\x00", ""), momentOf(at))
	case tr.Window > 0:
		b := bucket(e, momentOf(at), tr.Window)
		if b != nil {
			b.Sum, b.Count = folded(tr.Fold, b.Sum, b.Count, v.number, 1)
			joinOldest(tr.Fold, e)
		}
	default:
		e.Sum, e.Count = folded(tr.Fold, e.Sum, e.Count, v.number, 1)
	}
}

// folded joins a figure of n values with one of m more.
func folded(f rule.Fold, have schemas.Amount, n int64, add schemas.Amount, m int64) (schemas.Amount, int64) {
	switch {
	case m == 0, f == rule.Count:
		return have, n + m
	case f == rule.Sum:
		return have.Add(add), n + m
	case n == 0, f == rule.Min && add.Cmp(have) < 0, f == rule.Max && add.Cmp(have) > 0:
		return add, n + m
	}
	return have, n + m
}

// addUnique notes a value: Text holds the values, Buckets the last moment of each,
// in the same order.
func addUnique(e *state.TraitEntry, text string, at moment) {
	var values []string
	if len(e.Buckets) > 0 {
		values = strings.Split(e.Text, "\x00")
	}
	if i := slices.Index(values, text); i >= 0 {
		e.Buckets[i] = max(bucketMoment(&e.Buckets[i]), at).bucket()
		return
	}
	if len(values) >= maxUnique {
		oldest := 0
		for i := range e.Buckets {
			if bucketMoment(&e.Buckets[i]) < bucketMoment(&e.Buckets[oldest]) {
				oldest = i
			}
		}
		values = slices.Delete(values, oldest, oldest+1)
		e.Buckets = slices.Delete(e.Buckets, oldest, oldest+1)
	}
	e.Text = strings.Join(append(values, text), "\x00")
	e.Buckets = append(e.Buckets, at.bucket())
}

// figure is what an entry says at an instant.
func figure(tr *rule.Trait, e *state.TraitEntry, now schemas.Time) (schemas.Amount, string) {
	first, last := momentOf(now.Add(-tr.Window)), momentOf(now)
	switch {
	case tr.Fold == rule.Last:
		if tr.Window > 0 && now.Sub(e.At) > tr.Window {
			return schemas.Amount{}, ""
		}
		return e.Sum, e.Text
	case tr.Fold == rule.Unique:
		n := 0
		for i := range e.Buckets {
			if tr.Window == 0 || bucketMoment(&e.Buckets[i]) >= first {
				n++
			}
		}
		return wholeAmount(int64(n)), ""
	case tr.Window > 0:
		return windowed(tr.Fold, e.Buckets, first, last), ""
	case tr.Fold == rule.Count:
		return wholeAmount(e.Count), ""
	}
	return e.Sum, ""
}

// windowed joins the buckets of the moments from first to last.
func windowed(f rule.Fold, buckets []state.TraitBucket, first, last moment) schemas.Amount {
	var n int64
	var sum schemas.Amount
	for i := range buckets {
		b := &buckets[i]
		if at := bucketMoment(b); at < first || at > last {
			continue
		}
		sum, n = folded(f, sum, n, b.Sum, b.Count)
	}
	if f == rule.Count {
		return wholeAmount(n)
	}
	return sum
}

// Trait is a declared figure as it stands at an instant.
func (t *turn) Trait(c *state.Customer, name, key string, now schemas.Time) (schemas.Amount, string) {
	for _, tr := range t.set.Traits {
		if tr.Name == name {
			e, _ := c.Traits().Find(name, key)
			return figure(tr, &e, now)
		}
	}
	return schemas.Amount{}, ""
}
