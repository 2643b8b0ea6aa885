package processor

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/beckon-io/beckon/processor/kafka"
)

// Stories of brokers that take a request and never answer: what waits for them has to end
// with what it is for.

// leftBehind is how long clients that were left behind may take to close.
const leftBehind = time.Minute

// through is how brokers are reached over a network.
func (w *world) through(n *network) kafka.Config {
	k := w.kafka
	k.Dial = n.Dial
	return k
}

// restoresForEver is a process whose Keeper loses its brokers in the middle of a restore.
func (w *world) restoresForEver(n *network, how func()) *member {
	w.t.Helper()
	k := w.keepSets("a", w.through(n))
	n.set(spring{key: kmsg.Produce, do: how})
	return &member{w.start(newDisk("a"), 1, using(k)), k}
}

func TestStopWhileARestoreLearnsVersions(t *testing.T) {
	for name, how := range map[string]func(*network){"cut": (*network).cut, "deaf": (*network).deafen} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorldOfSets(t)
				defer w.close()
				n := newNetwork(w)
				m := w.restoresForEver(n, func() { how(n) })
				time.Sleep(10 * time.Second)
				asked := time.Now()
				w.leave(m)
				if took := time.Since(asked); took > 30*time.Second {
					t.Errorf("the process ended after %s", took)
				}
				time.Sleep(leftBehind)
			})
		})
	}
}

// Tasks that are taken away in the middle of a restore go to who has them now.
func TestRebalanceWhileARestoreLearnsVersions(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorldOfSets(t)
		defer w.close()
		n := newNetwork(w)
		a := w.restoresForEver(n, n.deafen)
		time.Sleep(10 * time.Second)
		b := w.start(newDisk("b"), 1)
		time.Sleep(time.Minute)
		if h, err := b.p.Health(t.Context()); err != nil || h.Restored() == 0 {
			t.Errorf("the process that is well has %d tasks (%v)", h.Restored(), err)
		}
		w.leave(a)
		w.stop(b)
		time.Sleep(leftBehind)
	})
}

func TestOpeningSetsEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorldOfSets(t)
		defer w.close()
		n := newNetwork(w)
		n.set(spring{key: kmsg.Produce, do: n.deafen})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		begun := time.Now()
		if _, err := w.openSets(ctx, "a", w.through(n)); err == nil || time.Since(begun) > 20*time.Second {
			t.Errorf("got %v after %s", err, time.Since(begun))
		}
		time.Sleep(leftBehind)
	})
}

// A coordinator that cannot write its markers says CONCURRENT_TRANSACTIONS to an EndTxn
// that is sent again, for as long as it takes.
func TestStopWhileATransactionDoesNotEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		p := w.start(newDisk("a"), 1)
		time.Sleep(10 * time.Second)
		w.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.EndTxn}, Err: kerr.ConcurrentTransactions, Count: -1})
		w.event("carts", "cart.updated", "ana", full)
		time.Sleep(2 * time.Second)
		asked := time.Now()
		p.end()
		if err := <-p.done; err != nil {
			t.Error(err)
		}
		if took := time.Since(asked); took > time.Minute {
			t.Errorf("the process ended after %s", took)
		}
	})
}

// A lane that cannot produce leaves the tasks to those that can.
func TestLaneThatCannotProduceHoldsNoTask(t *testing.T) {
	for _, refused := range []*kerr.Error{kerr.CoordinatorNotAvailable, kerr.ConcurrentTransactions} {
		t.Run(refused.Message, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, fitting)
				defer w.close()
				b := w.start(newDisk("b"), 1)
				time.Sleep(20 * time.Second)
				w.cluster.ControlKey(int16(kmsg.InitProducerID), func(asked kmsg.Request) (kmsg.Response, error, bool) {
					w.cluster.KeepControl()
					req := asked.(*kmsg.InitProducerIDRequest)
					if req.TransactionalID == nil || *req.TransactionalID != "shop-a-0" {
						return nil, nil, false
					}
					resp := req.ResponseKind().(*kmsg.InitProducerIDResponse)
					resp.ErrorCode = refused.Code
					return resp, nil, true
				})
				a := w.start(newDisk("a"), 1)
				time.Sleep(20 * time.Second)
				var want []string
				for i := range 8 {
					who := fmt.Sprint("c", i)
					w.event("carts", "cart.updated", who, full)
					want = append(want, who+" first", who+" second")
				}
				for range 30 {
					time.Sleep(30 * time.Second)
					if h, err := b.p.Health(t.Context()); err != nil || h.Restored() != 2 {
						t.Fatalf("the process that is well has %d of 2 tasks (%v)", h.Restored(), err)
					}
				}
				w.wantSent(want...)
				w.stop(a)
				w.stop(b)
			})
		})
	}
}

// Who asks for a process's health while a lane connects in vain is answered when it gives up.
func TestHealthOfALaneThatCannotConnect(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		n := newNetwork(w)
		n.set(spring{key: kmsg.InitProducerID, do: n.deafen})
		p := w.start(newDisk("a"), 1, func(c *Config) { c.Kafka.Dial = n.Dial })
		time.Sleep(2 * time.Second)
		if _, err := p.p.Health(t.Context()); err != nil { // for as long as it takes
			t.Error(err)
		}
		w.stop(p)
	})
}

// A restore whose task is taken away before it has begun begins all the same, as it stands
// before the news in the lane's queue; it ends with them.
func TestRestoreOfATaskThatIsGone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		a := w.start(newDisk("a"), 1)
		time.Sleep(10 * time.Second)
		l := a.p.newLane(1, newStride(a.p.cfg.Commit))
		var running atomic.Int32
		l.restores.run = func(ctx context.Context, job restoreJob) (restored, error) {
			running.Add(1)
			defer running.Add(-1)
			<-ctx.Done()
			return restored{}, ctx.Err()
		}
		added := map[string][]int32{}
		for _, in := range l.lay.inputs(0) {
			added[in.topic] = append(added[in.topic], in.id)
		}
		given := func() {
			l.notices.post(func() { l.assigned("m", added) })
			for _, in := range l.lay.inputs(0) {
				l.noteCommitted(in, committed{offset: -1})
			}
			l.notices.post(l.startRestores)
		}
		given()
		l.onGone(t.Context(), nil, added)
		l.notices.run()
		if n := running.Load(); n != 0 || len(l.order) != 0 {
			t.Errorf("%d restores of a task that is gone go on; the lane has %d tasks", n, len(l.order))
		}
		given()
		l.notices.run()
		time.Sleep(time.Second)
		if n := running.Load(); n != 1 {
			t.Errorf("%d restores of a task that has come back", n)
		}
		l.restores.stopAll()
		if n := running.Load(); n != 0 {
			t.Errorf("%d restores go on when the lane has ended", n)
		}
		w.stop(a)
	})
}
