package oracle

import (
	"strings"

	"github.com/beckon-io/beckon/schemas"
)

// walk leads a run from its first step, past those the journal knows of, as far
// as it goes. wall is the wall clock.
func (o *oracle) walk(r *run, wall schemas.Time) {
	w := walker{o: o, run: r, now: r.ev.time, wall: max(wall, o.late)}
	if w.list(r.steps, "steps") {
		o.end(r, w.now, 0, "")
	}
}

type walker struct {
	o *oracle
	*run
	now  schemas.Time // when the step that is next is due
	wall schemas.Time
}

// list takes the steps of a list; false: the run waits or is over.
func (w *walker) list(steps []step, path string) bool {
	for i := range steps {
		at := index(path, i)
		if n, done := w.o.last(w.run, passed, at); done {
			w.now = n.at
		} else if !w.take(&steps[i], at) {
			return false
		}
		if !w.inner(&steps[i], at) {
			return false
		}
	}
	return true
}

// inner takes the list that a step chose.
func (w *walker) inner(s *step, path string) bool {
	n, _ := w.o.last(w.run, passed, path)
	switch {
	case s.branch != nil && n.choice == "then":
		return w.list(s.yes, path+".then")
	case s.branch != nil:
		return w.list(s.no, path+".else")
	case s.split != "":
		for i := range s.arms {
			if "/"+s.arms[i].label(i) == n.choice {
				return w.list(s.arms[i].steps, index(path+".arms", i)+".steps")
			}
		}
	}
	return true
}

// take takes one step; false: the run waits there, or is over.
func (w *walker) take(s *step, path string) bool {
	if n, stood := w.o.last(w.run, stands, path); stood {
		w.now = n.at
		if s.template == "" {
			return w.pass(path, "")
		}
	}
	f := w.frame()
	switch {
	case s.wait > 0:
		return w.stand(path, w.now.Add(s.wait))
	case s.clock != "":
		return w.stand(path, next(w.now, s.clock, s.days, w.o.zone(w.customer)))
	case s.moment != nil:
		until := s.moment.value(f)
		if until == 0 {
			return w.over(path, schemas.NoDate)
		}
		if until > w.now {
			return w.stand(path, until)
		}
		return w.pass(path, "")
	case s.require != nil:
		if !s.require.holds(f) {
			return w.over(path, schemas.FilterFailed)
		}
		return w.pass(path, "")
	case s.branch != nil:
		if s.branch.holds(f) {
			return w.pass(path, "then")
		}
		return w.pass(path, "else")
	case s.split != "":
		return w.pass(path, "/"+w.draw(s))
	case s.stop:
		return w.over(path, 0)
	default:
		return w.send(s, path)
	}
}

func (w *walker) frame() frame {
	return frame{o: w.o, customer: w.customer, ev: w.ev, item: w.item, now: w.now, run: w.o.view(w.run)}
}

func (w *walker) stand(path string, until schemas.Time) bool {
	w.o.note(note{fact: stands, customer: w.customer, run: w.run, path: path, at: until})
	return false
}

func (w *walker) pass(path, choice string) bool {
	w.o.note(note{fact: passed, customer: w.customer, run: w.run, path: path, at: w.now, choice: choice})
	return true
}

func (w *walker) over(path string, reason schemas.Reason) bool {
	w.o.end(w.run, w.now, reason, path)
	return false
}

// draw is the arm that falls to the customer, in proportion to the weights.
func (w *walker) draw(s *step) string {
	sum := 0
	for _, a := range s.arms {
		sum += a.weight
	}
	point := point(sum, w.customer, w.name, s.split)
	for i := range s.arms {
		if point -= s.arms[i].weight; point < 0 {
			return s.arms[i].label(i)
		}
	}
	panic("a point outside of the wheel")
}

// label is an arm's name: its own, else a, b, c… after its place.
func (a *arm) label(i int) string {
	if a.name != "" {
		return a.name
	}
	return strings.Split("abcdefgh", "")[i]
}
