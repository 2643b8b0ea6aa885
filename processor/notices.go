package processor

import (
	"context"
	"sync"
	"time"
)

// notices are what other goroutines want done on a lane's goroutine: partitions
// came or went, a restore is finished, logs were asked for their ends, somebody
// wants to see a customer. In order of arrival, each exactly once.
type notices struct {
	mu     sync.Mutex
	queue  []func()
	wake   context.CancelFunc // of the poll under way, nil between polls
	closed bool
}

// post queues fn and cuts the lane's poll short. It is false once the lane is
// gone; fn will not run then.
func (n *notices) post(fn func()) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return false
	}
	n.queue = append(n.queue, fn)
	if n.wake != nil {
		n.wake()
	}
	return true
}

// run does everything queued.
func (n *notices) run() {
	n.mu.Lock()
	todo := n.queue
	n.queue = nil
	n.mu.Unlock()
	for _, fn := range todo {
		fn()
	}
}

// patience is a context for one poll: it ends after d, with ctx, or at the next
// notice.
func (n *notices) patience(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, d)
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.queue) > 0 {
		cancel()
	}
	n.wake = cancel
	return ctx, func() {
		n.mu.Lock()
		n.wake = nil
		n.mu.Unlock()
		cancel()
	}
}

// close refuses what comes later. What is queued is still done: somebody waits
// for an answer, or a restored task has to be let go of.
func (n *notices) close() {
	n.mu.Lock()
	n.closed = true
	n.mu.Unlock()
	n.run()
}
