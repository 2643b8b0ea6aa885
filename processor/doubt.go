package processor

import (
	"bytes"
	"sync"

	"github.com/beckon-io/beckon/state"
)

// doubts are the transactions of this process that ended in doubt and whose
// tasks were not restored since. They are kept so that what they did is counted
// once, if they did it.
type doubts struct {
	mu     sync.Mutex
	byTask map[int32]doubt
}

type doubt struct {
	commit []byte // the commit record that the transaction wrote for the task
	seq    uint64
	batch  *Batch // the same for all tasks of the transaction
}

// add takes over the batch and what it points to.
func (d *doubts) add(b *Batch, parts []sealed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.byTask == nil {
		d.byTask = make(map[int32]doubt)
	}
	for _, s := range parts {
		d.byTask[s.t.id] = doubt{s.commit.Append(nil), s.commit.Seq, b}
	}
}

// settle tells what became of the transaction in doubt that was the task's
// last, if there is one: a restore has found the task at a commit record. It is
// nil for all tasks of the transaction but the first, and where another process
// has been at work since.
func (d *doubts) settle(task int32, at *state.Commit) *Batch {
	d.mu.Lock()
	defer d.mu.Unlock()
	mine, ok := d.byTask[task]
	delete(d.byTask, task)
	if !ok || mine.batch.Resolved || at.Seq > mine.seq {
		return nil
	}
	mine.batch.Resolved, mine.batch.Outcome = true, Aborted
	if bytes.Equal(at.Append(nil), mine.commit) {
		mine.batch.Outcome = Committed
	}
	return mine.batch
}
