package rule

import (
	"slices"
	"sync"

	"github.com/beckon-io/beckon/triggers/policy"
)

// Stored is one version of a trigger as it is kept for runs that began with it.
// It is compiled when a run asks for it: most versions never are. Safe for
// concurrent use.
type Stored struct {
	Name, Version string
	Source        []byte   // canonical, see Trigger.Source
	Ends          []string // the event types that can end its runs

	once     sync.Once
	compiled *Trigger
}

// Store is a trigger as a Stored.
func Store(t *Trigger) *Stored {
	s := &Stored{Name: t.Name, Version: t.Version, Source: t.Source, Ends: t.endTypes()}
	s.once.Do(func() { s.compiled = t })
	return s
}

// Trigger compiles the version; nil if this program can't read it: a newer one
// wrote it, in words that this one doesn't know.
func (s *Stored) Trigger() *Trigger {
	s.once.Do(func() {
		if t, err := Compile(s.Source); err == nil && t.Version == s.Version {
			s.compiled = t
		}
	})
	return s.compiled
}

// Listed is a version and the newest set that has it enabled.
type Listed struct {
	*Stored
	Generation int64 // of that set
}

// Known is what a set is told of the world beyond its files: the sets that were
// loaded before and after it, anywhere in the app, and what is paused.
type Known struct {
	// Generation numbers the sets in the order in which they were first
	// loaded; 0: this one is not numbered, and counts as the newest.
	Generation int64
	Versions   []Listed
	// Bases are the versions of triggers, by name, that customers outside of a
	// trigger's rollout stay on.
	Bases  map[string]string
	Paused []string // names of triggers
	All    bool     // everything is paused
}

// everybody is a rollout that leaves nobody out.
const everybody policy.Share = 100_00

type versionKey struct{ name, version string }

// With is the set with what is known of the world.
func (s *Set) With(k Known) *Set {
	c := *s
	c.Generation, c.pausedAll = k.Generation, k.All
	c.paused = map[string]bool{}
	for _, name := range k.Paused {
		c.paused[name] = true
	}
	c.versions = make(map[versionKey]Listed, len(k.Versions))
	for _, v := range k.Versions {
		c.versions[versionKey{v.Name, v.Version}] = v
	}
	c.bases = map[string]*Trigger{}
	for name, version := range k.Bases {
		current := c.byName[name]
		if current == nil || current.Rollout >= everybody || current.Version == version {
			continue
		}
		if t := c.Version(name, version); t != nil {
			c.bases[name] = t
		}
	}
	c.index()
	return &c
}

// WithOlder is the set with versions that runs may still have, from Compile:
// With for those who keep no history.
func (s *Set) WithOlder(versions ...*Trigger) *Set {
	k := Known{Generation: s.Generation, All: s.pausedAll, Bases: map[string]string{}}
	for name := range s.paused {
		k.Paused = append(k.Paused, name)
	}
	for name, t := range s.bases {
		k.Bases[name] = t.Version
	}
	for _, v := range s.versions {
		k.Versions = append(k.Versions, v)
	}
	for _, t := range versions {
		if s.Version(t.Name, t.Version) == nil {
			k.Versions = append(k.Versions, Listed{Store(t), s.Generation})
		}
	}
	return s.With(k)
}

// Version is the trigger as it was in that version, loaded or stored; nil if
// the set does not know it.
func (s *Set) Version(name, version string) *Trigger {
	if t := s.byName[name]; t != nil && t.Version == version {
		return t
	}
	if t := s.bases[name]; t != nil && t.Version == version {
		return t
	}
	if v, ok := s.versions[versionKey{name, version}]; ok {
		return v.Trigger()
	}
	return nil
}

// Newer tells whether a version is of a set that came after this one: what this
// set says about its trigger doesn't count for it.
func (s *Set) Newer(name, version string) bool {
	return s.Generation != 0 && s.versions[versionKey{name, version}].Generation > s.Generation
}

// Loaded tells whether the version starts runs here: it is the current one or
// a rollout's base. UntilOn has it.
func (s *Set) Loaded(t *Trigger) bool { return s.byName[t.Name] == t || s.bases[t.Name] == t }

// StoredEnds tells whether an event type can end runs of versions that are
// stored and not loaded: those are not in UntilOn.
func (s *Set) StoredEnds(eventType string) bool { return s.storedEnds[eventType] }

// For is the version of a trigger that starts a customer's runs: the current
// one, or for customers outside of its rollout the one before; nil if neither.
// Whether it is enabled is the current one's to say.
func (s *Set) For(name, customer string) *Trigger {
	current := s.byName[name]
	if current == nil || current.Rollout >= everybody || current.Rollout.Holds("rollout", customer, name) {
		return current
	}
	return s.bases[name]
}

// Starts tells whether a version out of StartsOn is the one for a customer.
func (s *Set) Starts(t *Trigger, customer string) bool {
	return !s.partial || s.For(t.Name, customer) == t
}

// Base is the version that customers outside of a trigger's rollout stay on,
// nil if there is none.
func (s *Set) Base(name string) *Trigger { return s.bases[name] }

// Startable are the versions that start runs: current ones and bases.
func (s *Set) Startable() []*Trigger {
	all := slices.Clone(s.Triggers)
	for _, t := range s.Triggers {
		if base := s.bases[t.Name]; base != nil {
			all = append(all, base)
		}
	}
	return all
}

// Paused tells whether a trigger is paused: by its name, or with everything.
func (s *Set) Paused(name string) bool { return s.pausedAll || s.paused[name] }
