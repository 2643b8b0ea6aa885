package processor

import (
	"context"
	"sync"
)

// claims keep two lanes of one process from writing the same task's part of
// the store at once: a task that moves is claimed by its new lane only after
// the old one has let go.
type claims struct {
	mu    sync.Mutex
	taken map[int32]chan struct{} // closed when the task is let go
}

// claim waits until nobody holds the task and takes it. release lets go; it
// may be called more than once.
func (c *claims) claim(ctx context.Context, task int32) (release func(), err error) {
	for {
		release, held := c.try(task)
		if release != nil {
			return release, nil
		}
		select {
		case <-held:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// try takes a task that nobody holds. Where somebody does release is nil, and held is
// closed when the task is let go.
func (c *claims) try(task int32) (release func(), held <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if held, ok := c.taken[task]; ok {
		return nil, held
	}
	mine := make(chan struct{})
	if c.taken == nil {
		c.taken = make(map[int32]chan struct{})
	}
	c.taken[task] = mine
	return sync.OnceFunc(func() {
		c.mu.Lock()
		delete(c.taken, task)
		c.mu.Unlock()
		close(mine)
	}), nil
}
