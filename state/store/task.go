package store

import (
	"fmt"
	"slices"

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
//	task.Done(c)
//
// Reads see what the same transaction has written. To end it:
//
//	records, err := task.Seal(nil)        // for the changelog; no edits from here on
//	produce records and the commit record, commit
//	committed:  store.Apply(Update{task, meta})
//	aborted:    task.Discard()
//
// and where it is not known which: find out first.
//
// A customer is encoded when its event is done, not at the end of the
// transaction: thousands of decoded customers would have left the processor's
// caches by then. So hardly more than one is decoded at a time, always in the
// same place.
type Task struct {
	id      TaskID
	s       *Store
	records *records
	meta    state.Meta
	timers  timers

	change  int                        // of the number of customers that wait
	last    *state.Customer            // handed out last and not done, mostly the only one
	out     map[string]*state.Customer // the others that are not done
	order   []*state.Customer          // the same, in the order in which they were handed out
	spare   []*state.Customer
	key     []byte
	page    []byte // that patches are kept in; what was put there stays
	enc     state.Encoder
	changes []state.Change

	near    []uint64 // reused by Prefetch
	nearest timer    // the last one that it has seen
}

// Record is a changelog record: key and value as in package state, a nil value
// being a tombstone. The slices are not touched again and may be kept.
type Record struct{ Key, Value []byte }

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
	t := &Task{id: id, s: s, meta: meta, timers: newTimers(), out: make(map[string]*state.Customer)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[id] != nil {
		return nil, fmt.Errorf("open task %d: it is open already", id)
	}
	t.records = s.lockedRecordsOf(id) // as one step: those of a task that is not open may be forgotten
	s.open[id] = t
	s.opened.Add(1)
	return t, nil
}

// Close forgets what is in memory, uncommitted edits too. Safe to call twice.
func (t *Task) Close() {
	t.s.mu.Lock()
	closed := t.s.open[t.id] != t
	if !closed {
		delete(t.s.open, t.id)
		t.s.opened.Add(-1)
	}
	t.s.mu.Unlock()
	if !closed {
		t.Discard()
		t.timers, t.spare = newTimers(), nil
	}
}

// ID is the task's number.
func (t *Task) ID() TaskID { return t.id }

// Meta is the committed one, zero for a task without any state. The caller does
// not change its slices.
func (t *Task) Meta() state.Meta { return t.meta }

// Customer is the customer to read and edit, a new one if nothing is known. It
// is valid until Done, else until the end of the transaction. An error is of the
// disk, state.ErrCorrupt or state.ErrNewer; the task cannot go on.
func (t *Task) Customer(subject string) (*state.Customer, error) {
	if c := t.held(subject); c != nil {
		return c, nil
	}
	key, record, err := t.read(state.CoreSection, subject)
	c := t.blank()
	if err == nil {
		err = c.Reload(text(key[subjectAt:]), text(record), t)
	}
	if err != nil {
		return nil, fmt.Errorf("task %d: %w", t.id, err)
	}
	if wake := c.Wake(); wake != 0 && t.timers.passed(timer{wake, subject}) {
		c.SetArmed(0) // it may be parked
	}
	t.setAside()
	t.last = c
	return c, nil
}

// setAside puts the customer who was handed out last with the others.
func (t *Task) setAside() {
	if l := t.last; l != nil {
		t.out[l.Subject] = l
		t.order = append(t.order, l)
		t.last = nil
	}
}

// held is a customer who is handed out, nil if this one is not.
func (t *Task) held(subject string) *state.Customer {
	if t.last != nil && t.last.Subject == subject {
		return t.last
	}
	return t.out[subject]
}

// Knows tells whether there is anything of a subject, for next to nothing.
func (t *Task) Knows(subject string) (bool, error) {
	if c := t.held(subject); c != nil {
		return !c.Empty(), nil
	}
	_, record, err := t.read(state.CoreSection, subject)
	if err != nil {
		return false, fmt.Errorf("task %d: %w", t.id, err)
	}
	return record != nil, nil
}

// ReadSection is for customers: a section that lives under a key of its own.
func (t *Task) ReadSection(subject string, s state.Section) (string, error) {
	_, v, err := t.read(s, subject)
	return text(v), err
}

// read is what the transaction sees of a section, nil if there is none, and the
// section's key, which stays as it is too.
func (t *Task) read(s state.Section, subject string) (key, value []byte, err error) {
	t.key = appendSectionKey(t.key[:0], t.id, s, subject)
	hash := hashOf(t.key)
	e := t.records.find(hash, t.key)
	if e == nil {
		v, err := t.s.find(t.key)
		if err != nil {
			return nil, nil, err
		}
		e = t.records.keep(hash, t.key, v, t.s.share())
	}
	return e.key(), e.value(), nil
}

// maxSpare bounds the decoded customers that wait to be used again.
const maxSpare = 64

// blank is a Customer to load into, the one last used if there is one.
func (t *Task) blank() *state.Customer {
	last := len(t.spare) - 1
	if last < 0 {
		return new(state.Customer)
	}
	c := t.spare[last]
	t.spare = t.spare[:last]
	return c
}

// Done takes over what was edited of a customer, who is not to be used any more.
// An error says that a part of the customer could not be read; then only
// Discard is left.
func (t *Task) Done(c *state.Customer) error {
	if err := t.take(c); err != nil {
		return err
	}
	if c == t.last {
		t.last = nil
	} else {
		delete(t.out, c.Subject)
		at := slices.Index(t.order, c)
		t.order = slices.Delete(t.order, at, at+1)
	}
	t.free(c)
	return nil
}

func (t *Task) free(c *state.Customer) {
	if len(t.spare) < maxSpare {
		t.spare = append(t.spare, c)
	}
}

// take writes what was edited of a customer.
func (t *Task) take(c *state.Customer) error {
	if !c.Settled() {
		t.Arm(c, c.Wake())
	}
	t.change += c.WaitChange()
	t.changes = c.Changes(&t.enc, t.changes[:0])
	if err := c.Err(); err != nil {
		return fmt.Errorf("task %d: %w", t.id, err)
	}
	most := t.s.share()
	t.records.mu.Lock()
	defer t.records.mu.Unlock()
	for _, change := range t.changes {
		t.key = appendSectionKey(t.key[:0], t.id, change.Section, c.Subject)
		t.records.writePatched(t.key, change.Value, t.patch(&change, c.Subject), most)
	}
	return nil
}

// patch keeps what the changelog gets of a change, and gives its number, 0 where it is the
// change itself.
func (t *Task) patch(change *state.Change, subject string) int {
	if change.Patch == nil {
		return 0
	}
	const page = 64 << 10
	if size := 1 + len(subject) + len(change.Patch); cap(t.page)-len(t.page) < size {
		t.page = make([]byte, 0, max(page, size))
	}
	from := len(t.page)
	t.page = state.AppendKey(t.page, change.Slot, subject)
	at := len(t.page)
	t.page = append(t.page, change.Patch...)
	return t.records.txn.add(Record{t.page[from:at:at], t.page[at:len(t.page):len(t.page)]})
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
		if err := t.Done(c); err != nil {
			return nil, 0, err
		}
	}
}

