package processor

import (
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/merge"
	"github.com/beckon-io/beckon/schemas"
)

func TestUnreadPausesUntilHalfIsUsed(t *testing.T) {
	var u unread
	big := make([]byte, 256<<10)
	for i := range 10 {
		u.add([]*kgo.Record{{Offset: int64(2 * i), Value: big}, {Offset: int64(2*i + 1)}})
		u.add(nil)
	}
	const most = 2 << 20
	if !u.enough(most) {
		t.Fatalf("%d bytes are not enough", u.bytes)
	}
	for at := int64(0); u.n > 0; at++ {
		if got := u.next().Offset; got != at {
			t.Fatalf("offset %d came where %d was due", got, at)
		}
		if want := u.bytes > most/2; u.enough(most) != want {
			t.Fatalf("with %d bytes left: enough is %t", u.bytes, !want)
		}
	}
	if u.bytes != 0 || len(u.polls) != 0 {
		t.Errorf("nothing is left, but %d bytes in %d polls", u.bytes, len(u.polls))
	}
}

// Whatever is taken, no input that has records is without any in the merge, and few
// are decoded before their turn.
func TestInputsAreFedJustAhead(t *testing.T) {
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	l := &lane{p: &Processor{cfg: Config{Tasks: 1}}, inputs: make(map[partition]*input), now: schemas.FromTime(start.Add(time.Hour))}
	var err error
	if l.lay, err = newLayout(&Config{Tasks: 1, Sources: []Source{{Topic: "orders"}, {Topic: "browse"}}}, "mailbox", map[string]extent{"orders": {partitions: 1}, "browse": {partitions: 1}}); err != nil {
		t.Fatal(err)
	}
	task := newTask(l, 0)
	task.phase = running
	l.order = append(l.order, task)
	for i, p := range l.lay.inputs(0) {
		in := &input{partition: p, task: task, source: l.lay.byTopic[p.topic], log: merge.Log(i)}
		task.inputs, l.inputs[p] = append(task.inputs, in), in
	}
	task.newMerge()
	mailbox := task.inputs[2].log // is read to its end, which is its beginning
	task.merge.Advance(mailbox, 0)
	task.merge.Prove(mailbox, 0, l.now)
	// Browse has all of its records in the middle of those of orders.
	records := func(topic string, n int, at func(i int) time.Duration) kgo.FetchTopic {
		p := kgo.FetchPartition{}
		for i := range n {
			event := fmt.Sprintf(`{"specversion":"1.0","id":"%s-%d","source":"shop","type":"product.viewed","subject":"c%d","time":%q,"data":{"sku":"a"}}`,
				topic, i, i%7, start.Add(at(i)).Format(time.RFC3339Nano))
			p.Records = append(p.Records, &kgo.Record{Topic: topic, Offset: int64(i), Value: []byte(event), Timestamp: start.Add(at(i))})
		}
		return kgo.FetchTopic{Topic: topic, Partitions: []kgo.FetchPartition{p}}
	}
	const each = 1000
	poll := kgo.Fetches{{Topics: []kgo.FetchTopic{
		records("orders", each, func(i int) time.Duration { return time.Duration(i) * time.Second }),
		records("browse", each, func(i int) time.Duration { return 500*time.Second + time.Duration(i)*time.Millisecond }),
	}}}
	if err := l.take(poll); err != nil {
		t.Fatal(err)
	}
	if got := heldBy(task); got != 2*each {
		t.Errorf("%d records are held, %d were read", got, 2*each)
	}
	var last schemas.Time
	for n := 0; ; n++ {
		if n%lookAhead == 0 {
			task.feed()
		}
		for _, in := range task.inputs[:2] {
			if queued := task.merge.Queued(in.log); queued > fedAhead || queued == 0 && in.unread.n > 0 {
				t.Fatalf("after %d items %s has %d in the merge and %d unread", n, in.topic, queued, in.unread.n)
			}
		}
		it, wait := task.merge.Next(l.now)
		if it == nil {
			// One input is used up: what it will bring is not known.
			if left := heldBy(task); n != 500+each+1 || left != each-501 || wait.Why != merge.Proof {
				t.Errorf("%d items were taken, %d are left, waiting for %v", n, left, wait.Why)
			}
			return
		}
		if it.Time < last {
			t.Fatalf("item %d is of %v, the one before of %v", n, it.Time, last)
		}
		last = it.Time
		task.merge.Take()
	}
}

// heldBy is how many records a task has read and not processed.
func heldBy(t *task) int {
	n := t.merge.Held()
	for _, in := range t.inputs {
		n += in.unread.n
	}
	return n
}
