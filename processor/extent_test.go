package processor

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/kafka"
)

// anew is a client that has not seen the topics before.
func (w *world) anew() {
	w.t.Helper()
	w.client.Close()
	var err error
	if w.client, err = kafka.Connect(w.kafka, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil))); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) grow(topic string, by int) {
	w.t.Helper()
	if _, err := kadm.NewClient(w.client).CreatePartitions(w.t.Context(), by, topic); err != nil {
		w.t.Fatal(err)
	}
	w.anew()
}

// What is in a partition that was added a moment ago ends runs like all else, also in
// the last moment before their wait ends: the clients would look at the topics only
// minutes later.
func TestNoWaitEndsInSpiteOfANewPartition(t *testing.T) {
	moments := []time.Duration{10 * time.Second, 69700 * time.Millisecond, 69100 * time.Millisecond, 69400 * time.Millisecond, 69950 * time.Millisecond}
	if testing.Short() {
		moments = moments[:2]
	}
	for _, after := range moments {
		t.Run(after.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, fitting)
				defer w.close()
				a, b := w.start(newDisk("a"), 1), w.start(newDisk("b"), 1)
				time.Sleep(10 * time.Second)
				for i := range 8 {
					w.event("carts", "cart.updated", fmt.Sprint("c", i), full)
				}
				time.Sleep(after) // of a minute and ten seconds of grace
				w.grow("orders", 6)
				for i := range 8 {
					w.event("orders", "order.placed", fmt.Sprint("c", i), order)
				}
				w.event("carts", "cart.updated", "ana", full)
				time.Sleep(reminded)
				w.wantRunning(a)
				w.wantRunning(b)
				w.wantSent("ana first", "ana second")
				w.stop(a)
				w.stop(b)
			})
		})
	}
}

// Positions in a topic that was deleted mean nothing in the one that has its name now,
// and what is in that nobody has read.
func TestAReplacedSourceEndsTheProcess(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		p := w.start(newDisk("a"), 1)
		time.Sleep(10 * time.Second)
		for i := range 8 {
			w.event("orders", "order.placed", fmt.Sprint("before", i), order)
		}
		w.event("carts", "cart.updated", "ana", full)
		time.Sleep(10 * time.Second)
		if _, err := kadm.NewClient(w.client).DeleteTopics(t.Context(), "orders"); err != nil {
			t.Fatal(err)
		}
		w.create("orders", 2, nil)
		w.anew()
		w.event("orders", "order.placed", "ana", order)
		if err := <-p.done; !errors.Is(err, errReplaced) {
			t.Errorf("the process ends with %v, want %v", err, errReplaced)
		}
		w.wantSent()
	})
}

// So it is where nobody was there to see it, and Kafka has forgotten the group's offsets
// with the topic, until somebody says where to begin.
func TestASourceReplacedWhileNobodyReadIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		d := newDisk("a")
		p := w.start(d, 1)
		time.Sleep(10 * time.Second)
		for i := range 8 {
			w.event("orders", "order.placed", fmt.Sprint("before", i), order)
		}
		time.Sleep(10 * time.Second)
		w.stop(p)
		adm := kadm.NewClient(w.client)
		if _, err := adm.DeleteTopics(t.Context(), "orders"); err != nil {
			t.Fatal(err)
		}
		if _, err := adm.DeleteOffsets(t.Context(), "shop", kadm.TopicsSet{"orders": {0: {}, 1: {}}}); err != nil {
			t.Fatal(err)
		}
		w.create("orders", 2, nil)
		w.anew()
		w.event("carts", "cart.updated", "ana", full)
		time.Sleep(time.Second)
		w.event("orders", "order.placed", "ana", order)
		p = w.start(d, 1)
		if err := <-p.done; !errors.Is(err, errReplaced) {
			t.Errorf("the process ends with %v, want %v", err, errReplaced)
		}
		var byHand kadm.Offsets
		for partition := range int32(2) {
			byHand.AddOffset("orders", partition, 0, -1)
		}
		if err := kadm.NewClient(w.client).CommitAllOffsets(t.Context(), "shop", byHand); err != nil {
			t.Fatal(err)
		}
		p = w.start(d, 1)
		w.event("carts", "cart.updated", "eva", full)
		time.Sleep(reminded)
		w.wantSent("eva first", "eva second")
		w.stop(p)
	})
}

// Commands go on into a topic that was made anew, with nobody to start the process again.
func TestAnOutputMadeAnew(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		p := w.start(newDisk("a"), 1)
		time.Sleep(10 * time.Second)
		w.event("carts", "cart.updated", "ana", full)
		time.Sleep(reminded)
		w.wantSent("ana first", "ana second")
		if _, err := kadm.NewClient(w.client).DeleteTopics(t.Context(), "commands"); err != nil {
			t.Fatal(err)
		}
		w.create("commands", 2, nil)
		w.anew()
		w.event("carts", "cart.updated", "eva", full)
		time.Sleep(reminded)
		w.wantSent("eva first", "eva second")
		w.wantRunning(p)
		w.stop(p)
	})
}

// While brokers are upgraded some tell a topic's id and some do not.
func TestATopicWhoseIDIsNotToldIsTheSame(t *testing.T) {
	a, b := extent{id: [16]byte{1}}, extent{id: [16]byte{2}}
	if a.other(extent{}) || (extent{}).other(a) || a.other(a) || !a.other(b) {
		t.Error("another topic is one whose id is told, and another one")
	}
}

