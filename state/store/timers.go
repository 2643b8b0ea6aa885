package store

import (
	"container/heap"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/cockroachdb/pebble/v2"

	"github.com/beckon-io/beckon/schemas"
)

// timers is the timer index of one task, as its lane sees it.
//
// The naive index is an ordered set in the database: seek to its first entry
// for each look. Then every fired timer leaves a tombstone at just the place
// where the next look begins, and a look costs milliseconds. So the near end of
// the index, head, is kept in memory: all committed entries before end. It is
// refilled from end on, never from the start, and what is committed before end
// is put into it. Looks touch the database once per refill.
//
// In a transaction entries are popped from head by moving next, and new ones
// wait in added. Both are forgotten by discard, or written as one deletion or
// one set each by commit. An entry both added and popped in one transaction is
// never written.
//
// An entry whose customer cannot go on now is parked: it stays in the database
// and is left out of head, so that nobody stumbles over it again and again, and
// nothing is written for the wait. rescan begins anew from the first entry. Which
// entries are parked is not kept, there may be as many as customers: up to lastParked
// any may be.
//
// Invariants: head is sorted, without repetitions; every committed entry before
// end is in head, or parked; head[:next] are the popped ones; complete means
// that end is infinite.
type timers struct {
	head     []timer
	next     int
	end      timer
	complete bool
	added    timerHeap
	parked   []timer // by the transaction
	spare    []timer // reused by commit
	texts    []byte  // room for subjects, see own

	lastParked schemas.Time // none that is due later is parked; what was discarded counts too
}

func newTimers() timers { return timers{end: timer{due: math.MinInt64}, lastParked: math.MinInt64} }

// The head is refilled by refill entries and cut back to refill when it has
// grown over mostHead.
const (
	refill   = 512
	mostHead = 4 * refill
)

// textBytes are taken at a time for subjects. A few entries of head may keep all of them.
const textBytes = 8 << 10

// own is an entry with its subject beside those of others that are added. Where the
// customer's lies it would be out of the processor's caches when it is written.
func (ts *timers) own(t timer) timer {
	if len(t.subject) > cap(ts.texts)-len(ts.texts) {
		ts.texts = make([]byte, 0, max(textBytes, len(t.subject)))
	}
	from := len(ts.texts)
	ts.texts = append(ts.texts, t.subject...)
	return timer{t.due, text(ts.texts[from:])}
}

// add puts an entry into the index.
func (ts *timers) add(t timer) { heap.Push(&ts.added, ts.own(t)) }

// peek is the first entry. read loads more of what is committed.
func (ts *timers) peek(read func(after timer, n int) ([]timer, error)) (t timer, ok bool, err error) {
	if err := ts.fill(read); err != nil {
		return timer{}, false, err
	}
	switch {
	case ts.next == len(ts.head) && len(ts.added) == 0:
		return timer{}, false, nil
	case ts.next == len(ts.head):
		return ts.added[0], true, nil
	case len(ts.added) == 0 || ts.head[ts.next].before(ts.added[0]):
		return ts.head[ts.next], true, nil
	}
	return ts.added[0], true, nil
}

// fill sees to it that the first committed entry is in head.
func (ts *timers) fill(read func(after timer, n int) ([]timer, error)) error {
	if ts.next < len(ts.head) || ts.complete {
		return nil
	}
	more, err := read(ts.end, refill)
	if err != nil {
		return err
	}
	if len(more) < refill {
		ts.complete = true
	} else {
		ts.end = more[len(more)-1]
	}
	ts.head = append(ts.head, more...)
	return nil
}

// pop takes out the entry that peek gave.
func (ts *timers) pop(t timer) {
	if ts.next < len(ts.head) && ts.head[ts.next] == t {
		ts.next++
	}
	for len(ts.added) > 0 && ts.added[0] == t {
		heap.Pop(&ts.added)
	}
}

// park keeps an entry that was popped, or would have been, in the database.
func (ts *timers) park(t timer) {
	ts.parked = append(ts.parked, t)
	ts.lastParked = max(ts.lastParked, t.due)
}

