package processor

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// How far a task is, as its offsets and the ends of its logs say.
func TestHowFarATaskIs(t *testing.T) {
	const now = schemas.Time(1_800_000_000_000_000)
	inputs := []partition{{"orders", 0}, {"mailbox", 0}}
	said := state.Metadata{Seq: 7, Processed: now - 1000}
	type offset struct {
		at int64 // negative: never committed
		state.Metadata
	}
	for _, c := range []struct {
		name    string
		offsets [2]offset
		ends    [2]int64
		want    schemas.Time
	}{
		{"nothing was ever there", [2]offset{{at: -1}, {at: -1}}, [2]int64{0, 0}, now},
		{"it was never read", [2]offset{{at: -1}, {at: -1}}, [2]int64{5, 0}, 0},
		{"all was read", [2]offset{{5, said}, {3, said}}, [2]int64{5, 3}, now},
		{"some is left", [2]offset{{4, said}, {3, said}}, [2]int64{5, 3}, said.Processed},
		{"mail is left", [2]offset{{5, said}, {2, said}}, [2]int64{5, 3}, said.Processed},
		{"an older transaction has a later time", [2]offset{{4, said}, {2, state.Metadata{Seq: 6, Processed: now}}}, [2]int64{5, 3}, said.Processed},
		{"a partition was added", [2]offset{{at: -1}, {3, said}}, [2]int64{5, 3}, 0},
		{"and holds nothing", [2]offset{{at: -1}, {2, said}}, [2]int64{0, 3}, said.Processed},
		{"an offset was set by hand", [2]offset{{at: 2}, {3, said}}, [2]int64{5, 3}, 0},
		{"to the end", [2]offset{{at: 5}, {3, said}}, [2]int64{5, 3}, now},
	} {
		t.Run(c.name, func(t *testing.T) {
			group := kadm.OffsetResponses{}
			ends := map[partition]int64{}
			for i, in := range inputs {
				ends[in] = c.ends[i]
				if o := c.offsets[i]; o.at >= 0 {
					r := kadm.OffsetResponse{Offset: kadm.Offset{Topic: in.topic, Partition: in.id, At: o.at}}
					if o.Seq > 0 {
						r.Metadata = o.Metadata.String()
					}
					group.Add(r)
				}
			}
			var w watermarks
			for _, round := range []string{"first", "second"} { // which knows some ends, and asks for fewer
				var s standing
				if err := s.read(inputs, group); err != nil {
					t.Fatal(err)
				}
				answer := map[partition]int64{}
				for _, in := range w.unknown(&s) {
					if _, twice := answer[in]; twice { // a broker refuses that
						t.Errorf("%s: the end of %s is asked for twice", round, in)
					}
					answer[in] = ends[in]
				}
				if _, asked := answer[inputs[1]]; !asked {
					t.Errorf("%s: the mailbox is not asked for its end", round)
				}
				if got, quiet := s.reached(answer, now); got != c.want || quiet != (got == now) {
					t.Errorf("%s: it is %d µs behind, want %d", round, now-got, now-c.want)
				}
				w.heard(answer)
			}
		})
	}
}
