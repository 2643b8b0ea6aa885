//go:build kafka

package kafkatest

import (
	"testing"
	"time"
)

// TestEachCommandOnceWhateverDies feeds recorded events, a whole file before
// anything runs, to two processes with four lanes in all, kills one at a third
// and the other at two thirds of the commands, and compares what is in the
// delivery topic with the backtest of the same file and with the answers of an
// independent program.
func TestEachCommandOnceWhateverDies(t *testing.T) {
	for _, data := range datasets(t) {
		want := backtest(t, t.Context(), "testdata/triggers", data.file)
		for _, l := range []layout{fitting, unfitting} {
			t.Run(data.name+"/"+l.name, func(t *testing.T) {
				began := time.Now()
				ap := newApp(t, settings{layout: l, triggers: "triggers", records: data.records})
				ap.feed.file(ap.ctx, data.file)
				n := len(want)

				ap.a.start()
				ap.b.start()
				ap.until(n / 3)
				first := ap.a.kill()
				ap.a.start()
				ap.until(2 * n / 3)
				second := ap.b.kill()
				ap.b.start()
				ap.finish(want)
				compareExpected(t, data.expected, ap.in.values)

				tell(t, began, "%d commands, each once; kill -9 after %d and %d of them",
					len(ap.in.values), ap.killed(first, n), ap.killed(second, n))
			})
		}
	}
}
