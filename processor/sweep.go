package processor

import (
	"fmt"

	"github.com/beckon-io/beckon/state/store"
	"github.com/beckon-io/beckon/triggers/engine"
)

// sweep visits the next customers, at most so many and as long as there is room for what
// they bring.
func (t *task) sweep(most int) error {
	s := t.scan
	if s.Goal == 0 && !s.wanted() {
		return nil
	}
	if s.Goal == 0 {
		s.begin()
	}
	visits, peeks := 0, 0
	for ; len(s.page) > 0 && visits < most && peeks < scanPeeks && !t.l.laden(); peeks++ {
		visited, err := t.visit(s.page[0])
		if err != nil {
			return err
		}
		if visited {
			visits++
			t.l.batch.processed()
		}
		s.At, s.page = s.page[0].Subject, s.page[1:]
	}
	if len(s.page) < scanAhead && !s.last {
		s.fetch()
	}
	over := len(s.page) == 0 && s.last
	if over {
		s.finish()
	}
	t.busy = t.busy || len(s.page) > 0 || over && s.wanted()
	if peeks == 0 && !over {
		return nil // waits for a page
	}
	return s.save()
}

// wanted tells that a sweep is to begin. All who were touched before its window
// was opened must be in the database's reach: their transaction is committed.
func (s *scan) wanted() bool {
	return (s.Target > s.Done || s.ArmNext != 0) && s.t.commit.Seq >= s.opened
}

func (s *scan) begin() {
	s.Goal, s.At = max(s.Target, beginning), engine.FirstCustomer
	s.Arms, s.ArmNext = s.ArmNext, 0
	s.page, s.last, s.concerns = nil, false, nil
}

func (s *scan) finish() {
	s.Done, s.Goal, s.At, s.Arms = s.Goal, 0, "", 0
	s.Target = max(s.Target, s.Done)
	s.page, s.last, s.concerns = nil, false, nil
}

// fetch reads on beside the lane.
func (s *scan) fetch() {
	if s.fetching {
		return
	}
	s.fetching = true
	after := s.At
	if len(s.page) > 0 {
		after = s.page[len(s.page)-1].Subject
	}
	l, t, db := s.t.l, s.t, s.t.l.p.cfg.Store
	l.p.async.Go(func() {
		var err error
		if after == engine.FirstCustomer {
			err = db.Settle(store.TaskID(t.id))
		}
		var page []store.Stored
		if err == nil {
			page, err = db.Page(store.TaskID(t.id), after, scanPage)
		}
		l.notices.post(func() { t.fetched(s, page, err) })
	})
}

// fetched takes over a page, unless the task has gone back or away meanwhile.
func (t *task) fetched(s *scan, page []store.Stored, err error) {
	if t.scan != s || t.phase != running {
		return
	}
	if err != nil {
		t.l.failed = fmt.Errorf("scan task %d: %w", t.id, err)
		return
	}
	s.fetching = false
	s.page, s.last = append(s.page, page...), len(page) < scanPage
	t.busy = true
}

// visit lets a customer have what the sweep brings; false where that is nothing.
func (t *task) visit(stored store.Stored) (visited bool, err error) {
	s := t.scan
	if err := s.peeked.Reload(stored.Subject, stored.Record, nil); err != nil {
		return false, fmt.Errorf("task %d: %w", t.id, err)
	}
	if zone := s.engine.Zone(&s.peeked); zone == "" || s.Arms == 0 && !s.concerned(zone) {
		return false, nil
	}
	c, err := t.store.Customer(stored.Subject)
	if err != nil {
		return false, err
	}
	from := max(s.Done, c.Runs().Scanned)
	if from >= s.Goal && s.Arms == 0 {
		return false, t.store.Done(c)
	}
	if err := t.occur(c, engine.Window{From: from, To: max(s.Goal, from), Starts: s.Starts, Arms: s.Arms}); err != nil {
		return false, err
	}
	return true, t.store.Done(c)
}

// concerned tells whether anything comes in a zone in the sweep's window.
func (s *scan) concerned(zone string) bool {
	yes, known := s.concerns[zone]
	if !known {
		next := s.engine.NextOccurrence(s.Done, []string{zone})
		yes = next != 0 && next <= s.Goal
		if s.concerns == nil {
			s.concerns = make(map[string]bool)
		}
		s.concerns[zone] = yes
	}
	return yes
}