// A source speaks when its logs grow: whatever time its records say, and whichever of
// its partitions they go to.
func TestASourceIsHeardByTheGrowthOfItsLogs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, fitting)
		defer w.close()
		for i := range w.sources {
			if w.sources[i].Topic == "orders" {
				w.sources[i].Expect = time.Minute
			}
		}
		p := w.start(newDisk("a"), 1)
		time.Sleep(10 * time.Second)
		speak := func(partition int32) {
			value := fmt.Sprintf(`{"specversion":"1.0","id":"o%d","source":"shop","type":"order.placed","subject":"eva","data":%s}`, time.Now().UnixMilli(), order)
			w.toPartition(&kgo.Record{Topic: "orders", Partition: partition, Key: []byte("eva"), Value: []byte(value), Timestamp: time.Now().Add(-time.Hour)})
		}
		w.event("carts", "cart.updated", "ana", full)
		for range 40 {
			speak(0)
			time.Sleep(20 * time.Second)
		}
		w.wantSent("ana first", "ana second")
		w.grow("orders", 2)
		time.Sleep(5 * time.Second)
		w.event("carts", "cart.updated", "bob", full)
		for range 40 {
			speak(3)
			time.Sleep(20 * time.Second)
		}
		w.wantSent("ana first", "ana second", "bob first", "bob second")
		time.Sleep(2 * time.Minute) // silence
		w.event("carts", "cart.updated", "ion", full)
		time.Sleep(reminded)
		w.wantSent("ana first", "ana second", "bob first", "bob second")
		w.stop(p)
	})
}

// toPartition produces to the partition that the record names.
func (w *world) toPartition(r *kgo.Record) {
	w.t.Helper()
	cl, err := kafka.Connect(w.kafka, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		w.t.Fatal(err)
	}
	defer cl.Close()
	if err := cl.ProduceSync(w.t.Context(), r).FirstErr(); err != nil {
		w.t.Fatal(err)
	}
}

// A silent source holds the clocks of all tasks, of those too that none of its
// partitions belongs to.
func TestASilentSourceHoldsEveryClock(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shape{2, map[string]int32{"carts": 2, "orders": 1}})
		defer w.close()
		for i := range w.sources {
			if w.sources[i].Topic == "orders" {
				w.sources[i].Expect = 10 * time.Minute
			}
		}
		p := w.start(newDisk("a"), 1)
		time.Sleep(10 * time.Second)
		w.event("orders", "order.placed", "zed", order)
		time.Sleep(15 * time.Minute)
		w.event("carts", "cart.updated", "ana", full) // of one task
		w.event("carts", "cart.updated", "ion", full) // of the other
		time.Sleep(reminded)
		w.wantSent()
		w.event("orders", "order.placed", "zed", order)
		time.Sleep(time.Minute)
		w.wantSent("ana first", "ana second", "ion first", "ion second")
		w.stop(p)
	})
}

// What travels on is processed all the same, and bad records are set aside: silence holds
// waits, and nothing else.
func TestASilentSourceHoldsNoEvents(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shape{2, map[string]int32{"carts": 3, "orders": 2}})
		defer w.close()
		w.load("name: welcome\nstart: {on: cart.updated}\nstale: \"off\"\nsteps: [{send: {template: at-once, channels: [email]}}]\n")
		for i := range w.sources {
			if w.sources[i].Topic == "orders" {
				w.sources[i].Expect = time.Minute
			}
		}
		p := w.start(newDisk("a"), 1)
		time.Sleep(10 * time.Minute)
		var want []string
		for _, who := range []string{"ana", "bob", "eva", "ion"} {
			w.event("carts", "cart.updated", who, full)
			want = append(want, who+" at-once")
		}
		w.produce(&kgo.Record{Topic: "carts", Key: []byte("ana"), Value: []byte("garbage")})
		time.Sleep(20 * time.Second)
		w.wantSent(want...)
		if n := len(w.records("dead")); n != 1 {
			t.Errorf("%d dead letters, want one", n)
		}
		w.stop(p)
	})
}

// With one partition more the sources do not fit the tasks any more: every lane has
// to send marks, those that are given none of the new partitions too.
func TestASourceGrowsToACountThatDoesNotFit(t *testing.T) {
	for _, lanes := range []int{1, 2} {
		t.Run(fmt.Sprint(lanes), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, fitting)
				defer w.close()
				a, b := w.start(newDisk("a"), lanes), w.start(newDisk("b"), lanes)
				time.Sleep(10 * time.Second)
				w.event("carts", "cart.updated", "ana", full)
				w.event("carts", "cart.updated", "bob", full)
				w.grow("carts", 1)
				time.Sleep(10 * time.Second)
				w.event("carts", "cart.updated", "eva", full)
				w.event("carts", "cart.updated", "ion", full)
				time.Sleep(time.Second)
				w.event("orders", "order.placed", "ion", order)
				time.Sleep(reminded)
				w.wantRunning(a)
				w.wantRunning(b)
				w.wantSent("ana first", "ana second", "bob first", "bob second", "eva first", "eva second")
				w.stop(a)
				w.stop(b)
			})
		})
	}
}
