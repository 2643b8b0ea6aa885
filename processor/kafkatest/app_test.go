//go:build kafka

package kafkatest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long one run may take.
const patience = 4 * time.Minute

// settings is what differs between the apps that tests run.
type settings struct {
	layout   layout
	triggers string // below testdata
	records  int    // in a transaction; 0: the default
	prefix   string // of all names
}

// write makes the beckon.yaml of a process and returns its path.
func (s *settings) write(t *testing.T, dir string, p *process) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	triggers, err := filepath.Abs(s.files())
	if err != nil {
		t.Fatal(err)
	}
	keyed, commit := "subject", ""
	if s.layout.other {
		keyed = "other"
	}
	if s.records > 0 {
		commit = fmt.Sprintf("commit: {records: %d}\n", s.records)
	}
	text := fmt.Sprintf(`app: %[1]sapp
kafka: {brokers: [%[2]q]}
sources:
  - {topic: %[1]sorders, keyed_by: %[3]s}
  - {topic: %[1]sshipments, keyed_by: %[3]s}
  - {topic: %[1]sbrowse, keyed_by: %[3]s}
commands: {topic: %[1]scommands}
dead_letters: {topic: %[1]sdead-letters}
state: {dir: %[4]q}
triggers: %[5]q
lanes: 2
%[6]sadmin: {listen: %[7]q}
`, s.prefix, broker.Addr, keyed, p.state, triggers, commit, p.admin)
	path := filepath.Join(dir, "beckon.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func (s *settings) files() string { return filepath.Join("testdata", s.triggers) }

// app is one app on the shared broker, with topics of its own: two processes
// with two lanes each, not started yet, and a reader of the delivery topic.
type app struct {
	t    *testing.T
	ctx  context.Context // ends with patience
	a, b *process
	feed *feeder
	in   *delivery
	settings
}

// newApp makes the input topics, which belong to the shop and keep records of
// old events, and lets beckon make its own.
func newApp(t *testing.T, s settings) *app {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	s.prefix = strings.NewReplacer("/", ".", "Test", "").Replace(t.Name()) + "."
	dir := t.TempDir()
	for topic, partitions := range s.layout.partitions {
		CreateTopic(t, ctx, broker.Addr, s.prefix+topic, partitions)
	}
	ap := &app{t: t, ctx: ctx, settings: s}
	ap.a, ap.b = startLater(t, filepath.Join(dir, "a"), s), startLater(t, filepath.Join(dir, "b"), s)
	beckon(t, ctx, "topics", "create", "--config", ap.a.config)
	ap.feed = newFeeder(t, s.prefix, s.layout)
	ap.in = newDelivery(t, ctx, s.prefix+"commands")
	return ap
}

// until waits for so many commands while both processes run.
func (ap *app) until(n int) {
	ap.t.Helper()
	ap.in.until(ap.ctx, n, ap.a, ap.b)
}

// finish lets both processes read everything, stops them in good order, and
// compares all that they have ever sent.
func (ap *app) finish(want map[string][]byte) {
	ap.t.Helper()
	ap.until(len(want))
	ap.a.ready(ap.ctx)
	ap.b.ready(ap.ctx)
	ap.a.stop()
	ap.b.stop()
	ap.in.toEnd(ap.ctx)
	compare(ap.t, ap.in.values, want)
}

// killed checks that a kill came in the middle, and says where.
func (ap *app) killed(when time.Time, total int) int {
	ap.t.Helper()
	n := ap.in.before(when)
	if n >= total {
		ap.t.Errorf("all %d commands were there before the kill, so nothing was shown", total)
	}
	return n
}
