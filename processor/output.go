package processor

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/schemas"
)

// output is what one transaction will produce: records that point into slabs
// which the next transaction uses again. Nothing is sent before the lane
// flushes its client, so a broker sees few large batches instead of one per
// record.
//
// Only the lane's goroutine adds; promises come back on the client's.
type output struct {
	cl    *kgo.Client
	now   time.Time // what records are stamped with; the client would read the clock for each
	n     int       // records in use
	bytes int       // keys and values, about

	arena  []byte // keys and values
	header []schemas.Header

	promise func(*kgo.Record, error) // done, bound once: a method value takes memory each time

	mu       sync.Mutex
	slabs    []*recordSlab // grown under mu: a record that is too large fails while others are added
	failed   error
	culprits []culprit // of the records that failed
}

// culprit is an input and how large the record is that it led to.
type culprit struct {
	cause
	bytes int
}

func (c cause) poison() poison {
	if c.in == nil {
		return poison{command: c.command}
	}
	return poison{partition: c.in.partition, offset: c.offset}
}

const (
	slabRecords  = 512
	maxIdleArena = 32 << 20 // kept from one transaction to the next
)

type recordSlab struct {
	records [slabRecords]kgo.Record
	causes  [slabRecords]cause
}

// cause is the input that led to a record, to find what must be set aside when
// a record is refused, or the command that a wait led to. The zero cause is none: what
// else a wait leads to, or the bookkeeping.
type cause struct {
	in      *input
	offset  int64
	command schemas.CommandID // of a wait
}

// origin is what led to a command, for traces and metrics too.
type origin struct {
	cause
	source   *source      // of the event; nil: mail or a wait
	appended schemas.Time // of the event; 0: not known, or none
	wait     int          // see Moment
	place    schemas.Time // see mailbox.Message
}

func (o *output) reset(cl *kgo.Client) {
	if o.promise == nil {
		o.promise = o.done
	}
	for i := range o.n {
		o.slabs[i/slabRecords].records[i%slabRecords] = kgo.Record{}
	}
	o.cl, o.n, o.bytes, o.failed, o.culprits = cl, 0, 0, nil, nil
	o.arena = o.arena[:0]
	clear(o.header)
	o.header = o.header[:0]
	if cap(o.arena) > maxIdleArena {
		o.arena, o.header = nil, nil
	}
}

// next is an empty record to fill and pass to send.
func (o *output) next() *kgo.Record {
	if o.n == len(o.slabs)*slabRecords {
		o.mu.Lock()
		o.slabs = append(o.slabs, new(recordSlab))
		o.mu.Unlock()
	}
	return &o.slabs[o.n/slabRecords].records[o.n%slabRecords]
}

// send hands the record of the last next to the client. Its key, value and
// headers must stay unchanged until the transaction has ended.
func (o *output) send(r *kgo.Record, c cause) {
	if o.n == 0 {
		if err := o.cl.BeginTransaction(); err != nil {
			o.fail(fmt.Errorf("begin transaction: %w", err), culprit{})
		}
	}
	o.slabs[o.n/slabRecords].causes[o.n%slabRecords] = c
	o.n++
	o.bytes += len(r.Key) + len(r.Value) + 64
	r.Timestamp = o.now
	o.cl.Produce(context.Background(), r, o.promise)
}

// done collects every promise: a transaction with one failed record must not
// be committed, and the client would commit what succeeded.
func (o *output) done(r *kgo.Record, err error) {
	if err == nil {
		return
	}
	o.fail(fmt.Errorf("produce to %s/%d: %w", r.Topic, r.Partition, err), culprit{o.causeOf(r), bytesOf(r)})
}

func (o *output) fail(err error, c culprit) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failed == nil {
		o.failed = err
	}
	if c.cause != (cause{}) {
		o.culprits = append(o.culprits, c)
	}
}

func bytesOf(r *kgo.Record) int {
	n := len(r.Key) + len(r.Value)
	for _, h := range r.Headers {
		n += len(h.Key) + len(h.Value)
	}
	return n
}

func (o *output) causeOf(r *kgo.Record) cause {
	o.mu.Lock()
	slabs := o.slabs
	o.mu.Unlock()
	for _, s := range slabs {
		for i := range s.records {
			if &s.records[i] == r {
				return s.causes[i]
			}
		}
	}
	return cause{}
}

// err is the first failure and what caused the records; call it after a flush.
func (o *output) err() ([]culprit, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.culprits, o.failed
}
