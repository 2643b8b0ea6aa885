package backtest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/engine"
)

// schedules lets everybody have what comes by schedule or at one instant, at
// that instant, in the order of subjects.
type schedules struct {
	zones  []string     // in which there are customers
	passed schemas.Time // occurrences up to it have come; zero: time has not begun
	next   schemas.Time // the first after it; zero: none

	all   []*record // customers, by subject
	fresh []*record // those who have come since all was sorted
}

// begin says from when on there can be customers: just after an instant.
func (s *schedules) begin(d Decider, at schemas.Time) {
	if s.passed == 0 {
		s.passed = at
		s.next = d.NextOccurrence(at, s.zones)
	}
}

// anew goes on with another decider, whose occurrences up to an instant are not
// made up for.
func (s *schedules) anew(d Decider, at schemas.Time) {
	if s.passed != 0 {
		s.passed = max(s.passed, at)
		s.next = d.NextOccurrence(s.passed, s.zones)
	}
}

// join takes a new record.
func (s *schedules) join(rec *record) {
	if !strings.HasPrefix(rec.customer.Subject, "\x00") {
		s.fresh = append(s.fresh, rec)
	}
}

// locate notes where a customer is. Occurrences up to at have come in whatever
// zone.
func (s *schedules) locate(d Decider, rec *record, zone string, at schemas.Time) {
	rec.zone = zone
	if zone == "" || slices.Contains(s.zones, zone) {
		return
	}
	s.zones = append(s.zones, zone)
	s.next = d.NextOccurrence(max(s.passed, at), s.zones)
}

// everybody is all customers there are, by subject. The list is valid until the
// next call.
func (s *schedules) everybody() []*record {
	if len(s.fresh) == 0 {
		return s.all
	}
	slices.SortFunc(s.fresh, bySubject)
	old, fresh := s.all, s.fresh
	s.all, s.fresh = make([]*record, 0, len(old)+len(fresh)), nil
	for len(old) > 0 && len(fresh) > 0 {
		if bySubject(old[0], fresh[0]) < 0 {
			s.all, old = append(s.all, old[0]), old[1:]
		} else {
			s.all, fresh = append(s.all, fresh[0]), fresh[1:]
		}
	}
	s.all = append(append(s.all, old...), fresh...)
	return s.all
}

func bySubject(a, b *record) int { return cmp.Compare(a.customer.Subject, b.customer.Subject) }

// occur lets everybody whom it concerns have what comes next.
func (t *task) occur() error {
	s := &t.schedules
	from, at := s.passed, s.next
	s.passed, s.next = at, t.engine.NextOccurrence(at, s.zones)
	t.clock = max(t.clock, at)
	concerned := map[string]bool{}
	for _, rec := range s.everybody() {
		now, known := concerned[rec.zone]
		if !known {
			next := t.engine.NextOccurrence(from, []string{rec.zone})
			now = next != 0 && next <= at
			concerned[rec.zone] = now
		}
		if !now {
			continue
		}
		w := engine.Window{From: max(from, rec.customer.Runs().Scanned), To: at}
		env := t.env()
		env.Wall = t.wallAt(at)
		if err := t.settle(rec, t.engine.Occur(rec.customer, w, env)); err != nil {
			return err
		}
	}
	return nil
}
