package store

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// An empty copy is as old as its restore, also where that is cut short: without an age
// it would be older than all tombstones. One that holds something has its age until the
// restore is finished, however often it is begun.
func TestCutRestoreHasAnAge(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	topic := [16]byte{1}
	begin := func(at schemas.Time) *Restore {
		t.Helper()
		r, err := s.Restore(2)
		if err != nil {
			t.Fatal(err)
		}
		r.Begin(topic, at)
		return r
	}
	// fill adds large records until a batch was written.
	large := make([]byte, restoreBatch/4)
	fill := func(r *Restore) {
		t.Helper()
		from := r.Meta().Position
		for offset := from; offset < from+4; offset++ {
			if err := r.Add(offset, state.AppendKey(nil, state.ViewsSection, "ana"), large); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := func(when string, position int64, age schemas.Time) {
		t.Helper()
		got, _, err := s.Meta(2)
		if err != nil || got.Position != position || got.AppliedAt != age || got.TopicID != topic {
			t.Errorf("%s: the copy is of %d, of topic %v, at %d (%v); want %d, %v, %d", when, got.AppliedAt, got.TopicID, got.Position, err, age, topic, position)
		}
	}
	fill(begin(100))
	want("cut short", 4, 100)
	fill(begin(200))
	want("cut short again", 8, 100)
	if err := begin(300).Finish(9, 310); err != nil {
		t.Fatal(err)
	}
	want("finished", 9, 310)
	fill(begin(400))
	want("cut short later", 13, 310)
	if err := s.DropTask(2); err != nil {
		t.Fatal(err)
	}
	fill(begin(500))
	want("begun anew", 4, 500)
}
