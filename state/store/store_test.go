package store

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

func TestStateSurvivesOnDisk(t *testing.T) {
	dir := t.TempDir()
	open := func() *Store {
		s, err := Open(Options{Dir: dir, MemTable: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	task := openTask(t, s, 65535)
	c := customer(t, task, "ana")
	c.EditCore().Tier = "gold"
	for i := range 40 {
		c.EditViews().Add(state.View{SKU: fmt.Sprint("a product with a long name ", i), At: schemas.Time(i)})
	}
	wait(task, c, 100)
	apply(t, task)
	want := task.Meta()
	task.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	defer s.Close()
	task = openTask(t, s, 65535)
	if got := task.Meta(); got.Position != want.Position || got.Seq != want.Seq {
		t.Errorf("meta %v, want %v", got, want)
	}
	c = customer(t, task, "ana")
	if c.Core().Tier != "gold" || len(c.Views().Recent) != 40 || c.Err() != nil {
		t.Errorf("tier %q, %d views, %v", c.Core().Tier, len(c.Views().Recent), c.Err())
	}
	if got := popAll(t, task, 100); !slices.Equal(got, []Due{{100, "ana"}}) {
		t.Errorf("due %v", got)
	}
}

// The other process is this test binary.
func TestDirectoryOfAnotherProcessIsRefused(t *testing.T) {
	if dir := os.Getenv("STORE_TEST_DIR"); dir != "" {
		_, err := Open(Options{Dir: dir})
		fmt.Println("locked:", errors.Is(err, ErrLocked), err)
		os.Exit(0)
	}
	dir := t.TempDir()
	s, err := Open(Options{Dir: dir, MemTable: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := Open(Options{Dir: dir}); !errors.Is(err, ErrLocked) {
		t.Errorf("second store of one process: got %v, want ErrLocked", err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestDirectoryOfAnotherProcessIsRefused$")
	cmd.Env = append(os.Environ(), "STORE_TEST_DIR="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "locked: true") || !strings.Contains(string(out), dir) {
		t.Errorf("second process: %v\n%s", err, out)
	}
}

func TestFullDiskReachesTheOwner(t *testing.T) {
	t.Run("memtable", func(t *testing.T) { fullDisk(t, "") })
	t.Run("tables", func(t *testing.T) { fullDisk(t, "incoming") })
}

// fullDisk lets the disk be full for files whose path contains place.
func fullDisk(t *testing.T, place string) {
	full := atomic.Bool{}
	fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if full.Load() && (op.Kind == errorfs.OpFileWrite || op.Kind == errorfs.OpCreate) && strings.Contains(op.Path, place) {
			return syscall.ENOSPC
		}
		return nil
	}))
	told := make(chan error, 1)
	s, err := Open(Options{Dir: "state", FS: fs, MemTable: 1 << 20, OnFatal: func(err error) { told <- err }})
	if err != nil {
		t.Fatal(err)
	}
	if place != "" {
		s.tables.few = 0
	}
	task := openTask(t, s, 0)
	customer(t, task, "ana").EditCore().Tier = "gold"
	apply(t, task)
	full.Store(true)
	if err := s.Flush(); !errors.Is(err, ErrFailed) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("flush: %v; want ErrFailed and ENOSPC", err)
	}
	if err := <-told; !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("the owner is told %v", err)
	}
	customer(t, task, "ana").EditCore().Tier = "lead"
	if _, err := task.Seal(nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(Update{task, task.Meta()}); !errors.Is(err, ErrFailed) {
		t.Errorf("apply after it: %v; want ErrFailed", err)
	}
	if _, err := s.Task(1); !errors.Is(err, ErrFailed) {
		t.Errorf("open a task after it: %v; want ErrFailed", err)
	}
	full.Store(false)
	if err := s.writeBackAll(); !errors.Is(err, ErrFailed) {
		t.Errorf("write what waits after it, with room again: %v; want ErrFailed", err)
	}
	s.Close() // its error is the full disk's
}

func TestTaskIsOpenOnce(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	task := openTask(t, s, 4)
	if _, err := s.Task(4); err == nil {
		t.Error("opened twice")
	}
	if _, err := s.Restore(4); err == nil {
		t.Error("restored while open")
	}
	if err := s.DropTask(4); err == nil {
		t.Error("dropped while open")
	}
	task.Close()
	task.Close()
	openTask(t, s, 4).Close()
}

func TestDroppedTaskLeavesItsNeighbours(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	ids := []TaskID{0, 1, 2, 255, 256, 65534, 65535}
	for _, id := range ids {
		task := openTask(t, s, id)
		wait(task, customer(t, task, "ana"), 100)
		wait(task, customer(t, task, "\xff\xff\xff\xff"), 100)
		apply(t, task)
		task.Close()
	}
	for i, id := range ids {
		if got, err := s.Tasks(); err != nil || !slices.Equal(got, ids[i:]) {
			t.Fatalf("tasks %v, %v; want %v", got, err, ids[i:])
		}
		if err := s.DropTask(id); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := s.Meta(id); ok || err != nil {
			t.Errorf("task %d has a meta after it was dropped (%v)", id, err)
		}
		if _, n, err := s.Digest(id); n != 0 || err != nil {
			t.Errorf("task %d has %d sections after it was dropped (%v)", id, n, err)
		}
		for _, other := range ids[i+1:] {
			if _, n, err := s.Digest(other); n != 2 || err != nil {
				t.Fatalf("task %d has %d sections, want 2 (%v)", other, n, err)
			}
		}
	}
}

func TestSubjectsComeInPages(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	task := openTask(t, s, 4)
	var want []string
	for i := range 25 {
		want = append(want, fmt.Sprintf("c%02d", i))
		customer(t, task, want[i]).EditCore().Points = 1
	}
	apply(t, task)
	var got []string
	for after := ""; ; {
		page, err := s.Subjects(4, after, 7)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
		after = page[len(page)-1]
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestSectionThatIsGoneStopsTheTask(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	task := openTask(t, s, 4)
	c := customer(t, task, "ana")
	for i := range 40 {
		c.EditViews().Add(state.View{SKU: fmt.Sprint("a product with a long name ", i), At: schemas.Time(i)})
	}
	apply(t, task)
	task.Close()
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	s.forget(4)
	if err := s.db.Delete(appendSectionKey(nil, 4, state.ViewsSection, "ana"), pebble.NoSync); err != nil {
		t.Fatal(err)
	}
	task = openTask(t, s, 4)
	customer(t, task, "ana").EditViews()
	if _, err := task.Seal(nil); !errors.Is(err, state.ErrCorrupt) {
		t.Errorf("seal: %v, want ErrCorrupt", err)
	}
}

func TestCacheStaysWithinItsBound(t *testing.T) {
	s := openSmall(t, vfs.NewMem())
	defer s.Close()
	task := openTask(t, s, 4)
	for i := range 2000 {
		customer(t, task, fmt.Sprint("c", i)).EditCore().Points = int64(i)
		if i%50 == 49 {
			apply(t, task)
		}
	}
	p := task.records
	p.mu.Lock()
	bytes, waiting, kept := p.slabs.bytes, p.waiting, p.index.len()
	p.mu.Unlock()
	if bytes > 80<<10 || waiting > 50<<10 || kept < 10 {
		t.Errorf("%d records of %d bytes, %d bytes of changes", kept, bytes, waiting)
	}
	if got := customer(t, task, "c3").Core().Points; got != 3 {
		t.Errorf("evicted customer came back with %d points", got)
	}
}

func TestRestoreEqualsTheOriginal(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	defer s.Close()
	task := openTask(t, s, 4)
	var log []Record
	for i := range 50 {
		c := customer(t, task, fmt.Sprint("c", i%20))
		c.EditCore().Points = int64(i)
		wait(task, c, schemas.Time(1000-i))
		if i%7 == 0 {
			c.Erase(5)
		}
		log = append(log, apply(t, task)...)
	}
	commit := state.Commit{Seq: 50, Clock: 77}
	log = append(log, Record{Key: state.CommitKey(), Value: commit.Append(nil)})
	restore(t, s, 5, log)
	if digest(t, s, 4) != digest(t, s, 5) {
		t.Error("the restored task differs")
	}
	copied := openTask(t, s, 5)
	if got := copied.Meta(); got.Seq != 50 || got.Clock != 77 || got.Position != int64(len(log)) || got.AppliedAt != 5 {
		t.Errorf("meta %v", got)
	}
	want := popAll(t, task, 2000)
	if got := popAll(t, copied, 2000); !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("due in the copy: %v, in the original: %v", got, want)
	}
	r, err := s.Restore(6)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []Record{{Key: []byte{0}}, {Key: []byte{0, 'a'}, Value: []byte("x")}, {Key: state.CommitKey(), Value: []byte("x")}, {Key: []byte{99, 'a'}}} {
		if err := r.Add(0, bad.Key, bad.Value); !errors.Is(err, state.ErrCorrupt) && !errors.Is(err, state.ErrNewer) {
			t.Errorf("record %q: %v, want ErrCorrupt or ErrNewer", bad.Key, err)
		}
	}
}

func FuzzTimerKey(f *testing.F) {
	f.Add(appendTimerKey(nil, 3, timer{-5, "ana"}), int64(7), "bob")
	f.Fuzz(func(t *testing.T, b []byte, due int64, subject string) {
		u := timer{schemas.Time(due), subject}
		if got, err := parseTimerKey(appendTimerKey(nil, 3, u)); err != nil || got != u {
			t.Fatalf("%v read back as %v, %v", u, got, err)
		}
		v, err := parseTimerKey(b)
		if err != nil {
			return
		}
		key := appendTimerKey(nil, taskOf(b), v)
		if string(key) != string(b) {
			t.Fatalf("key %q made again: %q", b, key)
		}
		if (string(appendTimerKey(nil, taskOf(b), u)) < string(b)) != u.before(v) {
			t.Fatalf("keys and timers are ordered differently: %v, %v", u, v)
		}
	})
}

// What only people ask for makes room first, then sections of their own, and core
// records last. All of it is still there.
func TestWhatLeavesTheMemoryFirst(t *testing.T) {
	s := openSmall(t, vfs.NewMem())
	defer s.Close()
	task := openTask(t, s, 7)
	const customers = 45
	for i := range customers {
		c := customer(t, task, fmt.Sprint("c", i))
		c.EditCart().ID = strings.Repeat("x", 600) // a record of its own
		c.AddDecision(schemas.Decision{Key: "k"})
	}
	apply(t, task)
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	for n := range 400 { // others push the first ones out
		customer(t, task, fmt.Sprint("c", n%4+customers)).EditCore().Points = int64(n)
		apply(t, task)
	}
	kept := func(kind state.Section) (n int) {
		for i := range customers {
			if _, ok := task.records.look(appendSectionKey(nil, 7, kind, fmt.Sprint("c", i))); ok {
				n++
			}
		}
		return n
	}
	const firstSlot = 32
	cores, carts, decisions := kept(state.CoreSection), kept(state.CartSection), kept(firstSlot)
	if cores != customers || carts == 0 || carts == customers || decisions != 0 {
		t.Errorf("in memory are %d core records, %d carts and %d decisions of %d", cores, carts, decisions, customers)
	}
	for i := range customers {
		c := customer(t, task, fmt.Sprint("c", i))
		if len(c.Cart().ID) != 600 || len(c.Decisions()) != 1 || c.Err() != nil {
			t.Fatalf("c%d came back with %d decisions, %v", i, len(c.Decisions()), c.Err())
		}
	}
}
