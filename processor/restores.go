package processor

import (
	"context"
	"sync"
	"sync/atomic"
)

// progress is how far a restore has come. One goroutine writes, any reads.
type progress struct {
	from, at, to atomic.Int64 // changelog offsets

	task int
	tell func(task int, at, to int64) // nil: nobody is told
}

// reach notes a position.
func (p *progress) reach(at int64) {
	p.at.Store(at)
	if p.tell != nil {
		p.tell(p.task, at, p.to.Load())
	}
}

func (p *progress) health() RestoreHealth {
	if p == nil {
		return RestoreHealth{}
	}
	at := p.at.Load()
	return RestoreHealth{Begun: true, Done: at - p.from.Load(), Left: max(0, p.to.Load()-at)}
}

// restores are the restores that run for a lane, so that a task that is taken
// away is let go of before another member works on it.
type restores struct {
	run func(context.Context, restoreJob) (restored, error)

	mu      sync.Mutex
	running map[int32]*restoreHandle
}

type restoreHandle struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// start restores a task in the background and reports to then, unless it was
// stopped: then whatever was restored is let go of. No restore of the task may run.
func (r *restores) start(ctx context.Context, job restoreJob, then func(restored, error) (taken bool)) {
	ctx, cancel := context.WithCancel(ctx)
	h := &restoreHandle{cancel, make(chan struct{})}
	r.mu.Lock()
	if r.running == nil {
		r.running = make(map[int32]*restoreHandle)
	}
	r.running[job.task] = h
	r.mu.Unlock()
	go func() {
		defer close(h.done)
		defer cancel()
		done, err := r.run(ctx, job)
		stopped := ctx.Err() != nil // looked at once: it may be stopped at any moment
		if taken := !stopped && then(done, err); err == nil && !taken {
			done.close()
		}
	}()
}

// stop ends the restore of a task, if one runs, and waits for it. It may be called
// twice at a time: each waits.
func (r *restores) stop(task int32) {
	r.mu.Lock()
	h := r.running[task]
	r.mu.Unlock()
	if h == nil {
		return
	}
	h.cancel()
	<-h.done
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running[task] == h {
		delete(r.running, task)
	}
}

func (r *restores) stopAll() {
	r.mu.Lock()
	tasks := make([]int32, 0, len(r.running))
	for t := range r.running {
		tasks = append(tasks, t)
	}
	r.mu.Unlock()
	for _, t := range tasks {
		r.stop(t)
	}
}

func (r *restored) close() {
	r.store.Close()
	r.release()
}
