package state

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// The answers out of the core record are those of the sections, whatever was sent.
func TestGistTellsWhatTheSectionWould(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	at := func() schemas.Time {
		switch rng.IntN(4) {
		case 0:
			return schemas.Time(rng.IntN(1000)) - 500 // about 1970
		case 1:
			return schemas.Time(rng.IntN(100)) * minute
		}
		return 1<<50 + schemas.Time(rng.Int64N(1<<40))
	}
	names := []string{"a", "b", "c", "d", "e", "f"}
	gists, unread := 0, 0
	for range 500 {
		d, c := disk{}, New("ana")
		sends := c.EditSends()
		for _, name := range names[:rng.IntN(len(names)+1)] {
			ts := TriggerSends{FirstAt: at(), Once: []string{strings.Repeat("x", 40)}}
			for range rng.IntN(3) {
				ts.AddGoal(Goal{SentAt: at(), Until: at()})
			}
			sends.SetTrigger(name, ts)
		}
		for i := range rng.IntN(3) {
			sends.AddOpen(Revocable{CommandID: schemas.CommandID(fmt.Sprint(i)), Step: strings.Repeat("y", 40), ExpiresAt: at()}, 0)
		}
		for range rng.IntN(4) {
			c.EditUntils().Add(StartEvent{Time: at(), Data: []byte(strings.Repeat("z", 80))})
		}
		d.commit(t, c)
		c = d.load(t)
		near := func(what string, got, want schemas.Time) {
			t.Helper()
			if got < want || want > 0 && got > want+minute {
				t.Errorf("%s: %d, the section says %d", what, got, want)
			}
		}
		if c.parts[SendsSection].gist != "" {
			gists++
		}
		full := d.load(t)
		near("newest until", c.NewestUntil(), full.Untils().newest())
		near("goals", c.GoalsUntil(), full.Sends().goalsUntil())
		near("open", c.OpenUntil(), full.Sends().openUntil())
		firsts := len(full.Sends().Triggers)
		for _, name := range append(names, "never") {
			first, now := full.Sends().Trigger(name).FirstAt, at()
			within := []time.Duration{0, 1, time.Minute, now.Sub(first), first.Sub(now), first.Sub(now) + 1, now.Sub(first) + 1}[rng.IntN(7)]
			if rng.IntN(10) > 0 {
				within = time.Duration(rng.IntN(400)) * 24 * time.Hour
			}
			want := first != 0 && max(now.Sub(first), first.Sub(now)) < within
			if got := c.SentAbout(name, now, within); got != want {
				t.Errorf("%s sent first at %d; within %s of %d: %v, want %v", name, first, within, now, got, want)
			}
		}
		if p := &c.parts[SendsSection]; p.gist != "" && firsts <= maxFirsts && p.val == nil {
			unread++
		}
		if c.Err() != nil {
			t.Fatal(c.Err())
		}
	}
	if gists < 100 || unread < gists/10 {
		t.Errorf("only %d sections of their own, of which %d were not read", gists, unread)
	}
}

// An edit that changes nothing but the gist writes the core record too.
func TestGistIsWrittenWithItsSection(t *testing.T) {
	d, c := disk{}, New("ana")
	event := StartEvent{Time: 1 << 50, Data: []byte(strings.Repeat("z", 200))}
	c.KeepUntil(event, 24*time.Hour)
	d.commit(t, c)
	for i, days := range []schemas.Time{0, 1, 3, 3} {
		c = d.load(t)
		event.Time = 1<<50 + days*24*60*minute
		c.KeepUntil(event, 24*time.Hour)
		changes := sectionsOf(d.commit(t, c))
		if want := "untils core"; days != 3 || i == 2 {
			if i > 0 && changes != want {
				t.Errorf("day %d: wrote %q, want %q", days, changes, want)
			}
		} else if changes != "untils" {
			t.Errorf("another event of day %d: wrote %q, want no core record", days, changes)
		}
		if got := d.load(t).NewestUntil(); got < event.Time {
			t.Errorf("day %d: newest %d, want %d or a little later", days, got, event.Time)
		}
	}
}

// Events that are all too old go without being read.
func TestOldUntilsAreNotRead(t *testing.T) {
	d, c := disk{}, New("ana")
	event := StartEvent{Time: 1 << 50, Data: []byte(strings.Repeat("z", 200))}
	c.KeepUntil(event, time.Hour)
	d.commit(t, c)
	delete(d, UntilsSection)
	c = d.load(t)
	event.Time += 2 * 60 * minute
	c.KeepUntil(event, time.Hour)
	d.commit(t, c)
	if c.Err() != nil || len(d.load(t).Untils().Events) != 1 {
		t.Errorf("%v, %v", c.Err(), d.load(t).Untils().Events)
	}
}

// A record without gists is of an older format: the sections are read.
func TestSectionWithoutGistIsRead(t *testing.T) {
	d, c := disk{}, New("ana")
	c.EditUntils().Add(StartEvent{Time: 1 << 50, Data: []byte(strings.Repeat("z", 200))})
	d.commit(t, c)
	c = d.load(t)
	c.parts[UntilsSection].gist = ""
	if got := c.NewestUntil(); got != 1<<50 {
		t.Errorf("newest %d", got)
	}
	c = d.load(t)
	c.parts[UntilsSection].gist = "\xc1"
	if c.NewestUntil(); c.Err() == nil {
		t.Error("a broken gist is no error")
	}
	c = d.load(t)
	c.parts[SendsSection] = part{external: true, gist: "\x05"}
	if c.OpenUntil(); c.Err() == nil {
		t.Error("a gist that is too short is no error")
	}
}
