package processor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/beckon-io/beckon/processor/balance"
	"github.com/beckon-io/beckon/processor/kafka"
	"github.com/beckon-io/beckon/processor/topics"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/state/store"
	"github.com/beckon-io/beckon/triggers/engine"
)

// TaskHealth is how one task of this process stands.
type TaskHealth struct {
	Task     int
	Lane     int
	Restored bool
	Seq      uint64
	Clock    schemas.Time  // up to where waits have ended; 0: not known yet
	Lag      time.Duration // of the clock behind Now
	Buffered int           // bytes read and not processed
	Silent   bool          // a source is silent for longer than expected, so the clock stands
}

// Health is how a process stands.
type Health struct {
	Lanes int // that are in the group now, or joining it
	Tasks []TaskHealth
}

// Ready tells whether every task of the process is restored and its clock at
// most lag behind.
func (h Health) Ready(lag time.Duration) bool {
	if h.Lanes == 0 {
		return false
	}
	for _, t := range h.Tasks {
		if !t.Restored || t.Lag > lag {
			return false
		}
	}
	return true
}

// Health asks every lane. It waits for a lane in the middle of a commit until
// ctx ends.
func (p *Processor) Health(ctx context.Context) (Health, error) {
	p.mu.Lock()
	lanes := append([]*lane(nil), p.lanes...)
	p.mu.Unlock()
	answers := make(chan []TaskHealth, len(lanes))
	var h Health
	for _, l := range lanes {
		if l != nil && l.notices.post(func() { answers <- l.health() }) {
			h.Lanes++
		}
	}
	for range h.Lanes {
		select {
		case tasks := <-answers:
			h.Tasks = append(h.Tasks, tasks...)
		case <-ctx.Done():
			return h, fmt.Errorf("ask the lanes how they are: %w", ctx.Err())
		}
	}
	return h, nil
}

func (l *lane) health() []TaskHealth {
	var all []TaskHealth
	for _, t := range l.order {
		th := TaskHealth{Task: int(t.id), Lane: l.n, Restored: t.phase == running, Seq: t.commit.Seq}
		if t.phase == running {
			th.Clock = t.merge.Clock(l.now)
			th.Lag = l.now.Sub(th.Clock)
			for _, in := range t.inputs {
				th.Buffered += t.merge.Buffered(in.log)
				th.Silent = th.Silent || l.silentSource(in)
			}
		}
		all = append(all, th)
	}
	return all
}

// ErrElsewhere means that another process has the customer; FindOwner names it.
var ErrElsewhere = errors.New("the customer's task is not here")

// Customer reads a customer whose task this process has, as last committed. It
// is a copy for looking at.
func (p *Processor) Customer(ctx context.Context, id string) (*state.Customer, error) {
	key := engine.HomeKey(id)
	task := schemas.Partition([]byte(key), int32(p.cfg.Tasks))
	h, err := p.Health(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range h.Tasks {
		if t.Task == int(task) && t.Restored {
			return p.cfg.Store.Customer(store.TaskID(task), id)
		}
	}
	return nil, fmt.Errorf("task %d: %w", task, ErrElsewhere)
}

// FindOwner asks the group which process has a customer, for its admin address.
// balance.ErrNoOwner says that none has.
func FindOwner(ctx context.Context, k kafka.Config, app, customer string) (balance.Assigned, error) {
	cl, err := kafka.Connect(k)
	if err != nil {
		return balance.Assigned{}, err
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	mailbox := topics.Of(app).Mailbox
	details, err := adm.ListTopics(ctx, mailbox)
	if err != nil {
		return balance.Assigned{}, fmt.Errorf("describe topic %s: %w", mailbox, err)
	}
	tasks := len(details[mailbox].Partitions)
	if tasks == 0 {
		return balance.Assigned{}, fmt.Errorf("topic %s does not exist: was app %s ever started here?", mailbox, app)
	}
	groups, err := adm.DescribeGroups(ctx, app)
	if err != nil {
		return balance.Assigned{}, fmt.Errorf("describe group %s: %w", app, err)
	}
	task := schemas.Partition([]byte(engine.HomeKey(customer)), int32(tasks))
	return balance.Owner(groups[app], mailbox, task)
}
