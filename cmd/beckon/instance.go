package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/beckon-io/beckon/console"
	"github.com/beckon-io/beckon/processor"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/state/store"
	"github.com/beckon-io/beckon/triggers/engine"
	"github.com/beckon-io/beckon/triggers/rule"
)

// maxLag is how far the clock of a task may be behind for the process to call
// itself ready.
const maxLag = time.Minute

// answerWithin is how long lanes may take to answer: they do not in the middle of a commit.
const answerWithin = 5 * time.Second

// instance shows a running process to the admin API.
type instance struct {
	processor *processor.Processor
	store     *store.Store
	rules     func() *rule.Set
	tasks     int
	started   atomic.Bool
}

var _ console.Instance = (*instance)(nil)

func (i *instance) Customer(ctx context.Context, id string) (*state.Customer, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	c, err := i.processor.Customer(ctx, id)
	if errors.Is(err, processor.ErrElsewhere) {
		return nil, console.ErrElsewhere
	}
	return c, err
}

func (i *instance) Rules() *rule.Set { return i.rules() }

func (i *instance) Product(customer, sku string) *state.Product {
	task := schemas.Partition([]byte(engine.HomeKey(customer)), int32(i.tasks))
	rec, err := i.store.Customer(store.TaskID(task), engine.Products+sku)
	if err != nil || rec.Entry().Product.At == 0 {
		return nil
	}
	return &rec.Entry().Product
}

// Live fails once the store has: then only a restart helps.
func (i *instance) Live(context.Context) error { return i.store.Err() }

// Ready fails while a task is being restored or is far behind.
func (i *instance) Ready(ctx context.Context) error {
	h, err := i.health(ctx)
	if err != nil {
		return err
	}
	if !h.Ready(maxLag) {
		return fmt.Errorf("not ready: %s", told(h))
	}
	return nil
}

// Started fails until all tasks were restored once.
func (i *instance) Started(ctx context.Context) error {
	if i.started.Load() {
		return nil
	}
	h, err := i.health(ctx)
	if err != nil {
		return err
	}
	if !h.Started() {
		return fmt.Errorf("not started: %s", told(h))
	}
	i.started.Store(true)
	return nil
}

func (i *instance) health(ctx context.Context) (processor.Health, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return i.processor.Health(ctx)
}

// told says what stands in the way.
func told(h processor.Health) string {
	if h.Joined < h.Lanes {
		return fmt.Sprintf("%d of %d lanes are in the group", h.Joined, h.Lanes)
	}
	if h.Failing > 0 {
		return fmt.Sprintf("the transactions of %d of %d lanes are refused again and again; the log says why", h.Failing, h.Lanes)
	}
	var worst time.Duration
	silent := 0
	for _, t := range h.Tasks {
		worst = max(worst, t.Behind)
		if t.Silent {
			silent++
		}
	}
	return fmt.Sprintf("%d of %d tasks restored, at most %v behind, %d tasks stopped by a silent source",
		h.Restored(), len(h.Tasks), worst.Round(time.Second), silent)
}
