package processor

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/beckon-io/beckon/state/store"
)

// The cases in which a lane does not learn how its transaction ended, or learns
// it wrongly. In each the delivery topic has every command once, and the store
// is what the changelog says.

// outcome tells the story of three customers, of whom one orders in time,
// while something goes wrong with the transactions of the process.
func outcome(t *testing.T, wrong func(*world, *network)) {
	t.Helper()
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		n, d := newNetwork(w), newDisk("a")
		p := w.start(d, 1, func(c *Config) { c.Kafka.Dial = n.Dial })
		time.Sleep(10 * time.Second)
		for _, who := range []string{"ana", "bob", "eva"} {
			w.event("carts", "cart.updated", who, full)
			time.Sleep(time.Second)
		}
		wrong(w, n)
		w.event("orders", "order.placed", "bob", order)
		time.Sleep(5 * time.Minute)
		w.wantSent("ana first", "eva first")
		time.Sleep(reminded)
		w.wantSent("ana first", "eva first", "ana second", "eva second")
		w.stop(p)
		w.wantRestored(d)
	})
}

// onEndTxn lets do happen once, when the broker is about to handle a commit, and
// answers what it says unless that is nil.
func (w *world) onEndTxn(do func(*kmsg.EndTxnRequest) kmsg.Response) (done *atomic.Bool) {
	done = new(atomic.Bool)
	w.cluster.ControlKey(int16(kmsg.EndTxn), func(r kmsg.Request) (kmsg.Response, error, bool) {
		req := r.(*kmsg.EndTxnRequest)
		if !req.Commit || !done.CompareAndSwap(false, true) {
			return nil, nil, false
		}
		resp := do(req)
		return resp, nil, resp != nil
	})
	return done
}

func refusal(req *kmsg.EndTxnRequest, why *kerr.Error) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.EndTxnResponse)
	resp.ErrorCode = why.Code
	return resp
}

// digests of all tasks of a closed store.
func (w *world) digests(fs vfs.FS) (all [][sha256.Size]byte) {
	w.t.Helper()
	st, err := store.Open(store.Options{Dir: "state", FS: fs})
	if err != nil {
		w.t.Fatal(err)
	}
	defer st.Close()
	for task := range w.tasks {
		sum, _, err := st.Digest(store.TaskID(task))
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, sum)
	}
	return all
}

// wantRestored compares the store of a process that has ended with one that is
// restored from the changelog.
func (w *world) wantRestored(d *disk) {
	w.t.Helper()
	fresh := newDisk("fresh")
	p := w.start(fresh, 1)
	time.Sleep(30 * time.Second)
	w.stop(p)
	was, is := w.digests(d.fs), w.digests(fresh.fs)
	for task := range was {
		if was[task] != is[task] {
			w.t.Errorf("task %d: the store is not what the changelog says", task)
		}
	}
}

// endTxn is an outcome in which do happens to one commit.
func endTxn(t *testing.T, do func(*world, *network, *kmsg.EndTxnRequest) kmsg.Response) {
	t.Helper()
	outcome(t, func(w *world, n *network) {
		done := w.onEndTxn(func(req *kmsg.EndTxnRequest) kmsg.Response { return do(w, n, req) })
		w.event("carts", "cart.updated", "eva", full)
		time.Sleep(5 * time.Second)
		if !done.Load() {
			w.t.Fatal("no transaction ended")
		}
	})
}

func TestAnswerOfEndTxnIsLost(t *testing.T) {
	endTxn(t, func(_ *world, n *network, _ *kmsg.EndTxnRequest) kmsg.Response {
		n.lose() // the request has arrived and is handled
		return nil
	})
}

func TestEndTxnItselfIsLost(t *testing.T) {
	endTxn(t, func(_ *world, n *network, req *kmsg.EndTxnRequest) kmsg.Response {
		n.lose()
		return refusal(req, kerr.RequestTimedOut) // nobody hears it
	})
}

func TestUnknownServerErrorAfterTheCommit(t *testing.T) {
	endTxn(t, func(w *world, _ *network, req *kmsg.EndTxnRequest) kmsg.Response {
		same := *req
		w.cluster.SleepControl(func() {
			if _, err := same.RequestWith(context.Background(), w.client); err != nil {
				w.t.Errorf("commit: %v", err)
			}
		})
		return refusal(req, kerr.UnknownServerError)
	})
}

func TestUnknownServerErrorBeforeTheCommit(t *testing.T) {
	endTxn(t, func(_ *world, _ *network, req *kmsg.EndTxnRequest) kmsg.Response {
		return refusal(req, kerr.UnknownServerError)
	})
}

// One of the transaction's records is refused: nothing of it may stay.
func TestPartialProduceFailure(t *testing.T) {
	outcome(t, func(w *world, _ *network) {
		refused := w.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "shop.changelog", Err: kerr.InvalidRequiredAcks, Count: 2})
		w.event("carts", "cart.updated", "ana", full)
		w.event("carts", "cart.updated", "eva", full)
		time.Sleep(5 * time.Second)
		if refused.Hits() == 0 {
			t.Fatal("no record was refused")
		}
	})
}

