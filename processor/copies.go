package processor

import (
	"errors"
	"fmt"

	"github.com/beckon-io/beckon/state/store"
)

// dropCopies takes off the disk what could not be gone on from: copies of tasks that
// moved to other processes so long ago that they would be read anew if they came back.
// Customers who were erased since then are still in them.
func (p *Processor) dropCopies() error {
	tasks, err := p.cfg.Store.Tasks()
	for _, task := range tasks {
		err = errors.Join(err, p.dropCopy(task))
	}
	return err
}

// dropCopy drops the copy of one task, unless a lane has the task or could go on from
// the copy.
func (p *Processor) dropCopy(task store.TaskID) error {
	release, _ := p.claims.try(int32(task))
	if release == nil {
		return nil
	}
	defer release()
	local, _, err := p.cfg.Store.Meta(task)
	if err != nil {
		return fmt.Errorf("local copy of task %d: %w", task, err)
	}
	why := p.fresh(&local)
	if why == nil {
		return nil
	}
	p.cfg.Log.Info("local copy of a task that moved away is dropped", "task", task, "why", why)
	return p.cfg.Store.DropTask(task)
}
