package balance

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ledger is who has which mailbox partitions, as the clients were told.
type ledger struct {
	mu      sync.Mutex
	owner   map[int32]string
	doubled bool
	changed chan struct{}
}

func (l *ledger) update(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

func (l *ledger) assigned(name string, parts map[string][]int32) {
	l.update(func() {
		for _, p := range parts[mailbox] {
			l.doubled = l.doubled || l.owner[p] != ""
			l.owner[p] = name
		}
	})
}

func (l *ledger) lost(parts map[string][]int32) {
	l.update(func() {
		for _, p := range parts[mailbox] {
			delete(l.owner, p)
		}
	})
}

// await waits until each of the names has that many tasks.
func (l *ledger) await(t *testing.T, tasks int, names ...string) {
	t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		l.mu.Lock()
		have := map[string]int{}
		for _, name := range l.owner {
			have[name]++
		}
		doubled := l.doubled
		l.mu.Unlock()
		if doubled {
			t.Fatal("a task was given to two lanes at a time")
		}
		done := true
		for _, name := range names {
			done = done && have[name] == tasks
		}
		if done {
			return
		}
		select {
		case <-l.changed:
		case <-timeout:
			t.Fatalf("tasks are %v, want %d for each of %v", have, tasks, names)
		}
	}
}

func (l *ledger) join(t *testing.T, c *kfake.Cluster, name string, tasks int) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(
		kgo.SeedBrokers(c.ListenAddrs()...), kgo.ConsumerGroup("shop"), kgo.ConsumeTopics(mailbox, "orders"),
		kgo.HeartbeatInterval(50*time.Millisecond),
		kgo.Balancers(New(Config{Mailbox: mailbox, Member: Member{Tasks: tasks, Instance: name, Lanes: 1, Admin: name + ":8080"}})),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, p map[string][]int32) { l.assigned(name, p) }),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, p map[string][]int32) { l.lost(p) }),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, p map[string][]int32) { l.lost(p) }),
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

// Real clients on a broker: tasks move to a newcomer and back, and the owner of
// a task is found from outside.
func TestGroupOnBroker(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(4, mailbox), kfake.SeedTopics(8, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	l := &ledger{owner: map[int32]string{}, changed: make(chan struct{}, 1)}
	a := l.join(t, c, "a", 4)
	l.await(t, 4, "a")
	b := l.join(t, c, "b", 4)
	l.await(t, 2, "a", "b")

	adm := kadm.NewClient(a)
	groups, err := adm.DescribeGroups(context.Background(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	for task := range int32(4) {
		got, err := Owner(groups["shop"], mailbox, task)
		if err != nil {
			t.Fatal(err)
		}
		if want := l.owner[task] + ":8080"; got.Admin != want {
			t.Errorf("owner of task %d is at %s, want %s", task, got.Admin, want)
		}
	}
	if _, err := Owner(groups["shop"], mailbox, 4); !errors.Is(err, ErrNoOwner) {
		t.Errorf("a task that nobody has: %v", err)
	}
	if lanes, err := Lanes(groups["shop"], mailbox); err != nil || len(lanes) != 2 || !slices.Equal(lanes[0].Owns, ownedBy(l, lanes[0].Instance)) {
		t.Errorf("lanes %+v, %v", lanes, err)
	}

	// The broker turns away who runs with another number of tasks.
	x := l.join(t, c, "x", 8)
	fs := x.PollFetches(context.Background())
	if err := fs.Err(); !errors.Is(err, kerr.InconsistentGroupProtocol) {
		t.Errorf("another number of tasks: %v", err)
	}
	b.Close()
	l.await(t, 4, "a")
}

func ownedBy(l *ledger, name string) []int32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	var tasks []int32
	for task, owner := range l.owner {
		if owner == name {
			tasks = append(tasks, task)
		}
	}
	slices.Sort(tasks)
	return tasks
}
