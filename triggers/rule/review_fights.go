package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/expr"
	"github.com/beckon-io/beckon/triggers/policy"
)

// maxFights bounds the triggers that one is told to fight with.
const maxFights = 10

// occasion is what begins runs of several triggers at one moment.
type occasion struct {
	key   string
	name  string // for people
	claim expr.Claim
}

// fights finds marketing triggers that one event, date or schedule starts for
// the same customer, and that send on the same channel without a cap that counts
// both: then both messages go out. Transactional messages are not meant to give
// way. The later one in the order of triggers is told, as its message is the one
// that a cap would stop.
func (l *loading) fights(all []*reviewed, p *policy.Policy) {
	all = slices.DeleteFunc(slices.Clone(all), func(r *reviewed) bool {
		return !r.t.Enabled || r.t.Class == schemas.Transactional || r.begins.Impossible()
	})
	slices.SortStableFunc(all, func(a, b *reviewed) int { return Before(a.t, b.t) })
	by := map[string][]*reviewed{}
	for _, r := range all {
		for _, o := range r.occasions() {
			l.fight(r, o, by[o.key], p)
			by[o.key] = append(by[o.key], r)
		}
	}
}

func (l *loading) fight(r *reviewed, o occasion, others []*reviewed, p *policy.Policy) {
	var names, channels []string
	begins := r.begins.And(o.claim).About("event", "customer", "now") // each has an item of its own
	for _, other := range others {
		shared := r.unbounded(other, p)
		if len(shared) == 0 || begins.And(other.begins).Impossible() {
			continue
		}
		names = append(names, other.t.Name)
		for _, c := range shared {
			if !slices.Contains(channels, c) {
				channels = append(channels, c)
			}
		}
		if len(names) == maxFights {
			break
		}
	}
	if len(names) > 0 {
		l.warn(r.given["start"], fmt.Sprintf("let a cap in policy.yaml count them, such as {channels: [%s], max: 1, per: 16h}", channels[0]),
			"%s also starts %s, and no cap counts the messages of both on %s", o.name, listed(names), strings.Join(channels, " and "))
	}
}

// unbounded are the channels that two triggers send on and no cap counts both
// of their messages.
func (r *reviewed) unbounded(other *reviewed, p *policy.Policy) (all []string) {
	for _, c := range r.channels() {
		if slices.Contains(other.channels(), c) && !p.Bounded(c, r.t.Class, r.t.Tags, other.t.Tags) {
			all = append(all, c)
		}
	}
	return all
}

// channels are those the trigger sends on, in the order of its steps.
func (r *reviewed) channels() (all []string) {
	for i := range r.t.Steps {
		if s := r.t.Steps[i].Send; s != nil {
			for _, c := range s.Channels {
				if !slices.Contains(all, c) {
					all = append(all, c)
				}
			}
		}
	}
	return all
}

// occasions are the trigger's own, each once.
func (r *reviewed) occasions() (all []occasion) {
	s := &r.spec.Start
	switch {
	case s.Date != nil:
		return []occasion{{key: fmt.Sprint(s.Date.code, "\n", s.Every, s.Offset, s.At), name: "the date " + s.Date.code}}
	case s.Schedule != "":
		return []occasion{{key: s.Schedule + s.Zone, name: fmt.Sprintf("the schedule %q", s.Schedule)}}
	case s.At != "":
		return []occasion{{key: s.At + s.Zone, name: "the moment " + s.At}}
	}
	for _, on := range s.On {
		all = append(all, occasion{key: on, name: on, claim: expr.OfType(on)})
	}
	return all
}
