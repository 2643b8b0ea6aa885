package processor

import (
	"fmt"
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/state/store"
	"github.com/beckon-io/beckon/triggers/engine"
)

// scan lets schedules and single instants begin their runs in a task, and lets
// dates be looked up when files with new ones come.
//
// The naive scan stops the task, visits a million customers and goes on. Here
// the task goes on meanwhile: when its clock has passed an occurrence a window is
// opened (Target), and a sweep visits the customers in the order of their
// subjects, some in each turn. The order that decisions depend on is that of
// each customer, so a customer who is touched before the sweep comes by has the
// window's occurrences first (ahead). So every customer has them at their place
// among events and waits, as a backtest has it, whenever the sweep comes.
//
// Where the sweep stands is in the task's state, with everything it has brought
// about in the same transactions: a restart goes on there. What a customer had
// ahead of the sweep is noted with the customer. A window that is opened while
// a sweep is under way waits for the next one; several do together.
//
// Which customers a window concerns is decided by their zone. The task knows in
// which zones there are any, so that it wakes in time, and asks once for each
// zone, not for each customer, whether anything comes in it.
//
// Pages of customers are read beside the lane. They may be older than what the
// lane has: but whoever has changed since the window was opened was touched, and
// has had it.
type scan struct {
	t      *task
	engine *engine.Engine // which all but state was made for; nil: none yet

	state.Scan                 // as of the transaction under way
	next       schemas.Time    // the first occurrence after Target; zero: none
	opened     uint64          // the transaction that sets Target or ArmNext
	concerns   map[string]bool // zones, of the sweep under way

	page     []store.Stored // to be visited next
	fetching bool
	last     bool // page is the last one
	peeked   state.Customer
}

const (
	scanPage  = 4096
	scanPeeks = 2048 // customers looked at in a turn; as many as chunk of them visited
	scanAhead = scanPage / 2

	beginning schemas.Time = 1 // of time: not zero, which says that something is not set
)

// adopt takes over the engine that the lane uses: what starts by date or
// schedule is held against what the customers were held to before.
func (t *task) adopt() error {
	if t.scan != nil && t.scan.engine == t.l.engine {
		return nil
	}
	if t.scan == nil {
		c, err := t.store.Customer(engine.ScanRecord)
		if err != nil {
			return err
		}
		t.scan = &scan{t: t, Scan: c.Entry().Scan}
		if err := c.Err(); err != nil {
			return fmt.Errorf("task %d: %w", t.id, err)
		}
	}
	s := t.scan
	s.engine, s.concerns = t.l.engine, nil
	if starts, kept, sweep := s.compare(); !slices.Equal(starts, s.Starts) {
		s.Starts = starts
		now := max(t.ended(), beginning)
		if !kept && s.Goal == 0 {
			s.Done, s.Target = max(s.Target, now), max(s.Target, now)
			if t.commit.Seq == 0 {
				s.Done, s.Target = 0, 0
			}
		}
		if sweep && t.commit.Seq > 0 && s.ArmNext == 0 {
			s.ArmNext, s.opened = now, t.commit.Seq+1
		}
		if err := s.save(); err != nil {
			return err
		}
	}
	s.next = s.engine.NextOccurrence(s.Target, s.Zones)
	return nil
}

// compare lists the engine's starts, each with the moment since which it is in
// force: those that the task had before keep theirs. kept tells that there is
// one by the clock among these, sweep that customers have to be visited for a
// new one.
func (s *scan) compare() (starts []state.ScanStart, kept, sweep bool) {
	var since schemas.Time
	if s.t.commit.Seq > 0 { // else it is in force from the beginning of time
		since = max(s.t.ended(), beginning)
	}
	for _, start := range s.engine.Starts() {
		i := slices.IndexFunc(s.Starts, func(had state.ScanStart) bool {
			return had.Trigger == start.Trigger && had.Start == start.Start
		})
		switch {
		case i >= 0:
			start.Since = s.Starts[i].Since
			kept = kept || !engine.IsDate(start)
		default:
			start.Since = since
			sweep = sweep || engine.NeedsSweep(start)
		}
		starts = append(starts, start)
	}
	return starts, kept, sweep
}

// save writes down how the scan stands, in the transaction under way.
func (s *scan) save() error {
	c, err := s.t.store.Customer(engine.ScanRecord)
	if err != nil {
		return err
	}
	c.EditEntry().Scan = s.Scan
	s.t.touched = true
	s.t.l.batch.touch()
	return s.t.store.Done(c)
}

// open opens a window when the clock has passed an occurrence. What comes by schedule
// comes before waits and items: each customer has it at its place.
func (t *task) open() error {
	s := t.scan
	if s.next == 0 || !t.merge.Ended(s.next) {
		return nil
	}
	s.Target, s.opened = t.ended(), t.commit.Seq+1
	s.next = s.engine.NextOccurrence(s.Target, s.Zones)
	return s.save()
}

// await sees to it that the lane wakes for the next occurrence.
func (t *task) await() {
	s, grace := t.scan, t.l.p.cfg.Grace
	if s.next == 0 {
		return
	}
	if due := s.next.Add(grace) + 1; t.nextDue == 0 || due < t.nextDue {
		t.nextDue = due
	}
	t.wantsProof = t.wantsProof || s.next.Add(grace) < t.l.now
}

// early tells whether an occurrence comes before an item that the clock has not
// passed yet: the item must come again after a proof.
func (t *task) early(record string, at schemas.Time) bool {
	s := t.scan
	return s.next != 0 && s.next.Add(t.l.p.cfg.Grace) < at && !t.merge.Ended(s.next) && engine.IsCustomer(record)
}

// locate notes a zone in which there is a customer.
func (s *scan) locate(zone string) error {
	at, known := slices.BinarySearch(s.Zones, zone)
	if zone == "" || known {
		return nil
	}
	s.Zones = slices.Insert(slices.Clone(s.Zones), at, zone)
	after := s.Target
	if s.Arms == 0 && s.ArmNext == 0 { // so far the zone had no customers who could have missed anything
		after = max(after, s.t.ended())
	}
	next := s.engine.NextOccurrence(after, []string{zone})
	if s.next == 0 || next != 0 && next < s.next {
		s.next = next
	}
	return s.save()
}

// had is up to when a customer has had what has come.
func (s *scan) had(c *state.Customer) schemas.Time {
	had := s.Done
	if s.Goal != 0 && c.Subject <= s.At {
		had = s.Goal
	}
	return max(had, c.Runs().Scanned)
}

// ahead lets a customer who is touched have what has come, if the sweep has yet
// to come by.
func (t *task) ahead(c *state.Customer) error {
	s := t.scan
	if s.Target <= s.Done || !engine.IsCustomer(c.Subject) {
		return nil
	}
	from := s.had(c)
	if from >= s.Target {
		return nil
	}
	return t.occur(c, engine.Window{From: from, To: s.Target, Starts: s.Starts, Ahead: true})
}

func (t *task) occur(c *state.Customer, w engine.Window) error {
	eff := t.l.engine.Occur(c, w, t.env())
	if len(eff.Decisions) > 0 {
		t.touched = true
		t.l.batch.ended(t.l.now, eff.Decisions[0].Time.Add(t.l.p.cfg.Grace))
	}
	return t.effect(c, &eff, origin{wait: len(t.l.batch.late), place: t.rounds.Place(w.To)})
}
