package store

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// The obvious model of a task: when each customer wakes, and its points.
type model map[string]fact

type fact struct {
	wake   schemas.Time
	points int64
	said   []string // keys of the latest decisions; never changed in place
}

// due is the first customer in the order of (wake, subject).
func (m model) due(limit schemas.Time) (subject string, wake schemas.Time) {
	for s, f := range m {
		if f.wake != 0 && f.wake <= limit && (wake == 0 || f.wake < wake || f.wake == wake && s < subject) {
			subject, wake = s, f.wake
		}
	}
	return subject, wake
}

// Any sequence of edits, fired waits, commits, aborts and reopenings gives what
// the model gives, timers in order included. Many customers, so that the head
// of the index is refilled and cut.
func TestTaskAgreesWithTheModel(t *testing.T) {
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 1))
		fs := vfs.NewMem()
		s := openSmall(t, fs)
		task := openTask(t, s, 7)
		committed, now := model{}, model{}
		clock := schemas.Time(0)
		many := []int{40, 6000}[seed%2]
		for step := range 400 {
			switch r := rng.IntN(100); {
			case r < 60:
				for range 1 + rng.IntN(30) {
					subject := fmt.Sprint("c", rng.IntN(many))
					c := customer(t, task, subject)
					f := now[subject]
					if c.Core().Points != f.points || c.Wake() != f.wake {
						t.Fatalf("seed %d, step %d: %s has %d points and wakes at %d, want %v", seed, step, subject, c.Core().Points, c.Wake(), f)
					}
					if got := said(c); rng.IntN(4) == 0 && !slices.Equal(got, f.said) {
						t.Fatalf("seed %d, step %d: decisions of %s are %v, want %v (%v)", seed, step, subject, got, f.said, c.Err())
					}
					f.points = rng.Int64N(1000)
					c.EditCore().Points = f.points
					if rng.IntN(2) == 0 {
						key := fmt.Sprint(step)
						c.AddDecision(schemas.Decision{Key: key})
						f.said = append(slices.Clone(f.said), key)
						f.said = f.said[max(0, len(f.said)-state.MaxDecisions):]
					}
					if rng.IntN(3) > 0 {
						f.wake = max(0, clock+schemas.Time(rng.IntN(3000)-100))
						wait(task, c, f.wake)
					}
					now[subject] = f
				}
			case r < 80:
				clock += schemas.Time(rng.IntN(200))
				fireUpTo(t, task, now, clock, rng, fmt.Sprintf("seed %d, step %d", seed, step))
			case r < 90:
				apply(t, task)
				committed = maps.Clone(now)
			case r < 97:
				task.Discard()
				now = maps.Clone(committed)
			default:
				task.Close()
				if rng.IntN(2) == 0 {
					if err := s.Rebuild(7); err != nil {
						t.Fatal(err)
					}
				}
				task = openTask(t, s, 7)
				now = maps.Clone(committed)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func said(c *state.Customer) (keys []string) {
	for _, d := range c.Decisions() {
		keys = append(keys, d.Key)
	}
	return keys
}

func fireUpTo(t *testing.T, task *Task, now model, clock schemas.Time, rng *rand.Rand, where string) {
	t.Helper()
	for {
		wantSubject, wantDue := now.due(clock)
		if first, ok, err := task.NextDue(); err != nil || wantDue != 0 && (!ok || first.At > wantDue) {
			t.Fatalf("%s: next due %v (%v), %v; want %d or before", where, first, ok, err, wantDue)
		}
		c, due, err := task.PopDue(clock)
		if err != nil {
			t.Fatal(err)
		}
		if c == nil {
			if wantDue != 0 {
				t.Fatalf("%s: nothing due, want %s at %d", where, wantSubject, wantDue)
			}
			return
		}
		if c.Subject != wantSubject || due != wantDue {
			t.Fatalf("%s: popped %s at %d, want %s at %d", where, c.Subject, due, wantSubject, wantDue)
		}
		f := now[c.Subject]
		f.wake = schemas.Time(rng.IntN(2)) * (clock + schemas.Time(rng.IntN(500)))
		if f.wake <= due { // the same instant again would go on for ever
			f.wake = 0
		}
		wait(task, c, f.wake)
		now[c.Subject] = f
	}
}
