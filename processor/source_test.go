package processor

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A transaction of the shop's own producer: while it is open its events are not
// there and no wait ends, for they may be those that end it; when it is aborted
// they never were.
func TestTransactionOfTheShop(t *testing.T) {
	t.Run("commit", func(t *testing.T) { transactionOfTheShop(t, kgo.TryCommit) })
	t.Run("abort", func(t *testing.T) { transactionOfTheShop(t, kgo.TryAbort) })
}

func transactionOfTheShop(t *testing.T, end kgo.TransactionEndTry) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		p := w.start(newDisk("a"), 1)
		time.Sleep(10 * time.Second)
		cl, err := kgo.NewClient(kgo.SeedBrokers(w.kafka.Brokers...), kgo.Dialer(w.kafka.Dial), kgo.TransactionalID("shop's"), kgo.TransactionTimeout(10*time.Minute),
			kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
		if err != nil {
			t.Fatal(err)
		}
		defer cl.Close()
		w.event("carts", "cart.updated", "ana", full)
		if err := cl.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		value := `{"specversion":"1.0","id":"t","source":"shop","type":"order.placed","subject":"ana","data":` + order + `}`
		if err := cl.ProduceSync(t.Context(), &kgo.Record{Topic: "orders", Key: []byte("ana"), Value: []byte(value)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(90 * time.Second) // the wait would have ended
		w.wantSent()
		if err := cl.EndTransaction(t.Context(), end); err != nil {
			t.Fatal(err)
		}
		time.Sleep(reminded)
		if end == kgo.TryCommit {
			w.wantSent()
		} else {
			w.wantSent("ana first", "ana second")
		}
		w.stop(p)
	})
}

// Records without a key or a value, and more partitions than there were.
func TestSourceGrows(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		p := w.start(newDisk("a"), 2)
		time.Sleep(10 * time.Second)
		w.event("carts", "cart.updated", "ana", full)
		w.event("carts", "cart.updated", "bob", full)
		if _, err := kadm.NewClient(w.client).CreatePartitions(t.Context(), 2, "carts"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(6 * time.Minute) // clients look at the topics every five
		w.event("carts", "cart.updated", "eva", full)
		w.event("carts", "cart.updated", "ion", full)
		w.event("orders", "order.placed", "ion", order)
		time.Sleep(reminded)
		w.wantRunning(p)
		w.wantSent("ana first", "ana second", "bob first", "bob second", "eva first", "eva second")
		w.stop(p)
	})
}

func TestRecordsWithoutKeyOrValue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		p := w.start(newDisk("a"), 1)
		time.Sleep(10 * time.Second)
		value := `{"specversion":"1.0","id":"n","source":"shop","type":"cart.updated","subject":"ana","data":` + full + `}`
		w.produce(&kgo.Record{Topic: "carts", Value: []byte(value)})
		w.produce(&kgo.Record{Topic: "carts", Key: []byte("ana")})
		w.produce(&kgo.Record{Topic: "orders"})
		w.event("carts", "cart.updated", "eva", full)
		time.Sleep(reminded)
		w.wantSent("ana first", "ana second", "eva first", "eva second")
		w.stop(p)
		for _, r := range w.records("dead") {
			if r.Value != nil {
				t.Errorf("a letter has the value %q", r.Value)
			}
		}
		if n := len(w.records("dead")); n != 2 {
			t.Errorf("%d dead letters, want 2", n)
		}
	})
}

// A producer's epoch ends at 32,767; then the transactional id gets another
// producer id, in the middle of a run of transactions.
func TestProducerEpochRollsOver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		req := kmsg.NewPtrInitProducerIDRequest()
		req.TransactionalID, req.TransactionTimeoutMillis = kmsg.StringPtr("shop-a-0"), 10_000
		var first, last int64
		for epoch := int16(0); epoch < 32_740; {
			resp, err := req.RequestWith(t.Context(), w.client)
			if err != nil {
				t.Fatal(err)
			}
			if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
				t.Fatal(err)
			}
			first, epoch = resp.ProducerID, resp.ProducerEpoch
		}
		p := w.start(newDisk("a"), 1)
		var want []string
		time.Sleep(10 * time.Second)
		for i := range 60 {
			w.event("carts", "cart.updated", customerOf(i), full)
			want = append(want, customerOf(i)+" first", customerOf(i)+" second")
			time.Sleep(time.Second)
		}
		time.Sleep(reminded)
		w.wantRunning(p)
		w.wantSent(want...)
		for _, r := range w.records("commands") {
			last = r.ProducerID
		}
		if last == first {
			t.Errorf("producer id %d never changed", first)
		}
		w.stop(p)
	})
}
