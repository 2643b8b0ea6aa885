package state

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/beckon-io/beckon/schemas"
)

// A section under a key of its own leaves its gist in the core record: what most
// events ask of it. Nearly every one that fills a cart, orders or ends a wait would
// otherwise read what was sent to the customer, or what has ended runs of theirs, only
// to hear that it does not matter; and these are the sections that are in memory
// the least often.
//
// A gist is a row of msgpack elements. Its instants are minutes since 1970, the next
// full one after what is meant: it may say too much, never too little.
//
//	untils   newest
//	sends    the last of its goals' Until, the last of what is open's ExpiresAt, the
//	         number of triggers with a FirstAt, triggerHash and FirstAt of the latest
//	         of these, maxFirsts at most
type gister interface{ gist(w *writer) }

// withGist are the sections that leave one.
const withGist = 1<<UntilsSection | 1<<SendsSection

// maxFirsts bounds the gist: it is written with each event of the customer.
const maxFirsts = 4

const minute = schemas.Time(time.Minute / time.Microsecond)

// minutes writes an instant, zero as none.
func (w *writer) minutes(t schemas.Time) {
	if t == 0 {
		w.uint(0)
		return
	}
	w.uint(uint64(max(1, t/minute+1)))
}

func (r *reader) minutes() schemas.Time { return schemas.Time(r.uint()) * minute }

func (u *Untils) newest() schemas.Time {
	if len(u.Events) == 0 {
		return 0
	}
	return u.Events[len(u.Events)-1].Time
}

func (u *Untils) gist(w *writer) { w.minutes(u.newest()) }

// goalsUntil is the instant after which no message can convert any more.
func (s *Sends) goalsUntil() (last schemas.Time) {
	for _, t := range s.Triggers {
		for i := range t.Goals {
			last = max(last, t.Goals[i].Until)
		}
	}
	return last
}

// openUntil is the instant from which no message can be called off any more.
func (s *Sends) openUntil() (last schemas.Time) {
	for i := range s.Open {
		last = max(last, s.Open[i].ExpiresAt)
	}
	return last
}

// first is when a run of a trigger has sent its first message.
type first struct {
	trigger string
	at      schemas.Time
}

func (s *Sends) gist(w *writer) {
	w.minutes(s.goalsUntil())
	w.minutes(s.openUntil())
	var room [8]first
	firsts := room[:0]
	for name, t := range s.Triggers {
		if t.FirstAt != 0 {
			firsts = append(firsts, first{name, t.FirstAt})
		}
	}
	slices.SortFunc(firsts, func(a, b first) int {
		return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(a.trigger, b.trigger))
	})
	w.uint(uint64(len(firsts)))
	for _, f := range firsts[:min(len(firsts), maxFirsts)] {
		w.uint(triggerHash(f.trigger))
		w.minutes(f.at)
	}
}

// triggerHash is stored: the function never changes.
func triggerHash(name string) uint64 { return xxhash.Sum64String(name) }

// gistOf is the stored gist of a section, not ok where the section itself is at hand
// or has left none.
func (c *Customer) gistOf(s Section) (r reader, ok bool) {
	p := &c.parts[s]
	if p.val != nil || !p.external || p.gist == "" {
		return reader{}, false
	}
	return reader{s: p.gist, left: math.MaxInt32}, true // what is not there is no zero
}

// instant is the stored gist's instant at an index, not ok as in gistOf. Instants
// come first in every gist.
func (c *Customer) instant(s Section, at int) (t schemas.Time, ok bool) {
	r, ok := c.gistOf(s)
	if !ok {
		return 0, false
	}
	for range at {
		r.minutes()
	}
	t = r.minutes()
	c.Fail(r.err)
	return t, true
}

// NewestUntil is the time of the newest of the Untils, or up to a minute later; zero
// if there are none.
func (c *Customer) NewestUntil() schemas.Time {
	if t, ok := c.instant(UntilsSection, 0); ok {
		return t
	}
	return c.Untils().newest()
}

// GoalsUntil is an instant after which none of the messages can convert.
func (c *Customer) GoalsUntil() schemas.Time {
	if t, ok := c.instant(SendsSection, 0); ok {
		return t
	}
	return c.Sends().goalsUntil()
}

// OpenUntil is an instant from which none of the messages can be called off.
func (c *Customer) OpenUntil() schemas.Time {
	if t, ok := c.instant(SendsSection, 1); ok {
		return t
	}
	return c.Sends().openUntil()
}

// SentAbout tells whether the last run of a trigger to send anything sent its first
// message less than a duration before or after an instant.
func (c *Customer) SentAbout(trigger string, at schemas.Time, within time.Duration) bool {
	about := func(first schemas.Time) bool { return first != 0 && max(at.Sub(first), first.Sub(at)) < within }
	if r, ok := c.gistOf(SendsSection); ok && within >= time.Minute { // less may lie within the gist's minute
		r.minutes()
		r.minutes()
		all, hash := r.count(), triggerHash(trigger)
		var first schemas.Time
		for range min(all, maxFirsts) {
			if h, at := r.uint(), r.minutes(); h == hash {
				first = at
			}
		}
		c.Fail(r.err)
		if first == 0 && all <= maxFirsts {
			return false
		}
		if first != 0 && first != minute && about(first) == about(first-minute) {
			return about(first)
		}
	}
	return about(c.Sends().Trigger(trigger).FirstAt)
}