func (t *Task) readTimers(after timer, n int) ([]timer, error) {
	return t.s.readTimers(t.id, after, n)
}

// Seal ends the editing and appends the transaction's changelog records to dst,
// without the commit record. An error says that a customer could not be read;
// then only Discard is left.
func (t *Task) Seal(dst []Record) ([]Record, error) {
	t.setAside()
	for _, c := range t.order {
		if err := t.take(c); err != nil {
			return dst, err
		}
	}
	t.letGo()
	t.records.each(func(r Record) { dst = append(dst, r) })
	return dst, nil
}

// Waiting is how many customers will have a wait ahead of them once what was
// sealed is committed, for the commit record.
func (t *Task) Waiting() uint64 { return uint64(max(0, int64(t.meta.Waiting)+int64(t.change))) }

// Discard forgets the current transaction: its edits, its timers, and every
// customer it has handed out.
func (t *Task) Discard() {
	t.letGo()
	t.change = 0
	t.records.discard()
	t.timers.discard()
}

// applied makes the current transaction the committed state.
func (t *Task) applied(meta state.Meta) {
	t.change = 0
	t.timers.commit()
	t.meta = meta
}

// letGo ends the use of every customer that is handed out.
func (t *Task) letGo() {
	t.setAside()
	for _, c := range t.order {
		t.free(c)
	}
	clear(t.out)
	clear(t.order)
	t.order = t.order[:0]
}
