package processor

import (
	"errors"
	"testing"

	"github.com/beckon-io/beckon/state"
)

// Where a task's inputs stand is what the commit record says, unless somebody has set the
// group's offsets by hand, or what is known of the two does not go together.
func TestWhereInputsStand(t *testing.T) {
	orders := partition{"orders", 0}
	was := state.Commit{Seq: 7, Inputs: []state.Input{{Topic: "orders", Offset: 50, Ahead: []state.Ahead{{Queue: 1, Next: 90}}, TopicID: [16]byte{1}}}}
	by := func(seq uint64, offset int64) committed {
		return committed{offset: offset, Metadata: state.Metadata{Seq: seq}}
	}
	for name, c := range map[string]struct {
		commit state.Commit
		group  committed
		id     byte
		want   int64
		err    error // of any kind where want is -1
	}{
		"as committed":                    {was, by(7, 50), 1, 50, nil},
		"forgotten by the group":          {was, by(0, -1), 1, 50, nil},
		"set by hand":                     {was, by(0, 10), 1, 10, nil},
		"set by hand, of another topic":   {was, by(0, 10), 2, 10, nil},
		"the same number by hand":         {was, by(0, 50), 2, 50, nil},
		"never read":                      {state.Commit{}, by(0, -1), 1, 3, nil},
		"read before, and left out since": {state.Commit{Seq: 7}, by(5, 20), 1, 20, nil},
		"another topic, forgotten":        {was, by(0, -1), 2, -1, errReplaced},
		"another topic":                   {was, by(7, 50), 2, -1, errReplaced},
		"fetched too early":               {was, by(6, 40), 1, -1, errOutdated},
		"the same transaction elsewhere":  {was, by(7, 40), 1, -1, nil},
	} {
		snap, err := snapshotOf(&c.commit, []partition{orders}, map[partition]committed{orders: c.group},
			map[partition]int64{orders: 3}, map[string]*source{"orders": {extent: extent{id: [16]byte{c.id}}}})
		switch {
		case c.want < 0:
			if err == nil || c.err != nil && !errors.Is(err, c.err) {
				t.Errorf("%s: error %v, want %v", name, err, c.err)
			}
		case err == nil && c.id == 2 && len(snap.Logs[0].Ahead) > 0:
			t.Errorf("%s: queues of the topic that was are ahead: %v", name, snap.Logs[0].Ahead)
		case err != nil || snap.Logs[0].Next != c.want:
			t.Errorf("%s: at %d, error %v; want %d", name, snap.Logs[0].Next, err, c.want)
		}
	}
}
