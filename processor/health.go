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
	"github.com/beckon-io/beckon/triggers/rule"
)

// TaskHealth is how one task of this process stands.
type TaskHealth struct {
	Task     int
	Lane     int
	Restored bool
	Seq      uint64
	Clock    schemas.Time  // up to where waits have ended; 0: not known yet
	Lag      time.Duration // of the clock behind Now
	Behind   time.Duration // of Lag, what is for this task to read; for the rest it waits for other tasks
	Buffered int           // bytes read and not processed
	Silent   bool          // a source is silent for longer than expected, so the clock stands
	Waiting  uint64        // customers with a wait ahead of them
	Inputs   []InputHealth // of a restored task
	Restore  RestoreHealth // of a task that is not restored yet
}

// InputHealth is how far one input of a task was processed.
type InputHealth struct {
	Topic     string
	Partition int
	Behind    int64 // offsets between what was processed and the log's end as last heard
	Silent    bool  // a source that is silent for longer than expected
}

// RestoreHealth is how far the restore of a task has come, in offsets of the
// changelog. Begun is false while the task waits for its partitions.
type RestoreHealth struct {
	Begun      bool
	Done, Left int64
}

// Health is how a process stands.
type Health struct {
	Lanes  int // that run, or are about to begin anew
	Joined int // of them, those that the group has assigned tasks to, or none as there are too few
	// Failing is how many of them have aborted one transaction after the other: what
	// the cluster refuses they try again, and nothing goes on meanwhile.
	Failing int
	Tasks   []TaskHealth
	Set     *rule.Set // in use from the next transaction on
}

// failingAborts in a row are no passing trouble: they take some three seconds.
const failingAborts = 10

// Ready tells whether every lane is in the group and commits what it does, and every
// task of the process is restored and its clock at most lag behind, but where a silent
// source stops it: nothing that this process could do brings that to an end.
func (h Health) Ready(lag time.Duration) bool {
	if !h.Started() || h.Failing > 0 {
		return false
	}
	for _, t := range h.Tasks {
		if t.Behind > lag && !t.Silent {
			return false
		}
	}
	return true
}

// Started tells whether every lane is in the group and every task restored.
func (h Health) Started() bool {
	return h.Joined == h.Lanes && h.Restored() == len(h.Tasks)
}

// Restored is how many tasks are.
func (h Health) Restored() int {
	n := 0
	for _, t := range h.Tasks {
		if t.Restored {
			n++
		}
	}
	return n
}

// tellMisplaced says once of a source that it is not keyed as it says.
func (p *Processor) tellMisplaced(topic string) {
	if _, told := p.misplaced.LoadOrStore(topic, true); told {
		return
	}
	p.cfg.Log.Warn("an event was not in its customer's partition though the source says keyed_by: subject; it comes late to its task, where only grace protects it. "+
		"Mend the writer's key, partitioner or the partition count, or say keyed_by: other. beckon_misplaced counts them; this is said once", "topic", topic)
}

// Health asks every lane. It waits for a lane in the middle of a commit until
// ctx ends.
func (p *Processor) Health(ctx context.Context) (Health, error) {
	p.mu.Lock()
	lanes := append([]*lane(nil), p.lanes...)
	p.mu.Unlock()
	type answer struct {
		joined, failing bool
		tasks           []TaskHealth
	}
	answers := make(chan answer, len(lanes))
	h := Health{Lanes: len(lanes), Set: p.engine.Load().Set()}
	asked := 0
	for _, l := range lanes {
		if l != nil && l.notices.post(func() { answers <- answer{l.joined, l.aborts >= failingAborts && len(l.order) > 0, l.health()} }) {
			asked++
		}
	}
	for range asked {
		select {
		case a := <-answers:
			h.Tasks = append(h.Tasks, a.tasks...)
			if a.joined {
				h.Joined++
			}
			if a.failing {
				h.Failing++
			}
		case <-ctx.Done():
			return h, fmt.Errorf("ask the lanes how they are: %w", ctx.Err())
		}
	}
	return h, nil
}

func (l *lane) health() []TaskHealth {
	var all []TaskHealth
	for _, t := range l.order {
		th := TaskHealth{Task: int(t.id), Lane: l.n, Restored: t.phase == running, Seq: t.commit.Seq, Waiting: t.commit.Waiting}
		if t.phase == running {
			t.health(&th)
		} else {
			th.Restore = t.restore.health()
		}
		all = append(all, th)
	}
	return all
}

// health fills in what a running task knows.
func (t *task) health(th *TaskHealth) {
	th.Clock = t.merge.Clock(t.l.clockBound())
	th.Lag, th.Silent = t.l.now.Sub(th.Clock), t.l.hushed
	th.Behind = min(th.Lag, t.l.now.Sub(t.reached()))
	for _, in := range t.inputs {
		silent := isSilent(in.source, t.l.silent)
		th.Buffered += t.merge.Buffered(in.log) + in.unread.bytes
		th.Inputs = append(th.Inputs, InputHealth{
			Topic: in.topic, Partition: int(in.id), Behind: max(0, in.end-in.position()), Silent: silent,
		})
	}
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
// balance.ErrNoOwner says that none has, balance.ErrNobody that none runs.
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
	group, err := balance.Describe(ctx, adm, app)
	if err != nil {
		return balance.Assigned{}, err
	}
	task := schemas.Partition([]byte(engine.HomeKey(customer)), int32(tasks))
	return balance.Owner(group, mailbox, task)
}
