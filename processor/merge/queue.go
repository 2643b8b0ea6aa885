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
	q.next = offset + 1
	return offset, bytes
}

func (q *queue[T]) grow() {
	ring := make([]Item[T], max(16, 2*len(q.ring)))
	for i := range q.n {
		ring[i] = q.ring[(q.head+i)&(len(q.ring)-1)]
	}
	q.ring, q.head = ring, 0
}
