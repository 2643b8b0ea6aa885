package store

import (
	"fmt"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// Task is one task's state as its lane works on it: what is committed, and over
// it what the current transaction has done. It belongs to one goroutine at a
// time.
//
// A transaction begins by itself. In it, for every event, due wait and mail:
//
//	c, err := task.Customer(subject)      // or task.PopDue(limit)
//	effects := engine.Apply(c, …)         // edits c in place
//	if c.Err() != nil { discard, stop the task }
//	task.Arm(c, effects.Wake)
//
// Reads see what the same transaction has written. To end it:
//
//	records, err := task.Seal(nil)        // for the changelog; no edits from here on
//	produce records and the commit record, commit
//	committed:  store.Apply(Update{task, meta})
//	aborted:    task.Discard()
//
// and where it is not known which: find out first. Either drops the decoded
// customers. What is kept in memory is their records: one piece of memory each,
// which costs less to read through than a decoded customer costs to chase, and
// nothing to collect.
type Task struct {
	id     TaskID
	s      *Store
	src    sections
	meta   state.Meta
	timers timers

	change  int             // of the number of customers that wait, as sealed
	held    map[string]held // touched by the current transaction
	touched []held          // in the order of the first touch
	spare   []*state.Customer
	sealed  []Record
	enc     state.Encoder
	changes []state.Change
}

// held is a customer that the current transaction has touched.
type held struct {
	c   *state.Customer
	key string // of the core record in the database
}

// Record is a changelog record: key and value as in package state, a nil value
// being a tombstone. The slices are not touched again and may be kept.
type Record struct {
	Key, Value []byte

	key string // in the database: the task, then Key
}

// Task opens a task, which must have been restored. A task is open once at a
// time; Close it before another lane, or a Restore, may have it.
func (s *Store) Task(id TaskID) (*Task, error) {
	if err := s.Err(); err != nil {
		return nil, err
	}
	meta, _, err := s.Meta(id)
	if err != nil {
		return nil, fmt.Errorf("open task %d: %w", id, err)
	}
	t := &Task{id: id, s: s, src: sections{s, id, s.pendingOf(id), true}, meta: meta, timers: newTimers(), held: make(map[string]held)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[id] != nil {
		return nil, fmt.Errorf("open task %d: it is open already", id)
	}
	s.open[id] = t
	s.opened.Add(1)
	return t, nil
}

// Close forgets what is in memory, uncommitted edits too. Safe to call twice.
func (t *Task) Close() {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	if t.s.open[t.id] == t {
		delete(t.s.open, t.id)
		t.s.opened.Add(-1)
	}
	t.held, t.timers, t.touched, t.sealed, t.spare = make(map[string]held), newTimers(), nil, nil, nil
}

// ID is the task's number.
func (t *Task) ID() TaskID { return t.id }

// Meta is the committed one, zero for a task without any state. The caller does
// not change its slices.
func (t *Task) Meta() state.Meta { return t.meta }

// Customer is the customer to read and edit, a new one if nothing is known. It
// is valid until the end of the transaction. An error is of the disk,
// state.ErrCorrupt or state.ErrNewer; the task cannot go on.
func (t *Task) Customer(subject string) (*state.Customer, error) {
	if h, ok := t.held[subject]; ok {
		return h.c, nil
	}
	h := held{c: t.blank(), key: sectionKey(t.id, state.CoreSection, subject)}
	record, err := t.src.read(h.key)
	if err == nil {
		err = h.c.Reload(h.key[subjectAt:], record, &t.src)
	}
	if err != nil {
		return nil, fmt.Errorf("task %d: %w", t.id, err)
	}
	if wake := h.c.Wake(); wake != 0 && t.timers.passed(timer{wake, subject}) {
		h.c.SetArmed(0) // parked
	}
	t.held[h.c.Subject] = h
	t.touched = append(t.touched, h)
	return h.c, nil
}

// maxSpare bounds the decoded customers that wait to be used again.
const maxSpare = 4096

// blank is a Customer to load into, one of an earlier transaction if there is
// one.
func (t *Task) blank() *state.Customer {
	last := len(t.spare) - 1
	if last < 0 {
		return new(state.Customer)
	}
	c := t.spare[last]
	t.spare = t.spare[:last]
	return c
}

// Arm sees to it that the timer index has an entry for the customer at or
// before wake, zero for never. Call it with each Effects.Wake: it may be later
// than the earliest due of the runs, where one of these cannot go on now.
//
// An entry is not moved when the wake moves later, only looked at when it is
// popped: that saves two writes for each change of a cart.
func (t *Task) Arm(c *state.Customer, wake schemas.Time) {
	c.SetWake(wake)
	if armed := c.Armed(); wake == 0 || armed != 0 && armed <= wake {
		return
	}
	t.timers.add(timer{wake, c.Subject})
	c.SetArmed(wake)
}

// Park is Arm for a customer of whose runs some are due, the first of them at
// parked, and cannot go on until something changes that no clock brings about;
// wake is for its other runs. The customer is found at parked again after
// Rescan, or when the task is opened.
func (t *Task) Park(c *state.Customer, parked, wake schemas.Time) {
	c.SetWake(parked)
	c.SetArmed(0)
	t.timers.park(timer{parked, c.Subject})
	if wake != 0 {
		t.timers.add(timer{wake, c.Subject})
		c.SetArmed(wake)
	}
}

// Rescan makes parked customers due again. No transaction may be under way.
func (t *Task) Rescan() { t.timers.rescan() }

// NextDue is the first entry of the timer index, ok false if there is none. The
// customer's Wake may be later; PopDue sorts that out. It costs next to
// nothing and may be asked before every event.
func (t *Task) NextDue() (due Due, ok bool, err error) {
	first, ok, err := t.timers.peek(t.readTimers)
	return Due{first.due, first.subject}, ok, err
}

// PopDue takes out the first customer, in the order of (Wake, subject), whose
// Wake is at or before limit, nil if there is none. The caller lets the waits
// of that instant end and then arms or parks the customer. The instant is later
// than the Wake only where some of the customer's runs are parked.
func (t *Task) PopDue(limit schemas.Time) (c *state.Customer, due schemas.Time, err error) {
	for {
		first, ok, err := t.timers.peek(t.readTimers)
		if err != nil || !ok || first.due > limit {
			return nil, 0, err
		}
		c, err := t.Customer(first.subject)
		if err != nil {
			return nil, 0, err
		}
		t.timers.pop(first)
		c.SetArmed(0)
		wake := c.Wake()
		if err := c.Err(); err != nil {
			return nil, 0, fmt.Errorf("task %d: %w", t.id, err)
		}
		if wake != 0 && wake <= first.due {
			return c, first.due, nil
		}
		t.Arm(c, wake)
	}
}

func (t *Task) readTimers(after timer, n int) ([]timer, error) {
	return t.s.readTimers(t.id, after, n)
}

// Touched tells whether the current transaction has handed out any customer.
func (t *Task) Touched() bool { return len(t.touched) > 0 }

// Seal ends the editing and appends the transaction's changelog records to dst,
// without the commit record. An error says that a customer could not be read;
// then only Discard is left.
func (t *Task) Seal(dst []Record) ([]Record, error) {
	t.sealed, t.change = t.sealed[:0], 0
	for _, h := range t.touched {
		if !h.c.Settled() {
			t.Arm(h.c, h.c.Wake())
		}
		t.change += h.c.WaitChange()
		t.changes = h.c.Changes(&t.enc, t.changes[:0])
		if err := h.c.Err(); err != nil {
			return dst, fmt.Errorf("task %d: %w", t.id, err)
		}
		for _, change := range t.changes {
			key := h.key
			if change.Section != state.CoreSection {
				key = sectionKey(t.id, change.Section, h.c.Subject)
			}
			t.sealed = append(t.sealed, Record{bytesOf(key)[2:], change.Value, key})
		}
	}
	return append(dst, t.sealed...), nil
}

// Waiting is how many customers will have a wait ahead of them once what was
// sealed is committed, for the commit record.
func (t *Task) Waiting() uint64 { return uint64(max(0, int64(t.meta.Waiting)+int64(t.change))) }

// Discard forgets the current transaction: its edits, its timers, and every
// customer it has touched.
func (t *Task) Discard() {
	t.end()
	t.timers.discard()
}

// applied makes the current transaction the committed state.
func (t *Task) applied(meta state.Meta) {
	t.end()
	t.timers.commit()
	t.meta = meta
}

func (t *Task) end() {
	for _, h := range t.touched {
		if len(t.spare) < maxSpare {
			t.spare = append(t.spare, h.c)
		}
	}
	clear(t.held)
	clear(t.touched)
	clear(t.sealed)
	t.touched, t.sealed = t.touched[:0], t.sealed[:0]
}
