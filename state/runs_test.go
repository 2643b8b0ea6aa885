package state

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestRunsAreFoundAndBounded(t *testing.T) {
	var rs Runs
	small := Run{Trigger: "t", Version: "3f9c2a41", ID: "0123456789abcdef"}
	for i := range MaxRuns {
		small.Key = fmt.Sprint(i)
		small.Start = StartEvent{ID: "event-" + small.Key, Source: "/shop", Type: "cart.updated"}
		if !rs.Room(&small) {
			t.Fatalf("no room for a small run after %d", i)
		}
		rs.Active = append(rs.Active, small)
	}
	if rs.Room(&small) {
		t.Errorf("room for a run over %d", MaxRuns)
	}
	rs.Remove(rs.Find("t", "5"))
	if rs.Find("t", "5") >= 0 || rs.Find("t", "999") != 5 || len(rs.Active) != MaxRuns-1 {
		t.Error("removed the wrong one")
	}
	full := Run{Start: StartEvent{Time: math.MaxInt64}, StartedAt: math.MaxInt64, Op: 1 << 20, At: math.MaxInt64, Due: math.MaxInt64, Held: math.MaxInt64,
		Sent: 1 << 20, FirstSentAt: math.MaxInt64, Again: math.MaxInt64}
	for _, n := range []int{0, 31, 32, 255, 256, 1 << 16} {
		text := strings.Repeat("x", n)
		full.Key, full.HeldChannels, full.Start.Data, full.Start.Item = text, []string{text}, []byte(text), []byte(text)
		var w writer
		full.encode(&w)
		if len(w.b) > full.maxSize() {
			t.Errorf("a run of texts of %d bytes has %d, not at most %d", n, len(w.b), full.maxSize())
		}
	}
	large := Run{Start: StartEvent{Data: make([]byte, maxRunBytes)}}
	if (&Runs{}).Room(&large) {
		t.Error("room for a run larger than all may be")
	}
}
