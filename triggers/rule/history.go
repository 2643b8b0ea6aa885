package rule

import (
	"cmp"
	"maps"
	"slices"

	"github.com/beckon-io/beckon/triggers/policy"
)

// History is all that an app knows about its sets of triggers: which were
// loaded, in which order, the versions in them, and what is paused. It is what
// the topic of triggers holds; every instance reads the same one. Not safe for
// concurrent use.
type History struct {
	sets     map[string]Manifest // by hash
	versions map[versionKey]*Stored
	paused   map[string]bool
	all      bool
}

// Manifest lists what a set has, as it is kept for good: a few bytes a trigger.
type Manifest struct {
	Hash       string  `json:"hash"`
	Generation int64   `json:"generation"` // 1 for the first set of the app
	Triggers   []Entry `json:"triggers"`   // by name
}

// Entry is one trigger of a Manifest.
type Entry struct {
	Name    string       `json:"name"`
	Version string       `json:"version"`
	Off     bool         `json:"off,omitempty"` // not enabled
	Rollout policy.Share `json:"rollout"`       // in hundredths of a percent
	// Base is the version that customers outside of the rollout stay on.
	Base string `json:"base,omitempty"`
}

// NewHistory knows of no set.
func NewHistory() *History {
	return &History{sets: map[string]Manifest{}, versions: map[versionKey]*Stored{}, paused: map[string]bool{}}
}

// Manifest is a set's by its hash. A set is numbered once; it keeps its number
// when older files are loaded again.
func (h *History) Manifest(hash string) (m Manifest, ok bool) {
	m, ok = h.sets[hash]
	return m, ok
}

// Newest is the set with the highest number, the zero Manifest before the
// first.
func (h *History) Newest() (newest Manifest) {
	for _, m := range h.sets {
		if m.Generation > newest.Generation {
			newest = m
		}
	}
	return newest
}

// Number makes a set the newest. Where it rolls a trigger out to a part of the
// customers, the others stay on what the newest set before gave them.
func (h *History) Number(s *Set) Manifest {
	before := h.Newest()
	m := Manifest{Hash: s.Hash, Generation: before.Generation + 1}
	for _, t := range s.Triggers {
		e := Entry{Name: t.Name, Version: t.Version, Off: !t.Enabled, Rollout: t.Rollout}
		if t.Rollout < everybody {
			e.Base = before.base(t)
		}
		m.Triggers = append(m.Triggers, e)
	}
	slices.SortFunc(m.Triggers, func(a, b Entry) int { return cmp.Compare(a.Name, b.Name) })
	return m
}

// base is what a set gives to customers whom a newer version of a trigger is not
// yet for.
func (m *Manifest) base(t *Trigger) string {
	i := slices.IndexFunc(m.Triggers, func(e Entry) bool { return e.Name == t.Name })
	switch {
	case i < 0 || m.Triggers[i].Off:
		return ""
	case m.Triggers[i].Rollout < everybody:
		return m.Triggers[i].Base
	case m.Triggers[i].Version == t.Version: // taken back from the others
		return ""
	}
	return m.Triggers[i].Version
}

// Add takes in a numbered set. Of two sets with one number the first has it, and
// the other is not known yet.
func (h *History) Add(m Manifest) bool {
	for hash, other := range h.sets {
		if other.Generation == m.Generation && hash != m.Hash {
			return false
		}
	}
	h.sets[m.Hash] = m
	return true
}

// AddVersion takes in a version; one that is known stays as it is, compiled.
func (h *History) AddVersion(s *Stored) {
	key := versionKey{s.Name, s.Version}
	if h.versions[key] == nil {
		h.versions[key] = s
	}
}

// Has tells whether a version is known.
func (h *History) Has(t *Trigger) bool { return h.versions[versionKey{t.Name, t.Version}] != nil }

// Pause notes that a trigger is paused or not any more; the empty name stands
// for all of them together.
func (h *History) Pause(trigger string, paused bool) {
	switch {
	case trigger == "":
		h.all = paused
	case paused:
		h.paused[trigger] = true
	default:
		delete(h.paused, trigger)
	}
}

// Place is a set with its place in the history. A set that was not numbered
// counts as the newest.
func (h *History) Place(s *Set) *Set {
	m := h.sets[s.Hash]
	k := Known{Generation: m.Generation, All: h.all, Paused: slices.Sorted(maps.Keys(h.paused)), Bases: map[string]string{}}
	for _, e := range m.Triggers {
		if e.Base != "" {
			k.Bases[e.Name] = e.Base
		}
	}
	generations := map[versionKey]int64{}
	for _, set := range h.sets {
		for _, e := range set.Triggers {
			for _, version := range []string{e.Version, e.Base} {
				key := versionKey{e.Name, version}
				if !e.Off && version != "" {
					generations[key] = max(generations[key], set.Generation)
				}
			}
		}
	}
	for key, v := range h.versions {
		k.Versions = append(k.Versions, Listed{v, generations[key]})
	}
	return s.With(k)
}
