package backtest

import (
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// A wait that was over before it could begin ends late by the wall clock, as in a
// running app; one that a caller only looks for grace later does not.
func TestWaitsOfLateEventsEndLate(t *testing.T) {
	p := &puppet{}
	w := NewWorld(p, 10*time.Second, &kept{}, at(0))
	happen := func(sec int, subject, kind string) {
		t.Helper()
		if err := w.Happen(&schemas.Event{Type: kind, Subject: subject, Time: at(sec)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []func() error{
		func() error { return w.Advance(at(500)) },
		func() error { happen(100, "ana", "wait 60"); return w.Settle() },
		func() error { happen(500, "bob", "wait 30"); return w.Advance(at(540)) },
		func() error { return w.Settle() },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	wantLog(t, p.log,
		"100 ana wait 60 wall=500", "160 ana fires wall=500",
		"500 bob wait 30 wall=500", "530 bob fires wall=530")
}

// What happened in an outage is read in the order of time, by a clock that
// stands at its end.
func TestAnOutageIsCaughtUpWithInOrder(t *testing.T) {
	p := &puppet{}
	w := NewWorld(p, 0, &kept{}, at(0))
	if err := w.Happen(&schemas.Event{Type: "wait 60", Subject: "ana", Time: at(0)}); err != nil {
		t.Fatal(err)
	}
	err := w.Outage(at(300), []*schemas.Event{{Type: "stop", Subject: "bob", Time: at(50)}, {Type: "x", Subject: "cid", Time: at(70)}})
	if err != nil {
		t.Fatal(err)
	}
	wantLog(t, p.log, "0 ana wait 60 wall=0", "50 bob stop wall=300", "60 ana fires wall=300", "70 cid x wall=300")
	if w.Now() != at(300) {
		t.Errorf("now is %v", w.Now())
	}
}
