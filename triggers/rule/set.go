package rule

import (
	"cmp"
	"slices"

	"github.com/beckon-io/beckon/triggers/policy"
)

// Set is everything loaded together: triggers, policy, cycles, traits.
// Immutable and safe for concurrent use.
type Set struct {
	Triggers []*Trigger // by priority, highest first, then name; disabled ones included
	Policy   *policy.Policy
	Cycles   map[string]float64 // category -> days
	Traits   []*Trait           // by name

	// Hash tells sets apart: hex, of all that is loaded. How triggers are laid
	// out in files, and their comments, are not in it.
	Hash string
	// Generation is the set's place among all that the app has loaded, 0 if
	// nobody has numbered it. See Known.
	Generation int64

	starts map[string][]*Trigger
	untils map[string][]*Trigger
	byName map[string]*Trigger
	bases  map[string]*Trigger // for customers outside of a rollout

	partial bool // some trigger is rolled out to a part of the customers

	versions   map[versionKey]Listed // of other sets, and of this one
	storedEnds map[string]bool       // event types that end runs of versions that are not loaded
	paused     map[string]bool
	pausedAll  bool
}

// NewSet makes a set of compiled triggers; nil stands for the default policy.
func NewSet(triggers []*Trigger, p *policy.Policy) *Set {
	if p == nil {
		p = policy.Default()
	}
	s := &Set{Triggers: slices.Clone(triggers), Policy: p}
	slices.SortFunc(s.Triggers, Before)
	s.byName = make(map[string]*Trigger, len(s.Triggers))
	for _, t := range s.Triggers {
		s.byName[t.Name] = t
	}
	s.Hash = hashOf(s.Triggers, nil)
	s.index()
	return s
}

// Before is the order of triggers: priority, highest first, then name, then
// version.
func Before(a, b *Trigger) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
}

// index builds the look-ups by event type.
func (s *Set) index() {
	s.starts, s.untils, s.storedEnds = map[string][]*Trigger{}, map[string][]*Trigger{}, map[string]bool{}
	s.partial = slices.ContainsFunc(s.Triggers, func(t *Trigger) bool { return t.Rollout < everybody })
	all := s.Startable()
	slices.SortFunc(all, Before)
	for _, t := range all {
		if s.byName[t.Name].Enabled {
			for _, on := range t.Start.On {
				s.starts[on] = append(s.starts[on], t)
			}
		}
		for _, on := range t.endTypes() {
			s.untils[on] = append(s.untils[on], t)
		}
	}
	for _, v := range s.versions {
		if current := s.byName[v.Name]; current != nil && current.Version == v.Version {
			continue
		}
		for _, on := range v.Ends {
			s.storedEnds[on] = true
		}
	}
}

// endTypes are the event types that can end or convert the trigger's runs.
func (t *Trigger) endTypes() []string {
	var types []string
	for _, u := range t.Until {
		types = append(types, u.On...)
	}
	if t.Goal != nil {
		types = append(types, t.Goal.On...)
	}
	slices.Sort(types)
	return slices.Compact(types)
}

// StartsOn lists the enabled triggers that an event type can start, in order
// of priority, then name. Where a trigger is rolled out to a part of the
// customers, its base is listed too: For says which of the two is a customer's.
func (s *Set) StartsOn(eventType string) []*Trigger { return s.starts[eventType] }

// UntilOn lists the loaded triggers, in the same order, whose until or goal
// names an event type. Disabled ones are among them: their runs are ended all
// the same.
func (s *Set) UntilOn(eventType string) []*Trigger { return s.untils[eventType] }

// Current is the trigger of that name as loaded, nil if there is none.
func (s *Set) Current(name string) *Trigger { return s.byName[name] }

// WithPolicy is the set under another policy.
func (s *Set) WithPolicy(p *policy.Policy) *Set {
	c := *s
	c.Policy = p
	return &c
}
