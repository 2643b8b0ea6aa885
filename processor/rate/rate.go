// Package rate bounds how many commands of a channel a process lets out in a
// second, by the wall clock.
//
// The naive way holds what is too much in a queue in memory: a backlog of a
// million reminders fills it, and a crash in it either loses them or sends them
// twice. Here nothing is held: who asks too early is told when to ask again,
// and stays meanwhile where it is safe, in the customer's run. So each send
// asks once or twice, and memory is a few numbers a channel.
//
// A channel has a bucket that fills with its rate and holds a quarter of a
// second's worth, at least one: in any second at most five quarters of the rate
// go out, on average the rate. Those who are turned away get slots a rate's
// interval apart, one after the other, and go before those who come fresh.
// Transactional messages have a queue of their own, which goes first, and the
// last fifth of the bucket; where they alone fill the rate, nothing else goes.
package rate

import (
	"sync"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// hold is how much of its rate a channel may let out at once.
const hold = 250 * time.Millisecond

// reserved part of the bucket is for transactional messages.
const reserved = 5

// apart is how far the clocks of those who ask may be apart: each lane reads it at
// the beginning of a cycle, which takes some seconds at most. One that is further
// behind was set back.
const apart = time.Minute

// Pacer is what the lanes of a process ask before they send. The zero value is
// ready. Safe for concurrent use.
type Pacer struct {
	mu       sync.Mutex
	channels map[string]*channel
}

// channel is a bucket and its queues. The bucket is empty when spent is now; it is
// never later than the latest clock that was asked by.
type channel struct {
	spent schemas.Time
	tails [2]schemas.Time // last slots given: of marketing, of transactional
}

// Request is one message that would like to go out.
type Request struct {
	Channel   string
	PerSecond int // at least 1
	Class     schemas.Class
	// Queued tells that it was turned away before and its slot has come.
	Queued bool
	Now    schemas.Time // by the wall clock
}

// Ask lets a message out, which is the answer zero, or says when it is to ask
// again, later than now.
func (p *Pacer) Ask(r Request) (again schemas.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.channels[r.Channel]
	if c == nil {
		c = &channel{}
		if p.channels == nil {
			p.channels = map[string]*channel{}
		}
		p.channels[r.Channel] = c
	}
	return c.ask(r)
}

func (c *channel) ask(r Request) schemas.Time {
	interval := max(time.Microsecond, time.Second/time.Duration(r.PerSecond))
	full := max(interval, hold)
	c.follow(r.Now)
	c.spent = max(c.spent, r.Now.Add(-full))

	queue, ready := 0, c.spent.Add(interval)
	first := r.Queued || c.tails[0] <= r.Now
	if r.Class == schemas.Transactional {
		queue = 1
		first = r.Queued || c.tails[1] <= r.Now
	} else {
		first = first && c.tails[1] <= r.Now
		ready = ready.Add(full / interval / reserved * interval)
	}
	if first && ready <= r.Now {
		c.spent = c.spent.Add(interval)
		return 0
	}
	slot := max(ready, c.tails[queue].Add(interval), r.Now+1)
	if queue == 0 {
		slot = max(slot, c.tails[1].Add(interval))
	}
	c.tails[queue] = slot
	return slot
}

// follow sets the channel back with a clock that was, or nothing would go out for
// as long as that. Bucket and queues stay as full as they were.
//
// Not every clock that is behind was set back. If it followed a lane whose cycle
// began a moment earlier, the next lane would find the bucket filled by the
// difference, each time anew.
func (c *channel) follow(now schemas.Time) {
	back := c.spent.Sub(now)
	if back <= apart {
		return
	}
	c.spent = now
	for i := range c.tails {
		c.tails[i] = c.tails[i].Add(-back)
	}
}
