package merge

import "github.com/beckon-io/beckon/schemas"

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
	ID      string
	Offset  int64
	Bytes   int // what it holds in memory, for the bound of the buffer
	Payload T
}

// MailRank orders mail behind all records of sources with the same time.
const MailRank = 1<<64 - 1

// SourceRank is the rank of a record of the source with that index.
func SourceRank(source int) uint64 { return uint64(source) }

// queue is a first-in first-out ring of items of one log.
type queue[T any] struct {
	log  int
	gate bool  // while it is empty, unread records of it hold others back
	next int64 // offset after the last item taken; lower ones are dropped

	// sorted: by time, not as in the log. What was taken is not known by an offset then:
	// it is buffered once more when the log is read again.
	sorted bool

	ring    []Item[T] // length a power of two, or 0
	head, n int

	coming int // of n, how many Coming has given out
	taken  int // since Coming
}

func (q *queue[T]) first() *Item[T] { return &q.ring[q.head] }

func (q *queue[T]) push(it Item[T]) {
	if q.n == len(q.ring) {
		q.grow()
	}
	q.ring[(q.head+q.n)&(len(q.ring)-1)] = it
	q.n++
	for i := q.n - 1; q.sorted && i > 0; i-- {
		last, before := &q.ring[(q.head+i)&(len(q.ring)-1)], &q.ring[(q.head+i-1)&(len(q.ring)-1)]
		if before.Time <= last.Time {
			break
		}
		*last, *before = *before, *last
	}
}

// lowest is the lowest offset of its items; it has any.
func (q *queue[T]) lowest() int64 {
	low := q.first().Offset
	for i := 1; q.sorted && i < q.n; i++ {
		low = min(low, q.ring[(q.head+i)&(len(q.ring)-1)].Offset)
	}
	return low
}

// pop removes the first item and lets go of its payload.
func (q *queue[T]) pop() (offset int64, bytes int) {
	it := &q.ring[q.head]
	offset, bytes = it.Offset, it.Bytes
	*it = Item[T]{}
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.n--
	q.coming = max(0, q.coming-1)
	q.taken++
	if !q.sorted {
		q.next = offset + 1
	}
	return offset, bytes
}

func (q *queue[T]) grow() {
	ring := make([]Item[T], max(16, 2*len(q.ring)))
	for i := range q.n {
		ring[i] = q.ring[(q.head+i)&(len(q.ring)-1)]
	}
	q.ring, q.head = ring, 0
}
