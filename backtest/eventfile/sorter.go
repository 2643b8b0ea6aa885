package eventfile

import (
	"cmp"
	"context"
	"slices"

	"github.com/beckon-io/beckon/schemas"
)

// Record is one line, placed in time. Data belongs to the sorter and is valid
// until the next record is asked for.
type Record struct {
	At schemas.Time
	Place
	Data []byte
}

// before is the order of events: by time, then as they stand in the files. No
// two records are equal.
func (r *Record) before(s *Record) int {
	if c := cmp.Compare(r.At, s.At); c != 0 {
		return c
	}
	if c := cmp.Compare(r.File, s.File); c != 0 {
		return c
	}
	return cmp.Compare(r.Line, s.Line)
}

const (
	recordBytes = 48      // of a Record without its data, rounded up
	chunkBytes  = 4 << 20 // of the arena
	fanIn       = 64      // runs that are merged at once, and so files held open
)

// sorter collects records and gives them back in order. What exceeds the bound
// goes to disk as a sorted run; runs of one level are merged into one of the
// next as soon as there are fanIn of them, so that open files stay few however
// long the input is.
//
// Records must be added in the order of their places: then a run holds only
// later places than the runs before it, and merging keeps equal times in order.
type sorter struct {
	maxBytes int64
	dir      string

	held  []Record
	bytes int64
	arena []byte
	runs  []*run
}

func (s *sorter) add(r Record) error {
	r.Data = s.keep(r.Data)
	s.held = append(s.held, r)
	s.bytes += int64(len(r.Data)) + recordBytes
	if s.bytes < s.maxBytes {
		return nil
	}
	return s.spill()
}

// keep copies a line into the arena.
func (s *sorter) keep(line []byte) []byte {
	if len(line) > cap(s.arena)-len(s.arena) {
		s.arena = make([]byte, 0, max(chunkBytes, len(line)))
	}
	from := len(s.arena)
	s.arena = append(s.arena, line...)
	return s.arena[from:len(s.arena):len(s.arena)]
}

func (s *sorter) order() {
	byTime := func(a, b Record) int { return a.before(&b) }
	if !slices.IsSortedFunc(s.held, byTime) {
		slices.SortFunc(s.held, byTime)
	}
}

// spill writes what is held as a run and forgets it.
func (s *sorter) spill() error {
	s.order()
	r, err := writeRun(s.dir, 0, &memory{records: s.held})
	if err != nil {
		return err
	}
	clear(s.held)
	s.held, s.bytes, s.arena = s.held[:0], 0, nil
	s.runs = append(s.runs, r)
	return s.collapse()
}

// collapse merges the newest runs while fanIn of them are of one level.
func (s *sorter) collapse() error {
	for {
		n := len(s.runs)
		if n < fanIn || s.runs[n-fanIn].level != s.runs[n-1].level {
			return nil
		}
		last := s.runs[n-fanIn:]
		m, err := newMerge(sourcesOf(last))
		if err != nil {
			return err
		}
		r, err := writeRun(s.dir, last[0].level+1, m)
		if err != nil {
			return err
		}
		for _, old := range last {
			old.close()
		}
		s.runs = append(s.runs[:n-fanIn], r)
	}
}

// sorted ends the adding and gives all records in order.
func (s *sorter) sorted() (source, error) {
	s.order()
	rest := &memory{records: s.held}
	if len(s.runs) == 0 {
		return rest, nil
	}
	return newMerge(append(sourcesOf(s.runs), rest))
}

func (s *sorter) close() {
	for _, r := range s.runs {
		r.close()
	}
	s.runs, s.held, s.arena = nil, nil, nil
}

func sourcesOf(runs []*run) []source {
	all := make([]source, len(runs))
	for i, r := range runs {
		all[i] = r
	}
	return all
}

// memory is the part that was never spilled.
type memory struct {
	records []Record
	next    int
}

func (m *memory) read(r *Record) (bool, error) {
	if m.next == len(m.records) {
		return false, nil
	}
	*r = m.records[m.next]
	m.next++
	return true, nil
}

// canceled is asked now and then, so that a long read can be stopped.
func canceled(ctx context.Context, n int) error {
	if n%1024 != 0 {
		return nil
	}
	return ctx.Err()
}
