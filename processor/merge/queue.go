package merge

import (
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// Item is one buffered record.
type Item[T any] struct {
	// Time is what the record's event time counts as (see Counts). Waits of its
	// customer with due + grace < Time end before it is processed.
	Time schemas.Time
	// Rank orders equal times: SourceRank of the record's source, also where it
	// was forwarded, MailRank for mail. Push and Forward set it.
	Rank uint64
	// ID orders what is equal in time and rank and comes from different logs: by
	// length, then by bytes. Within a log the log's order counts.
	ID     string
	Offset int64
	Bytes  int // what it holds in memory, for the bound of the buffer
	// Place is of mail, and of records that were forwarded without marks: what the first cause
	// was in the order of the task that read it, see package rounds. The Merge carries it along.
	Place   schemas.Time
	Payload T
}

// MailRank orders mail behind all records of sources with the same time.
const MailRank = 1<<64 - 1

// SourceRank is the rank of a record of the source with that index.
func SourceRank(source int) uint64 { return uint64(source) }

// queue is a first-in first-out ring of items of one log, or, where it is sorted, a heap.
type queue[T any] struct {
	log  int
	gate bool  // while it is empty, unread records of it hold others back
	next int64 // offset after the last item taken; lower ones are dropped, but those left

	sorted bool         // by time, not as in the log
	again  bool         // of sorted: what was taken is not known; it is buffered once more when the log is read again
	left   []state.Span // before next, of items that were not taken as of the snapshot; ascending

	ring    []Item[T] // length a power of two, or 0; of a heap, the first n
	head, n int

	coming int // of n, how many Coming has given out
	taken  int // since Coming
}

func (q *queue[T]) first() *Item[T] { return &q.ring[q.head] }

// push tells whether the item is the first one now.
func (q *queue[T]) push(it Item[T]) (first bool) {
	if q.n == len(q.ring) {
		q.grow()
	}
	q.ring[(q.head+q.n)&(len(q.ring)-1)] = it
	q.n++
	if q.sorted {
		return q.rise()
	}
	return q.n == 1
}

// passed tells whether an item was taken before the snapshot.
func (q *queue[T]) passed(offset int64) bool {
	if offset >= q.next {
		return false
	}
	_, left := slices.BinarySearchFunc(q.left, offset, state.Span.Compare)
	return !left
}

// lowest is the lowest offset of its items; it has any.
func (q *queue[T]) lowest() int64 {
	low := q.first().Offset
	for i := 1; q.sorted && i < q.n; i++ {
		low = min(low, q.ring[i].Offset)
	}
	return low
}

// leftOf lists what was not taken before next, where the log was read up to position.
func (q *queue[T]) leftOf(position int64) (left []state.Span) {
	if !q.sorted || q.again {
		return nil
	}
	var offsets []int64
	for i := range q.n {
		if o := q.ring[i].Offset; o < q.next {
			offsets = append(offsets, o)
		}
	}
	slices.Sort(offsets)
	for _, o := range offsets {
		if n := len(left); n > 0 && left[n-1].Last == o-1 {
			left[n-1].Last = o
		} else {
			left = append(left, state.Span{First: o, Last: o})
		}
	}
	for len(q.left) > 0 && q.left[0].Last < position {
		q.left = q.left[1:]
	}
	if len(q.left) > 0 {
		q.left[0].First = max(q.left[0].First, position)
	}
	return append(left, q.left...)
}

// pop removes the first item and lets go of its payload.
func (q *queue[T]) pop() (offset int64, bytes int) {
	it := &q.ring[q.head]
	offset, bytes = it.Offset, it.Bytes
	q.n--
	if q.sorted {
		q.ring[0], q.ring[q.n] = q.ring[q.n], Item[T]{}
		q.sink()
	} else {
		*it = Item[T]{}
		q.head = (q.head + 1) & (len(q.ring) - 1)
		q.coming = max(0, q.coming-1)
		q.taken++
	}
	if !q.again {
		q.next = max(q.next, offset+1)
	}
	return offset, bytes
}

// rise puts the last item of a heap in its place, and tells whether that is the first.
func (q *queue[T]) rise() (first bool) {
	i := q.n - 1
	for ; i > 0 && q.ring[i].precedes(&q.ring[(i-1)/2]); i = (i - 1) / 2 {
		q.ring[i], q.ring[(i-1)/2] = q.ring[(i-1)/2], q.ring[i]
	}
	return i == 0
}

// sink puts the first item of a heap in its place.
func (q *queue[T]) sink() {
	for i := 0; ; {
		least := i
		for down := 2*i + 1; down <= 2*i+2 && down < q.n; down++ {
			if q.ring[down].precedes(&q.ring[least]) {
				least = down
			}
		}
		if least == i {
			return
		}
		q.ring[i], q.ring[least] = q.ring[least], q.ring[i]
		i = least
	}
}

// precedes is the order of mail: what is of one time is in the order of the log.
func (it *Item[T]) precedes(other *Item[T]) bool {
	return it.Time < other.Time || it.Time == other.Time && it.Offset < other.Offset
}

func (q *queue[T]) grow() {
	ring := make([]Item[T], max(16, 2*len(q.ring)))
	for i := range q.n {
		ring[i] = q.ring[(q.head+i)&(len(q.ring)-1)]
	}
	q.ring, q.head = ring, 0
}
