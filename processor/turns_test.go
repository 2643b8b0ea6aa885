package processor

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/schemas"
)

const thanks = `
name: thanks
class: transactional
start: {on: order.placed}
stale: "off"
steps: [{send: {template: thanks, channels: [email]}}]
`

// A transaction that is full before every task had its turn is followed by one that
// begins with the next task, at once.
func TestTasksTakeTurns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shape{4, map[string]int32{"orders": 4}})
		defer w.close()
		w.load(thanks)
		const customers, transaction = 64, 4
		for i := range customers {
			w.event("orders", "order.placed", fmt.Sprint("c", i), order)
		}
		var first, last time.Time
		commands := 0
		watch := onBatch(func(b *Batch) {
			if len(b.Commands) == 0 {
				return
			}
			if len(b.Commands) > transaction {
				t.Errorf("%d events in a transaction of at most %d", len(b.Commands), transaction)
			}
			if commands == 0 {
				first = b.Ended.Std()
			}
			last, commands = b.Ended.Std(), commands+len(b.Commands)
		})
		p := w.start(newDisk("a"), 1, func(c *Config) { c.Watch, c.Commit.Records = watch, transaction })
		time.Sleep(time.Minute)
		w.wantRunning(p)
		w.stop(p)
		if took := last.Sub(first); commands != customers || took > time.Second {
			t.Errorf("%d commands within %v", commands, took)
		}
	})
}

// customersOf are a customer of each task.
func customersOf(tasks int32) []string {
	homes := make([]string, tasks)
	for i, found := 0, 0; found < len(homes); i++ {
		c := fmt.Sprint("c", i)
		if home := schemas.Partition([]byte(c), tasks); homes[home] == "" {
			homes[home], found = c, found+1
		}
	}
	return homes
}

// backlog produces so many orders of each customer that are two hours old.
func (w *world) backlog(each int, customers []string) {
	w.t.Helper()
	for range each {
		for _, customer := range customers {
			w.ids++
			value := fmt.Sprintf(`{"specversion":"1.0","id":"b%d","source":"shop","type":"order.placed","subject":%q,"time":%q,"data":{"order_id":"b%d"}}`,
				w.ids, customer, time.Now().Add(-2*time.Hour).UTC().Format(time.RFC3339Nano), w.ids)
			w.client.Produce(w.t.Context(), &kgo.Record{Topic: "orders", Key: []byte(customer), Value: []byte(value)}, nil)
		}
	}
	if err := w.client.Flush(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// While others of the lane catch up a task that keeps up has its turn in each transaction:
// its customers are live.
func TestWhoKeepsUpHasItsTurn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shape{4, map[string]int32{"orders": 4}})
		defer w.close()
		w.load(thanks)
		homes := customersOf(4)
		const backlog, transaction = 2000, 1000
		between := -1 // transactions since the live event came; -1: it has not come
		live := false
		watch := onBatch(func(b *Batch) {
			switch {
			case len(b.Commands) == 0 || live:
			case between < 0:
				between = 0
				w.event("orders", "order.placed", homes[3], order)
			default:
				between++
				live = slices.ContainsFunc(b.Commands, func(c SentCommand) bool { return c.Customer == homes[3] })
			}
		})
		p := w.start(newDisk("a"), 1, func(c *Config) { c.Watch, c.Commit.Records = watch, transaction })
		time.Sleep(5 * time.Second)
		w.backlog(backlog, homes[:3])
		time.Sleep(time.Minute)
		w.wantRunning(p)
		w.stop(p)
		if !live || between > 2 {
			t.Errorf("the live customer had to wait for %d transactions of %d events of others", between, transaction)
		}
	})
}

// A transaction that is full in the middle of a long turn ends the turn.
func TestWhoCatchesUpTakesTurns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shape{4, map[string]int32{"orders": 4}})
		defer w.close()
		w.load(thanks)
		homes := customersOf(4)
		const backlog, transaction = 3000, 1000
		w.backlog(backlog, homes)
		seen := map[string]int{} // the transaction with the first command of a customer, from 1
		n := 0
		watch := onBatch(func(b *Batch) {
			if len(b.Commands) > 0 {
				n++
			}
			for _, c := range b.Commands {
				if seen[c.Customer] == 0 {
					seen[c.Customer] = n
				}
			}
		})
		p := w.start(newDisk("a"), 1, func(c *Config) { c.Watch, c.Commit.Records = watch, transaction })
		time.Sleep(time.Minute)
		w.wantRunning(p)
		w.stop(p)
		for _, c := range homes {
			if at := seen[c]; at == 0 || at > len(homes)+1 {
				t.Errorf("%s has the first message in transaction %d of %d; in order of tasks: %v", c, at, n, seen)
			}
		}
	})
}
