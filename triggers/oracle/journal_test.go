package oracle

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/beckon-io/beckon/schemas"
)

// oracle plays a case. The journal is all that it knows; every question is
// answered by reading it from the beginning.
type oracle struct {
	ex      *example
	journal []note
	clock   schemas.Time
	late    schemas.Time // what the wall clock shows while an outage is caught up with; 0: the clock

	decisions []schemas.Decision
	commands  []schemas.Command
}

// fact is what a note notes.
type fact int

const (
	wasRead   fact = iota // ev was read and counted
	began                 // the run
	stands                // the run at path until at
	passed                // path by the run, at the time at, by a choice if there was one
	wasSent               // a command of the run
	over                  // the run
	converted             // the run
)

// note is an entry of the journal.
type note struct {
	fact     fact
	customer string
	ev       *event
	run      *run
	path     string
	at       schemas.Time
	first    schemas.Time // of a held send: when it was due before it was held
	channels []string     // of a held send: what is still to go out; nil: as the step says
	choice   string
	command  *schemas.Command
}

// run is one customer's way through a trigger.
type run struct {
	*trigger
	customer string
	key      string
	ev       *event // that began it
	item     *item
}

func (o *oracle) note(n note) { o.journal = append(o.journal, n) }

// of is the notes about a customer since everything about them was erased last.
func (o *oracle) of(customer string) []note {
	var all []note
	for _, n := range o.journal {
		if n.customer != customer {
			continue
		}
		all = append(all, n)
		if n.fact == wasRead && n.ev.kind == "customer.erased" {
			all = []note{n}
		}
	}
	return all
}

func (o *oracle) past(customer string) past {
	var all past
	for _, n := range o.of(customer) {
		if n.fact == wasRead {
			all = append(all, n.ev)
		}
	}
	return all
}

// active is the runs of a customer that have begun and are not over, in the order
// in which they are dealt with.
func (o *oracle) active(customer string) []*run {
	var all []*run
	for _, n := range o.of(customer) {
		switch n.fact {
		case began:
			all = append(all, n.run)
		case over:
			all = slices.DeleteFunc(all, func(r *run) bool { return r == n.run })
		}
	}
	slices.SortFunc(all, func(a, b *run) int { return cmp.Or(before(a.trigger, b.trigger), cmp.Compare(a.key, b.key)) })
	return all
}

// before puts triggers in their order: the highest priority first, then by name.
func before(a, b *trigger) int {
	return cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(a.name, b.name))
}

// last is the newest note of some fact about a run at a path, "" for any.
func (o *oracle) last(r *run, f fact, path string) (note, bool) {
	for i := len(o.journal) - 1; i >= 0; i-- {
		if n := o.journal[i]; n.run == r && n.fact == f && (path == "" || n.path == path) {
			return n, true
		}
	}
	return note{}, false
}

// sent is the commands to a customer.
func (o *oracle) sent(customer string) []note {
	var all []note
	for _, n := range o.of(customer) {
		if n.fact == wasSent {
			all = append(all, n)
		}
	}
	return all
}

// sentBy is the commands of one run.
func (o *oracle) sentBy(r *run) []note {
	return slices.DeleteFunc(o.sent(r.customer), func(n note) bool { return n.run != r })
}

// variant is the arm that a run took last.
func (o *oracle) variant(r *run) string {
	variant := ""
	for _, n := range o.journal {
		if n.run == r && n.fact == passed && n.choice != "" && n.choice[0] == '/' {
			variant = n.choice[1:]
		}
	}
	return variant
}

func (o *oracle) view(r *run) *view {
	return &view{started: r.ev.time, sent: len(o.sentBy(r)), variant: o.variant(r)}
}

// decide says what was decided about a run.
func (o *oracle) decide(r *run, at schemas.Time, outcome schemas.Outcome, reason schemas.Reason, step string) {
	o.decisions = append(o.decisions, schemas.Decision{
		Time: at, Customer: r.customer, Trigger: r.name, Key: r.key, Step: step, Outcome: outcome, Reason: reason,
	})
}

// end ends a run.
func (o *oracle) end(r *run, at schemas.Time, reason schemas.Reason, step string) {
	o.note(note{fact: over, customer: r.customer, run: r})
	o.decide(r, at, schemas.Ended, reason, step)
}

// index is the path of the i-th of a list of steps.
func index(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }
