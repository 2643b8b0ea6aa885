package processor

import (
	"context"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/beckon-io/beckon/state/store"
)

// wantRunning fails if a process has ended by itself.
func (w *world) wantRunning(p *process) {
	w.t.Helper()
	select {
	case err := <-p.done:
		w.t.Fatalf("process %s has ended by itself: %v", p.disk.name, err)
	default:
	}
}

// wantEnd waits for a process that was asked to end, but not for long.
func (w *world) wantEnd(p *process) {
	w.t.Helper()
	select {
	case err := <-p.done:
		if err != nil {
			w.t.Errorf("process %s: %v", p.disk.name, err)
		}
	case <-time.After(2 * time.Minute):
		w.t.Fatalf("process %s does not end", p.disk.name)
	}
}

// The cluster cannot be reached for as long as somebody may need to repair it.
// The process waits, and goes on by itself.
func TestOutage(t *testing.T) {
	for _, outage := range []time.Duration{5 * time.Second, 6 * time.Minute} {
		t.Run(outage.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, fitting)
				defer w.close()
				n := newNetwork(w)
				p := w.start(newDisk("a"), 2, func(c *Config) { c.Kafka.Dial = n.Dial })
				time.Sleep(10 * time.Second)
				w.event("carts", "cart.updated", "ana", full)
				w.event("carts", "cart.updated", "eva", full)
				n.set(spring{key: kmsg.EndTxn, after: true, do: n.cut})
				time.Sleep(2 * time.Second)
				w.event("orders", "order.placed", "eva", order)
				time.Sleep(outage)
				n.mend()
				time.Sleep(reminded)
				w.wantRunning(p)
				w.wantSent("ana first", "ana second")
				w.stop(p)
			})
		})
	}
}

// Lanes that the cluster has lost are out of the group, at rest as in the middle of a
// transaction, and while they wait to begin anew.
func TestAnOutageIsSeen(t *testing.T) {
	for _, key := range []kmsg.Key{kmsg.Heartbeat, kmsg.EndTxn} {
		t.Run(key.Name(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, fitting)
				defer w.close()
				n := newNetwork(w)
				p := w.start(newDisk("a"), 2, func(c *Config) { c.Kafka.Dial = n.Dial })
				time.Sleep(10 * time.Second)
				n.set(spring{key: key, after: true, do: n.cut})
				if key == kmsg.EndTxn {
					w.event("carts", "cart.updated", "ana", full)
				}
				want := func(joined int) {
					t.Helper()
					if h, err := p.p.Health(t.Context()); err != nil || h.Lanes != 2 || h.Joined != joined || h.Ready(time.Hour) != (joined == 2) {
						t.Errorf("%d of %d lanes are in the group, %v; want %d of 2", h.Joined, h.Lanes, err, joined)
					}
				}
				for range 6 {
					time.Sleep(time.Minute)
					want(0)
				}
				n.mend()
				time.Sleep(time.Minute)
				want(2)
				w.stop(p)
			})
		})
	}
}

// A process that is asked to end in the middle of a transaction ends, though
// nobody takes what it has to say.
func TestStopInAnOutage(t *testing.T) {
	for _, key := range []kmsg.Key{kmsg.Produce, kmsg.TxnOffsetCommit, kmsg.EndTxn, kmsg.JoinGroup} {
		t.Run(key.Name(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, fitting)
				defer w.close()
				n := newNetwork(w)
				p := w.start(newDisk("a"), 1, func(c *Config) { c.Kafka.Dial = n.Dial })
				n.set(spring{key: key, do: n.cut})
				time.Sleep(10 * time.Second)
				w.event("carts", "cart.updated", "ana", full)
				time.Sleep(time.Second)
				p.end()
				w.wantEnd(p)
			})
		})
	}
}

// A broker that is frozen answers nothing and breaks no connection.
func TestStopWhileABrokerIsFrozen(t *testing.T) {
	for _, after := range []time.Duration{time.Millisecond, 10 * time.Second} { // while it joins the group, and in it
		t.Run(after.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, fitting)
				defer w.close()
				n := newNetwork(w)
				p := w.start(newDisk("a"), 2, func(c *Config) { c.Kafka.Dial = n.Dial })
				time.Sleep(after)
				n.deafen()
				time.Sleep(3 * time.Second)
				asked := time.Now()
				p.end()
				w.wantEnd(p)
				if took := time.Since(asked); took > 30*time.Second {
					t.Errorf("it took %s to end", took)
				}
				time.Sleep(3 * time.Minute) // a process would have ended, with what still waits for an answer
			})
		})
	}
}

func TestStopBeforeItHasBegun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		silent := func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		p := w.start(newDisk("a"), 1, func(c *Config) { c.Kafka.Dial = silent })
		time.Sleep(time.Second)
		p.end()
		w.wantEnd(p)
	})
}

// That the changelog brings nothing for a while is no proof that it is read.
func TestRestoreFromASlowCluster(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		p := w.start(newDisk("a"), 1)
		w.event("carts", "cart.updated", "ana", full)
		time.Sleep(30 * time.Second)
		w.stop(p)
		slow := w.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: "shop.changelog", Err: kerr.KafkaStorageError, Count: -1})
		p = w.start(newDisk("a"), 1)
		time.Sleep(20 * time.Second)
		slow.Remove()
		time.Sleep(reminded)
		w.wantRunning(p)
		w.wantSent("ana first", "ana second")
		w.stop(p)
	})
}

func TestPasses(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{fmt.Errorf("list offsets: %w", kerr.NotLeaderForPartition), true},
		{fmt.Errorf("restore: %w", errCut), true},
		{kerr.UnknownServerError, true},
		{kerr.TransactionalIDAuthorizationFailed, false},
		{kerr.SaslAuthenticationFailed, false},
		{ErrLostState, false},
		{fmt.Errorf("%w: %w", store.ErrFailed, syscall.ENOSPC), false},
		{fmt.Errorf("write: %w", syscall.ENOSPC), false},
	} {
		if got := passes(c.err); got != c.want {
			t.Errorf("%v: passes is %v, want %v", c.err, got, c.want)
		}
	}
}

// A lane that ends lets go of what was restored for it.
func TestWhatComesLastIsLetGoOf(t *testing.T) {
	st, err := store.Open(store.Options{Dir: "state", FS: newDisk("a").fs})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for _, over := range []bool{false, true} { // the task is gone, or the lane is
		of, err := st.Task(1)
		if err != nil {
			t.Fatal(err)
		}
		released := false
		l := &lane{p: &Processor{}, tasks: make(map[int32]*task)}
		gone := newTask(l, 1)
		if over {
			l.tasks[1] = gone
		}
		done := restored{store: of, release: func() { released = true }}
		if !l.notices.post(func() { l.restored(gone, done, nil) }) {
			t.Fatal("a lane that runs takes no notice")
		}
		l.over = over
		l.notices.close()
		if !released {
			t.Errorf("over %v: the claim is still held", over)
		}
		if l.notices.post(func() {}) {
			t.Error("a lane that has ended takes a notice")
		}
	}
	again, err := st.Task(1)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

// narrow is a connection of which a second takes so many bytes, each request after a while.
type narrow struct {
	net.Conn
	rate  int
	after time.Duration
}

func (n narrow) Write(b []byte) (int, error) {
	time.Sleep(n.after + time.Duration(len(b))*time.Second/time.Duration(n.rate))
	return n.Conn.Write(b)
}

// A backlog is worked off however little a cluster takes: what does not get through in
// the time of a transaction is done again in smaller ones.
func TestABacklogThroughANarrowConnection(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting, large())
		defer w.close()
		crowd, each := 12_000, 512
		if testing.Short() {
			crowd /= 2 // still more than goes through in a transaction's time
		}
		var carts []*kgo.Record
		for notes := noise(crowd * each); len(notes) > 0; notes = notes[each:] {
			who := fmt.Sprint("c", len(carts))
			carts = append(carts, &kgo.Record{Topic: "carts", Key: []byte(who), Value: fmt.Appendf(nil,
				`{"specversion":"1.0","id":"e","source":"shop","type":"cart.updated","subject":%q,"data":{"cart_id":"%x","items":[{"sku":"s"}]}}`, who, notes[:each])})
		}
		w.largely(carts...)
		p := w.start(newDisk("a"), 1, func(c *Config) {
			dial := c.Kafka.Dial
			c.Kafka.Dial = func(ctx context.Context, network, host string) (net.Conn, error) {
				conn, err := dial(ctx, network, host)
				return narrow{conn, 250_000, 0}, err
			}
		})
		time.Sleep(15 * time.Minute)
		w.wantRunning(p)
		w.stop(p)
		if n := len(w.sent()); n != 2*crowd {
			t.Errorf("%d commands, want %d", n, 2*crowd)
		}
	})
}

// Where all takes its time, an outage in the middle of a small transaction leaves no small
// ones behind.
func TestABacklogInASlowClusterAfterAnOutage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		n := newNetwork(w)
		p := w.start(newDisk("a"), 1, func(c *Config) {
			c.Kafka.Dial = func(ctx context.Context, network, host string) (net.Conn, error) {
				conn, err := n.Dial(ctx, network, host)
				return narrow{conn, 1 << 30, time.Second}, err
			}
		})
		time.Sleep(time.Minute)
		w.event("carts", "cart.updated", "ana", full)
		time.Sleep(4 * time.Second)
		n.cut()
		time.Sleep(time.Minute)
		n.mend()
		const crowd = 1000
		for i := range crowd {
			w.event("carts", "cart.updated", fmt.Sprint("c", i), full)
		}
		time.Sleep(10 * time.Minute)
		w.wantRunning(p)
		w.stop(p)
		if n := len(w.sent()); n < crowd {
			t.Errorf("%d commands, want %d at least", n, crowd)
		}
	})
}
