package engine

import (
	"cmp"
	"slices"
	"strings"

	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// mergeTraits takes over the declared figures of an anonymous id, as if what counted
// there had counted here. Of a figure that no file declares any more only what is
// here stays, if there is anything.
func (t *turn) mergeTraits(from *state.Traits) {
	for name, theirs := range from.Values {
		i := slices.IndexFunc(t.set.Traits, func(tr *rule.Trait) bool { return tr.Name == name })
		ours := t.c.Traits().Values[name].Entries
		switch {
		case i >= 0:
			t.mergeTrait(t.set.Traits[i], ours, theirs.Entries)
		case len(ours) == 0:
			for _, e := range slices.Backward(theirs.Entries) {
				t.c.EditTraits().Set(name, e, len(theirs.Entries))
			}
		}
	}
}

func (t *turn) mergeTrait(tr *rule.Trait, ours, theirs []state.TraitEntry) {
	all := slices.Clone(ours)
	for _, e := range theirs {
		at := slices.IndexFunc(all, func(o state.TraitEntry) bool { return o.Key == e.Key })
		if at < 0 {
			all = append(all, e)
			continue
		}
		all[at] = joined(tr, all[at], &e)
	}
	slices.SortStableFunc(all, func(a, b state.TraitEntry) int { return cmp.Compare(a.At, b.At) })
	for _, e := range all {
		t.c.EditTraits().Set(tr.Name, e, tr.Keep)
	}
}

// joined is the figure of all that counted for two entries.
func joined(tr *rule.Trait, have state.TraitEntry, add *state.TraitEntry) state.TraitEntry {
	newer := add.At > have.At
	have.At = max(have.At, add.At)
	have.Buckets = slices.Clone(have.Buckets)
	switch {
	case tr.Fold == rule.Last:
		if newer {
			have.Sum, have.Text = add.Sum, add.Text
		}
	case tr.Fold == rule.Unique:
		if len(add.Buckets) == 0 {
			break
		}
		for i, text := range strings.Split(add.Text, "\x00") {
			addUnique(&have, text, bucketMoment(&add.Buckets[i]))
		}
	case tr.Window > 0:
		for i := range add.Buckets {
			if b := bucket(&have, bucketMoment(&add.Buckets[i]), tr.Window); b != nil {
				b.Sum, b.Count = folded(tr.Fold, b.Sum, b.Count, add.Buckets[i].Sum, add.Buckets[i].Count)
				joinOldest(tr.Fold, &have)
			}
		}
	default:
		have.Sum, have.Count = folded(tr.Fold, have.Sum, have.Count, add.Sum, add.Count)
	}
	return have
}
