//go:build kafka

package kafkatest

import (
	"bytes"
	"encoding/json"
	"slices"
	"syscall"
	"testing"
	"time"
)

// TestLostStateIsRestored deletes the state of a process that has read a whole
// file: from the changelog alone, as the broker has compacted it, it comes to the same digests.
func TestLostStateIsRestored(t *testing.T) {
	began := time.Now()
	all := datasets(t)
	data := all[min(1, len(all)-1)]
	want := backtest(t, t.Context(), "testdata/triggers", data.file)
	ap := newApp(t, settings{layout: fitting, triggers: "triggers", records: data.records})
	changelog := ap.prefix + "app.changelog"
	configure(t, ap.ctx, changelog, "segment.ms", "200", "min.cleanable.dirty.ratio", "0.01")
	ap.feed.file(ap.ctx, data.file)
	ap.a.start()
	ap.in.until(ap.ctx, len(want), ap.a)
	ap.a.ready(ap.ctx)
	ap.a.stop()
	before := ap.digests(ap.a)
	configure(t, ap.ctx, changelog, "min.compaction.lag.ms", "0")
	left, written := compacted(t, ap.ctx, changelog)
	configure(t, ap.ctx, changelog, "min.compaction.lag.ms", "60000") // as beckon wants it
	ap.a.loseState()
	ap.a.start()
	ap.a.ready(ap.ctx)
	ap.a.stop()
	if after := ap.digests(ap.a); !slices.Equal(before, after) {
		t.Errorf("digests are\n%v after the restore,\n%v before", after, before)
	}
	ap.in.toEnd(ap.ctx)
	compare(t, ap.in.values, want)
	tell(t, began, "state lost and restored from what compaction has left, %d of %d offsets: %d tasks with the same digests, no command twice",
		left, written, len(before))
}

// digests are what `state verify` says of a process's tasks.
func (ap *app) digests(p *process) (all []string) {
	ap.t.Helper()
	out := beckon(ap.t, ap.ctx, "state", "verify", "--config", p.config, "--output", "json")
	for line := range bytes.Lines(out) {
		var task struct {
			OK     bool   `json:"ok"`
			Digest string `json:"digest"`
		}
		if err := json.Unmarshal(line, &task); err != nil {
			ap.t.Fatalf("state verify: %v\n%s", err, line)
		}
		if !task.OK || task.Digest == "" {
			ap.t.Errorf("state verify: a task is not as the changelog has it\n%s", line)
		}
		all = append(all, task.Digest)
	}
	if len(all) == 0 {
		ap.t.Errorf("state verify tells of no task\n%s", out)
	}
	return all
}

// TestProcessThatSleptDoesNoHarm stops a process for longer than the group waits
// for it, in the middle of its work. The other takes its tasks over; when the
// first wakes it is fenced, and comes back.
func TestProcessThatSleptDoesNoHarm(t *testing.T) {
	began := time.Now()
	data := datasets(t)[0]
	want := backtest(t, t.Context(), "testdata/triggers", data.file)
	ap := newApp(t, settings{layout: fitting, triggers: "triggers", records: data.records})
	ap.feed.file(ap.ctx, data.file)
	ap.a.start()
	ap.b.start()
	ap.until(len(want) / 3)
	ap.a.pause()
	slept := time.Now()
	ap.in.until(ap.ctx, len(want), ap.b)
	ap.a.resume()
	ap.finish(want)
	tell(t, began, "a process slept from command %d of %d on; each once", ap.in.before(slept), len(want))
}

// pause stops a process as a machine does that swaps or moves: nothing of it
// runs, and nobody is told.
func (p *process) pause() {
	p.alive()
	p.signal(syscall.SIGSTOP)
}

func (p *process) resume() { p.signal(syscall.SIGCONT) }
