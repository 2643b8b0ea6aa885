package rate

import (
	"container/heap"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

const second = schemas.Time(time.Second / time.Microsecond)

// asker is a message that comes back at its slot, late by up to a transaction.
type asker struct {
	at     schemas.Time
	class  schemas.Class
	queued bool
	n      int
}

type askers []asker

func (a askers) Len() int { return len(a) }
func (a askers) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].n < a[j].n
}
func (a askers) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *askers) Push(v any)   { *a = append(*a, v.(asker)) }
func (a *askers) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// sent is a message that went out.
type sent struct {
	at schemas.Time
	asker
}

// run asks for all messages in cycles of a length, as a lane does.
func run(t *testing.T, perSecond int, cycle time.Duration, all askers) (out []sent, asked int) {
	t.Helper()
	var p Pacer
	heap.Init(&all)
	for now := schemas.Time(1000) * second; len(all) > 0; now = now.Add(cycle) {
		for len(all) > 0 && all[0].at <= now {
			a := heap.Pop(&all).(asker)
			asked++
			again := p.Ask(Request{"email", perSecond, a.class, a.queued, now})
			if again == 0 {
				out = append(out, sent{now, a})
				continue
			}
			if again <= now {
				t.Fatalf("again at %d, now is %d", again, now)
			}
			a.at, a.queued = again, true
			heap.Push(&all, a)
		}
		if now > 5000*second {
			t.Fatalf("%d messages never went out", len(all))
		}
	}
	return out, asked
}

func burst(n int, class schemas.Class, at schemas.Time) (all askers) {
	for i := range n {
		all = append(all, asker{at: at, class: class, n: i})
	}
	return all
}

// most is the largest number of messages in any window of a second.
func most(out []sent) int {
	most, from := 0, 0
	for i := range out {
		for out[from].at <= out[i].at-second {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

func TestBacklogGoesOutAtItsRateInOrder(t *testing.T) {
	for _, rate := range []int{1, 7, 20, 500, 5000} {
		n := rate * 20
		out, asked := run(t, rate, 100*time.Millisecond, burst(n, schemas.Marketing, 0))
		if m := most(out); m > rate+max(1, rate/4) {
			t.Errorf("%d/s: %d in one second", rate, m)
		}
		took := out[n-1].at - out[0].at
		if took < 19*second-second/2 || took > 22*second {
			t.Errorf("%d/s: %d messages took %ds", rate, n, took/second)
		}
		if asked > 3*n {
			t.Errorf("%d/s: %d messages asked %d times", rate, n, asked)
		}
		for i := range out {
			if out[i].n != i {
				t.Errorf("%d/s: message %d went out in place %d", rate, out[i].n, i)
				break
			}
		}
	}
}

func TestMarketingGivesWay(t *testing.T) {
	start := 1000 * second
	all := burst(3000, schemas.Marketing, start)
	for i := range 100 { // ten a second, behind a minute of marketing
		all = append(all, asker{at: start + schemas.Time(i)*second/10, class: schemas.Transactional, n: 10_000 + i})
	}
	out, _ := run(t, 50, 50*time.Millisecond, all)
	for _, s := range out {
		wanted := start + schemas.Time(s.n-10_000)*second/10
		if s.class == schemas.Transactional && s.at-wanted > second/5 {
			t.Fatalf("transactional message %d waited %dms behind marketing", s.n, (s.at-wanted)/1000)
		}
	}
	if m := most(out); m > 50+13 {
		t.Errorf("%d in one second", m)
	}
}

// More transactional messages than the rate: marketing waits until they are out.
func TestTransactionalAloneFillsTheRate(t *testing.T) {
	start := 1000 * second
	all := append(burst(100, schemas.Marketing, start+1), burst(1000, schemas.Transactional, start)...)
	out, _ := run(t, 50, 50*time.Millisecond, all)
	early := 0
	for i, s := range out {
		if s.class == schemas.Marketing && i < 950 {
			early++
		}
	}
	if early > 10 {
		t.Errorf("%d marketing messages went before transactional ones", early)
	}
}

// A quiet channel saves up no more than its bucket; channels don't share one.
func TestSilenceEarnsNothing(t *testing.T) {
	var p Pacer
	ask := func(channel string, now schemas.Time) bool {
		return p.Ask(Request{Channel: channel, PerSecond: 8, Class: schemas.Transactional, Now: now}) == 0
	}
	n := 0
	for ask("sms", 1000*second) {
		n++
	}
	if n != 2 {
		t.Errorf("%d at once, want 2 of 8/s", n)
	}
	if !ask("email", 1000*second) {
		t.Error("email waits for sms")
	}
}

// The queue is as long after it as before, and nobody gets in twice.
func TestClockThatIsSetBackHoldsNobodyUp(t *testing.T) {
	var p Pacer
	ask := func(class schemas.Class, now schemas.Time) time.Duration {
		again := p.Ask(Request{Channel: "sms", PerSecond: 1, Class: class, Now: now})
		return max(0, again.Sub(now))
	}
	ahead := 10_000 * second
	right := ahead - 59*60*second
	for i := range 5 {
		if wait := ask(schemas.Marketing, ahead); wait != time.Duration(i)*time.Second {
			t.Fatalf("message %d waits %s", i, wait)
		}
	}
	if wait := ask(schemas.Transactional, right); wait != time.Second {
		t.Errorf("a transactional message waits %s, want 1s", wait)
	}
	if wait := ask(schemas.Marketing, right); wait != 5*time.Second {
		t.Errorf("the sixth message waits %s, want 5s", wait)
	}
	if wait := ask(schemas.Transactional, right+10*second); wait != 0 {
		t.Errorf("when all slots are over, a message waits %s", wait)
	}
}

// Two lanes ask in turns, the clock of one being a cycle behind.
func TestClocksThatAreApartEarnNothing(t *testing.T) {
	var p Pacer
	out := 0
	for at := 1000 * second; at < 1010*second; at += second / 1000 {
		for _, behind := range []schemas.Time{0, 5 * second} {
			if p.Ask(Request{Channel: "sms", PerSecond: 100, Class: schemas.Transactional, Now: at - behind}) == 0 {
				out++
			}
		}
	}
	if out > 1025 {
		t.Errorf("%d messages in ten seconds of 100 each", out)
	}
}