// What is refused again and again shows in the health, and goes on by itself.
func TestRefusedForLong(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		p := w.start(newDisk("a"), 1)
		time.Sleep(10 * time.Second)
		ready := func() bool {
			h, err := p.p.Health(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return h.Ready(time.Hour)
		}
		refused := w.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "shop.changelog", Err: kerr.TopicAuthorizationFailed, Count: -1})
		w.event("carts", "cart.updated", "ana", full)
		w.event("carts", "cart.updated", "eva", full)
		if !ready() {
			t.Error("not ready before anything was tried")
		}
		time.Sleep(20 * time.Second)
		if ready() {
			t.Error("ready while nothing can be committed")
		}
		refused.Remove()
		time.Sleep(reminded)
		if !ready() {
			t.Error("not ready though transactions are committed")
		}
		w.wantRunning(p)
		w.wantSent("ana first", "ana second", "eva first", "eva second")
		w.stop(p)
	})
}

func TestOffsetsAreRefused(t *testing.T) {
	outcome(t, func(w *world, _ *network) {
		refused := w.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.TxnOffsetCommit}, Topic: "carts", Err: kerr.UnstableOffsetCommit, Count: 3})
		w.event("carts", "cart.updated", "eva", full)
		time.Sleep(5 * time.Second)
		if refused.Hits() == 0 {
			t.Fatal("no offset was refused")
		}
	})
}

func TestCoordinatorsMove(t *testing.T) {
	outcome(t, func(w *world, _ *network) {
		for range 5 {
			w.cluster.RehashCoordinators()
			w.event("carts", "cart.updated", "eva", full)
			time.Sleep(time.Second)
		}
	})
}

// zombie lets a process freeze until another one has its tasks, and wake up in
// the middle of what it did.
func zombie(t *testing.T, before, meanwhile func(*world)) {
	t.Helper()
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		n, first, second := newNetwork(w), newDisk("a"), newDisk("b")
		a := w.start(first, 1, func(c *Config) { c.Kafka.Dial = n.Dial })
		time.Sleep(10 * time.Second)
		before(w)
		n.freeze()
		synctest.Wait()
		b := w.start(second, 1)
		meanwhile(w)
		n.thaw()
		time.Sleep(reminded)
		w.wantSent("ana first", "ana second", "eva first", "eva second")
		w.stop(a)
		w.stop(b)
		w.wantRestored(second)
	})
}

// It wakes up with input of its old generation in its hands.
func TestZombieWithAnOldGeneration(t *testing.T) {
	zombie(t, func(w *world) {
		w.event("carts", "cart.updated", "ana", full)
		w.event("carts", "cart.updated", "eva", full)
		time.Sleep(20 * time.Millisecond) // read, not committed
	}, func(*world) { time.Sleep(5 * time.Minute) })
}

// All that the zombie has to say is that a wait has ended.
func TestZombieWithTimersOnly(t *testing.T) {
	zombie(t, func(w *world) {
		w.event("carts", "cart.updated", "ana", full)
		w.event("carts", "cart.updated", "eva", full)
		time.Sleep(time.Minute + 9*time.Second) // and with grace, in a second the waits end
	}, func(*world) { time.Sleep(5 * time.Minute) })
}

// It freezes as it is about to join the group again. When it wakes up the group does
// not know it any more; the client then joins as a new member, whose generation is
// good, while the lane goes on reading what it had as the old one and another
// member has had since.
func TestMemberThatWasGivenUpJoinsAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		w.load("name: thanks\nclass: transactional\nstart: {on: order.placed}\nstale: \"off\"\nsteps: [{send: {template: thanks, channels: [email]}}]\n")
		n, first, second := newNetwork(w), newDisk("a"), newDisk("b")
		var frozen atomic.Bool
		a := w.start(first, 1, func(c *Config) {
			c.Kafka.Dial = n.Dial
			c.Commit.Every, c.Rebalance = 700*time.Millisecond, time.Second
		})
		time.Sleep(35 * time.Second) // so that it has nothing to commit while it is frozen
		n.set(spring{key: kmsg.JoinGroup, do: func() { frozen.Store(true); n.freeze() }})
		b := w.start(second, 1, func(c *Config) { c.Rebalance = time.Second })
		time.Sleep(5 * time.Second)
		if !frozen.Load() {
			t.Fatal("it did not join again")
		}
		for i := range 8 {
			w.event("orders", "order.placed", customerOf(i), fmt.Sprintf(`{"order_id":"o%d","total":"5"}`, i))
		}
		time.Sleep(5 * time.Second)
		want := w.sent() // by the other one
		if len(want) != 8 {
			t.Fatalf("commands are %q", want)
		}
		n.thaw()
		time.Sleep(time.Minute)
		w.wantSent(want...)
		w.stop(a)
		w.stop(b)
		w.wantRestored(second)
	})
}

// Two processes by mistake have the same name: each fences the other's lane.
// The work goes on and is done once.
func TestTwoProcessesOfOneName(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		a, b := w.start(newDisk("a"), 1), w.start(newDisk("a"), 1)
		time.Sleep(time.Minute)
		for range 10 {
			w.event("carts", "cart.updated", "ana", full)
			w.event("carts", "cart.updated", "eva", full)
			time.Sleep(10 * time.Second)
		}
		w.stop(b)
		time.Sleep(reminded)
		w.wantSent("ana first", "ana second", "eva first", "eva second")
		w.stop(a)
	})
}

// An event that no outcome can be written for is set aside when it comes again.
func TestPoisonIsSetAside(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		p := w.start(newDisk("a"), 1)
		time.Sleep(10 * time.Second)
		refused := w.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "commands", Err: kerr.MessageTooLarge, Count: 2})
		w.load(abandoned)
		w.event("carts", "cart.updated", "ana", full)
		time.Sleep(reminded)
		w.wantSent("ana first", "ana second")
		if refused.Hits() == 0 {
			t.Fatal("nothing was refused")
		}
		w.stop(p)
	})
}
