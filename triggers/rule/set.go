package rule

import (
	"cmp"
	"maps"
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

	starts map[string][]*Trigger
	untils map[string][]*Trigger
	byName map[string]*Trigger
	older  map[string]map[string]*Trigger // name -> version
}

// NewSet makes a set of compiled triggers; nil stands for the default policy.
func NewSet(triggers []*Trigger, p *policy.Policy) *Set {
	if p == nil {
		p = policy.Default()
	}
	s := &Set{Triggers: slices.Clone(triggers), Policy: p}
	slices.SortFunc(s.Triggers, before)
	s.byName = make(map[string]*Trigger, len(s.Triggers))
	for _, t := range s.Triggers {
		s.byName[t.Name] = t
	}
	s.index()
	return s
}

// before is the order of triggers: priority, highest first, then name, then
// version.
func before(a, b *Trigger) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
}

// index builds the look-ups by event type.
func (s *Set) index() {
	s.starts, s.untils = map[string][]*Trigger{}, map[string][]*Trigger{}
	all := slices.Clone(s.Triggers)
	for _, versions := range s.older {
		all = slices.AppendSeq(all, maps.Values(versions))
	}
	slices.SortFunc(all, before)
	for _, t := range all {
		if t.Enabled && s.byName[t.Name] == t {
			for _, on := range t.Start.On {
				s.starts[on] = append(s.starts[on], t)
			}
		}
		for _, on := range t.endTypes() {
			s.untils[on] = append(s.untils[on], t)
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
// of priority, then name.
func (s *Set) StartsOn(eventType string) []*Trigger { return s.starts[eventType] }

// UntilOn lists the triggers, of every version in use and in the same order,
// whose until or goal names an event type. Disabled ones are among them: their
// runs are ended all the same.
func (s *Set) UntilOn(eventType string) []*Trigger { return s.untils[eventType] }

// Current is the trigger of that name as loaded, nil if there is none.
func (s *Set) Current(name string) *Trigger { return s.byName[name] }

// Version is the trigger as it was in that version, current or older; nil if
// the set does not know it.
func (s *Set) Version(name, version string) *Trigger {
	if t := s.byName[name]; t != nil && t.Version == version {
		return t
	}
	return s.older[name][version]
}

// WithOlder is the set with versions that runs may still have, from Compile.
// Those that it knows already are left as they are.
func (s *Set) WithOlder(versions ...*Trigger) *Set {
	c := *s
	c.older = make(map[string]map[string]*Trigger, len(s.older))
	for name, known := range s.older {
		c.older[name] = maps.Clone(known)
	}
	for _, t := range versions {
		if s.Version(t.Name, t.Version) != nil {
			continue
		}
		if c.older[t.Name] == nil {
			c.older[t.Name] = map[string]*Trigger{}
		}
		c.older[t.Name][t.Version] = t
	}
	c.index()
	return &c
}

// WithPolicy is the set under another policy.
func (s *Set) WithPolicy(p *policy.Policy) *Set {
	c := *s
	c.Policy = p
	return &c
}
