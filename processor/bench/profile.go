package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/google/pprof/profile"
)

// Stage is a part of the work on an event, with its share of CPU time.
type Stage struct {
	Name  string
	Share float64 // 0 to 1
}

// stages tell by the functions on a stack, innermost first, where time goes.
// The first match counts; within a stack the innermost function that matches
// anything decides, so that state read within the engine counts as state.
var stages = []struct {
	name  string
	marks []string
}{
	{"garbage collection", []string{"runtime.gcBgMarkWorker", "runtime.bgsweep", "runtime.gcAssistAlloc", "runtime.bgscavenge"}},
	{"fetch", []string{"kgo.(*source)", "kgo.(*cursor", "kgo.ProcessFetchPartition", "kgo.ProcessRespPartition", "kgo.(*Client).Poll", "kgo.(*brokerCxn).readConn", "kgo.(*brokerCxn).handleResp"}},
	{"produce", []string{"kgo.(*sink)", "kgo.(*recBuf", "kgo.(*recBatch", "kgo.(*producer", "kgo.(*Client).Produce", "kgo.(*Client).produce", "kgo.(*brokerCxn).write", "processor.(*output)", "processor.snappy"}},
	{"decode", []string{"beckon/schemas.Decode", "beckon/schemas.(*Decoder", "processor.(*source).decode"}},
	{"apply", []string{"store.(*Store).Apply", "store.(*Store).writeBack", "store.(*Task).applied", "pebble/v2.(*DB).flush", "pebble/v2.(*DB).compact", "pebble/v2.(*DB).runCompaction", "pebble/v2.(*Batch"}},
	{"encode", []string{"store.(*Task).Seal", "store.(*Task).Done", "store.(*records).write", "state.(*Customer).Changes"}},
	{"state get", []string{"store.(*Task).Customer", "store.(*Task).Knows", "store.(*Task).Prefetch", "store.(*Task).read", "store.(*Task).PopDue", "pebble/v2.(*DB).Get", "state.(*Customer).Reload", "state.decode"}},
	{"engine", []string{"triggers/engine.", "triggers/expr.", "triggers/policy."}},
	{"merge and clock", []string{"processor/merge."}},
	{"lane", []string{"beckon/processor."}},
}

// Breakdown splits a CPU profile by stage, largest first; what no stage claims
// is "other".
func Breakdown(r io.Reader) ([]Stage, error) {
	p, err := profile.Parse(r)
	if err != nil {
		return nil, fmt.Errorf("read CPU profile: %w", err)
	}
	value := len(p.SampleType) - 1 // nanoseconds of CPU
	sums, total := map[string]int64{}, int64(0)
	for _, s := range p.Sample {
		sums[stageOf(s)] += s.Value[value]
		total += s.Value[value]
	}
	if total == 0 {
		return nil, fmt.Errorf("read CPU profile: it has no samples")
	}
	var all []Stage
	for name, n := range sums {
		all = append(all, Stage{name, float64(n) / float64(total)})
	}
	slices.SortFunc(all, func(a, b Stage) int {
		if a.Share != b.Share {
			return int((b.Share - a.Share) * 1e9)
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all, nil
}

func stageOf(s *profile.Sample) string {
	for _, at := range s.Location { // innermost first
		for _, line := range at.Line {
			for _, stage := range stages {
				for _, mark := range stage.marks {
					if strings.Contains(line.Function.Name, mark) {
						return stage.name
					}
				}
			}
		}
	}
	return "other"
}