// passed tells that an entry may not be found from here on: it may be parked, or it comes
// before all that will be found. An entry that comes to head later may be earlier than
// parked ones, so the order alone does not tell these.
func (ts *timers) passed(t timer) bool {
	if t.due <= ts.lastParked {
		return true
	}
	if ts.next < len(ts.head) {
		return t.before(ts.head[ts.next])
	}
	return ts.complete || !ts.end.before(t)
}

// rescan finds parked entries again. No transaction may be under way.
func (ts *timers) rescan() {
	clear(ts.head)
	none := newTimers()
	ts.head, ts.next, ts.end, ts.complete, ts.lastParked = ts.head[:0], 0, none.end, false, none.lastParked
}

// write adds the transaction's changes to a batch. Deletions come first: an
// entry may be popped and then added again, or parked. In order, as a memtable
// takes what lies beside the entry before at a fraction of the cost.
func (ts *timers) write(batch *pebble.Batch, task TaskID) error {
	slices.SortFunc(ts.added, timer.compare) // what is in order is a heap too
	var buf [128]byte
	for _, t := range ts.head[:ts.next] {
		if err := batch.Delete(appendTimerKey(buf[:0], task, t), nil); err != nil {
			return err
		}
	}
	for _, entries := range [][]timer{ts.added, ts.parked} {
		for _, t := range entries {
			if err := batch.Set(appendTimerKey(buf[:0], task, t), nil, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// commit says that what write wrote, and put in order, is in the database.
func (ts *timers) commit() {
	if ts.next == 0 && len(ts.added) == 0 && len(ts.parked) == 0 {
		return
	}
	near := ts.added
	if !ts.complete {
		near = near[:sort.Search(len(near), func(i int) bool { return ts.end.before(near[i]) })]
	}
	merged := merge(ts.spare[:0], ts.head[ts.next:], near)
	clear(ts.head)
	ts.head, ts.spare = merged, ts.head[:0]
	ts.discard()
	if len(ts.head) > mostHead {
		clear(ts.head[refill:])
		ts.head = ts.head[:refill]
		ts.end, ts.complete = ts.head[refill-1], false
	}
}

// merge appends two sorted lists to dst, in order and without repetitions.
func merge(dst, a, b []timer) []timer {
	for len(a) > 0 || len(b) > 0 {
		var t timer
		if len(b) == 0 || len(a) > 0 && a[0].before(b[0]) {
			t, a = a[0], a[1:]
		} else {
			t, b = b[0], b[1:]
		}
		if len(dst) == 0 || dst[len(dst)-1] != t {
			dst = append(dst, t)
		}
	}
	return dst
}

// discard forgets the transaction's changes.
func (ts *timers) discard() {
	ts.next = 0
	clear(ts.added)
	clear(ts.parked)
	ts.added, ts.parked = ts.added[:0], ts.parked[:0]
}

// readTimers reads the committed entries after one, at most n.
func (s *Store) readTimers(task TaskID, after timer, n int) ([]timer, error) {
	from := append(appendTimerKey(nil, task, after), 0)
	iter, err := s.db.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: appendPrefix(nil, task, timerKind+1)})
	if err != nil {
		return nil, fmt.Errorf("read timers: %w", err)
	}
	var all []timer
	for ok := iter.First(); ok && len(all) < n; ok = iter.Next() {
		t, err := parseTimerKey(iter.Key())
		if err != nil {
			iter.Close()
			return nil, err
		}
		all = append(all, t)
	}
	if err := iter.Close(); err != nil {
		return nil, fmt.Errorf("read timers: %w", err)
	}
	return all, nil
}

func (t timer) compare(u timer) int {
	switch {
	case t.before(u):
		return -1
	case t == u:
		return 0
	}
	return 1
}

// timerHeap is a container/heap with the first entry on top.
type timerHeap []timer

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].before(h[j]) }
func (h timerHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *timerHeap) Push(t any)        { *h = append(*h, t.(timer)) }
func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = timer{}
	*h = (*h)[:last]
	return t
}

// Due is an entry of the timer index: the customer has to be looked at, not
// earlier than At on the task's clock.
type Due struct {
	At      schemas.Time
	Subject string
}
