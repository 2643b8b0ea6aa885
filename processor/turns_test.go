package processor

import (
	"fmt"
	"testing"
	"time"
)

// A transaction that is full before every task had its turn is followed by one that
// begins with the next task, at once.
func TestTasksTakeTurns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, shape{4, map[string]int32{"orders": 4}})
		defer w.close()
		w.load(`
name: thanks
class: transactional
start: {on: order.placed}
steps: [{send: {template: thanks, channels: [email]}}]
`)
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
