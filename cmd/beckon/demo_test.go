package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beckon-io/beckon/console"
	"github.com/beckon-io/beckon/demo"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/state/store"
)

// A second demo in the folder of one that runs touches nothing of it, --fresh or not.
func TestADemoHasItsFolderToItself(t *testing.T) {
	dir := t.TempDir()
	first, err := (&demoCmd{Data: dir}).folder()
	if err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(dir, "time")
	if err := os.WriteFile(kept, []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, fresh := range []bool{false, true} {
		if _, err := (&demoCmd{Data: dir, Fresh: fresh}).folder(); err == nil || !strings.Contains(err.Error(), "a demo runs in "+dir+" already") {
			t.Errorf("fresh %v: %v", fresh, err)
		}
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := (&demoCmd{Data: dir, Fresh: true}).folder()
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if _, err := os.Stat(kept); !os.IsNotExist(err) {
		t.Errorf("--fresh has left it: %v", err)
	}
}

// What no demo has left stays: the folder may be that of an instance.
func TestAFreshDemoForgetsDemosAlone(t *testing.T) {
	dir := t.TempDir()
	kept := filepath.Join(dir, "state", "db")
	if err := os.MkdirAll(kept, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := (&demoCmd{Data: dir, Fresh: true}).folder(); err == nil || !strings.Contains(err.Error(), "is not known to be a demo's") {
		t.Error(err)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
}

// quiet takes messages that nobody reads.
func quiet(t *testing.T) streams {
	t.Helper()
	said, err := os.Create(filepath.Join(t.TempDir(), "said"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { said.Close() })
	return streams{err: said}
}

// controlOf is the control of a demo's process that processes nothing.
func controlOf(t *testing.T, cmd *demoCmd) *control {
	t.Helper()
	b, err := demo.StartBroker(cmd.Data, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	s := &show{cmd: cmd, clock: demo.NewClock(0, cmd.Speed)}
	if err := s.prepare(t.Context(), quiet(t), []string{b.Addr}); err != nil {
		t.Fatal(err)
	}
	p := &s.process
	t.Cleanup(func() {
		if err := p.stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	cfg, err := p.processorConfig()
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Tasks, err = p.topics(t.Context(), &cfg); err != nil {
		t.Fatal(err)
	}
	cfg.Instance = "one"
	c, err := p.keepSets(t.Context(), &cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The grace that a demo stretches to its speed is stretched in files that it
// loads again, too.
func TestADemoLoadsItsTriggersAgain(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	trigger := func(wait string) string {
		return "name: cart\nstart: {on: cart.updated}\nsteps: [{wait: " + wait + "}, {send: {template: reminder, channels: [email]}}]\n"
	}
	write("cart.yaml", trigger("1h"))
	c := controlOf(t, &demoCmd{Data: t.TempDir(), Speed: time.Hour, Triggers: dir})
	if err := c.Reload(t.Context(), false); err != nil || c.Status().Set.Generation != 1 {
		t.Errorf("the same files: %v, generation %d; want none but the first", err, c.Status().Set.Generation)
	}
	write("cart.yaml", trigger("2h"))
	if err := c.Reload(t.Context(), false); err != nil || c.Status().Set.Generation != 2 {
		t.Errorf("another wait: %v, generation %d; want the second", err, c.Status().Set.Generation)
	}
	write("policy.yaml", "grace: 1h\n")
	if err := c.Reload(t.Context(), false); !errors.Is(err, console.ErrRefused) || !strings.Contains(err.Error(), "grace is 1h0m0s in the policy and 15m0s in this process") {
		t.Errorf("a longer grace: %v; want it refused", err)
	}
}

// Without --triggers a demo has its own files, whatever lies where it is started.
func TestADemoLoadsItsOwnFilesAgain(t *testing.T) {
	t.Chdir(t.TempDir())
	c := controlOf(t, &demoCmd{Data: t.TempDir(), Speed: time.Hour})
	if err := c.Reload(t.Context(), false); err != nil || c.Status().Set.Generation != 1 {
		t.Errorf("%v, generation %d; want none but the first", err, c.Status().Set.Generation)
	}
}

func TestADemoTakesAnyBroker(t *testing.T) {
	brokers := []string{"[::1]:9092", "kafka:9092"}
	cfg, found := (&demoCmd{Data: t.TempDir()}).config(brokers, "127.0.0.1:8080")
	if found.Failed() || !slices.Equal(cfg.Kafka.Brokers, brokers) {
		t.Errorf("%v: got %v, %v", brokers, cfg, found)
	}
}

// However many customers a demo has, all who wait are counted.
func TestADemoCountsAllWhoWait(t *testing.T) {
	const customers = 10_001 // in one task
	s, err := store.Open(store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	task, err := s.Task(1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range customers {
		c, err := task.Customer(fmt.Sprintf("c-%d", i))
		if err != nil {
			t.Fatal(err)
		}
		c.EditRuns().Active = []state.Run{{Trigger: "cart", Due: 7}}
		task.Arm(c, 7)
	}
	if _, err := task.Seal(nil); err != nil {
		t.Fatal(err)
	}
	meta := task.Meta()
	meta.Seq++
	if err := s.Apply(store.Update{Task: task, Meta: meta}); err != nil {
		t.Fatal(err)
	}
	if got := waiting(s)["cart"]; got != customers {
		t.Errorf("%d wait, want %d", got, customers)
	}
}
