package store

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// change lets something happen to a few customers: all that a transaction may.
func change(t testing.TB, task *Task, rng *rand.Rand) {
	for range 1 + rng.IntN(6) {
		c := customer(t, task, fmt.Sprint("customer-", rng.IntN(30)))
		if rng.IntN(2) == 0 {
			happen(t, task, c, rng)
			continue
		}
		c.EditCore().Points = rng.Int64N(1000)
		for range rng.IntN(3) {
			c.AddDecision(schemas.Decision{Key: fmt.Sprint(rng.Uint64())})
		}
		switch rng.IntN(5) {
		case 0:
			for range 40 {
				c.EditViews().Add(state.View{SKU: fmt.Sprint(rng.Uint64()), At: schemas.Time(rng.IntN(1000))})
			}
		case 1:
			*c.EditViews() = state.Views{}
		case 2:
			c.Erase(schemas.Time(rng.IntN(1000)))
			task.Arm(c, 0)
		default:
			wait(task, c, schemas.Time(rng.IntN(1000)))
		}
	}
	for range rng.IntN(3) {
		c, _, err := task.PopDue(schemas.Time(rng.IntN(1000)))
		if err != nil {
			t.Fatal(err)
		}
		if c != nil {
			wait(task, c, schemas.Time(rng.IntN(1000)*rng.IntN(2)))
		}
	}
}

// happen lets an event happen to a customer as most do, and now and then a second one
// before the store hears of the first.
func happen(t testing.TB, task *Task, c *state.Customer, rng *rand.Rand) {
	at := schemas.Time(1 + rng.IntN(1000))
	c.AddEvent(rng.Uint64())
	if rng.IntN(3) > 0 {
		c.Seen(at)
	}
	switch rng.IntN(8) {
	case 0:
		c.EditOrders().Count++
	case 1:
		c.EditCart().UpdatedAt = at
	case 2:
		wait(task, c, schemas.Time(rng.IntN(1000)))
	case 3:
		c.AddDecision(schemas.Decision{Key: fmt.Sprint(rng.Uint64())})
	default:
		c.AddView(state.View{SKU: fmt.Sprint(rng.Uint64()), Category: "tea", At: at})
		if rng.IntN(8) == 0 {
			c.Views()
		}
	}
	if rng.IntN(8) > 0 {
		if err := task.Done(c); err != nil {
			t.Fatal(err)
		}
	}
}

// compacted is a changelog as its topic may be once the cleaner was there: of what it
// went over the newest of each key is left, as an empty record where it is not.
func compacted(log []Record, rng *rand.Rand) []Record {
	left := slices.Clone(log)
	dirty := rng.IntN(len(log) + 1)
	last := make(map[string]int)
	for i, r := range log[:dirty] {
		if before, ok := last[string(r.Key)]; ok {
			left[before] = Record{}
		}
		last[string(r.Key)] = i
	}
	return left
}

// checkTimers compares the index with the records: every customer that waits
// has an entry at or before its wake.
func checkTimers(t *testing.T, s *Store, task TaskID) {
	t.Helper()
	all, err := s.readTimers(task, newTimers().end, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	first := make(map[string]schemas.Time)
	for _, e := range all {
		if _, ok := first[e.subject]; !ok {
			first[e.subject] = e.due
		}
	}
	subjects, err := s.Subjects(task, "", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, subject := range subjects {
		c, err := s.Customer(task, subject)
		if err != nil {
			t.Fatal(err)
		}
		due, ok := first[subject]
		if wake := c.Wake(); wake != 0 && (!ok || due > wake) {
			t.Errorf("%s wakes at %d, its first timer is at %d (%v)", subject, wake, due, ok)
		}
	}
}

// After a crash at any moment each task's data and position are what they were
// after some transaction. Going on from there with the changelog gives what the
// process had, timers included.
func TestCrashLeavesWholeTransactions(t *testing.T) {
	seeds := uint64(12)
	if testing.Short() {
		seeds = 3 // one of each kind
	}
	for seed := range seeds {
		rng := rand.New(rand.NewPCG(seed, 0))
		disk := &crashes{fs: vfs.NewCrashableMem(), rng: rand.New(rand.NewPCG(seed, 1)), rare: 20}
		s := openSmall(t, errorfs.Wrap(disk.fs, disk))
		switch seed % 3 {
		case 1:
			s.tables.few = 0 // all goes by tables of its own
		case 2:
			s.tables.few, s.tables.size = 0, 1 // with one record each
			disk.rare = 300
		}
		tasks := []*Task{openTask(t, s, 0), openTask(t, s, 1)}
		mirror := openMem(t, vfs.NewMem())
		logs := make([][]Record, 2)
		after := []map[int64][sha256.Size]byte{{0: digest(t, s, 0)}, {0: digest(t, s, 1)}}
		for n := range 60 {
			updates := make([]Update, 2)
			for i, task := range tasks {
				change(t, task, rng)
				if rng.IntN(4) == 0 { // and the writer in the middle of it
					sealed(t, task)
					writeBack(t, s, rng)
				}
				if rng.IntN(5) == 0 { // aborted
					sealed(t, task)
					task.Discard()
					change(t, task, rng)
				}
				change(t, task, rng)
				records := sealed(t, task)
				if rng.IntN(4) == 0 {
					writeBack(t, s, rng)
				}
				meta := task.Meta()
				meta.Seq++
				records = append(records, Record{Key: state.CommitKey(), Value: meta.Commit.Append(nil)})
				meta.Position += int64(len(records))
				logs[i] = append(logs[i], records...)
				updates[i] = Update{task, meta}
			}
			if err := s.Apply(updates...); err != nil {
				t.Fatal(err)
			}
			for i := range tasks {
				restore(t, mirror, TaskID(i), logs[i])
				after[i][tasks[i].Meta().Position] = digest(t, mirror, TaskID(i))
			}
			if n%7 == 3 { // the writer has its turn
				writeBack(t, s, rng)
			}
			for _, task := range tasks {
				checkFigures(t, task.records)
			}
			if n%13 == 7 {
				if err := s.Flush(); err != nil {
					t.Fatal(err)
				}
			}
			if rng.IntN(8) == 0 {
				disk.crash()
			}
			for _, left := range disk.take() {
				afterCrash(t, left, logs, after, rng)
			}
		}
		for i := range tasks {
			if digest(t, s, TaskID(i)) != digest(t, mirror, TaskID(i)) {
				t.Errorf("task %d differs from its changelog", i)
			}
			for range 20 { // from what any other copy has, or none
				older := openMem(t, vfs.NewMem())
				restore(t, older, TaskID(i), logs[i][:rng.IntN(len(logs[i]))*rng.IntN(4)/3])
				restore(t, older, TaskID(i), compacted(logs[i], rng))
				if digest(t, s, TaskID(i)) != digest(t, older, TaskID(i)) {
					t.Errorf("task %d differs from its changelog once that is compacted", i)
				}
				if err := older.Close(); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, s := range []*Store{s, mirror} {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// crashes is a disk that is looked at as crashes would leave it, some of them in the
// middle of what the store does.
type crashes struct {
	fs   *vfs.MemFS
	mu   sync.Mutex
	rng  *rand.Rand
	rare int // one crash in so many operations
	left []*vfs.MemFS
}

// MaybeError is told of every operation before it is done. It looks at those that
// make tables and take them in, which are the writer's: a MemFS that is cloned while
// another goroutine links a file may stand still for ever.
func (d *crashes) MaybeError(op errorfs.Op) error {
	if op.Kind != errorfs.OpLink && !strings.Contains(op.Path, "incoming") {
		return nil
	}
	d.mu.Lock()
	now := d.rng.IntN(d.rare) == 0
	d.mu.Unlock()
	if now {
		d.crash()
	}
	return nil
}

func (d *crashes) String() string { return "crashes" }

func (d *crashes) crash() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left = append(d.left, d.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: d.rng.IntN(101), RNG: d.rng}))
}

// take gives what crashes have left since the last call.
func (d *crashes) take() []*vfs.MemFS {
	d.mu.Lock()
	defer d.mu.Unlock()
	left := d.left
	d.left = nil
	return left
}

func sealed(t *testing.T, task *Task) []Record {
	t.Helper()
	records, err := task.Seal(nil)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func writeBack(t *testing.T, s *Store, rng *rand.Rand) {
	t.Helper()
	if err := s.writeBack(TaskID(rng.IntN(2))); err != nil {
		t.Fatal(err)
	}
}

// checkFigures adds up what is in memory between two transactions.
func checkFigures(t *testing.T, p *records) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	live, waiting := 0, 0
	for i, l := range p.slabs.list {
		for at := 0; at < l.used; {
			e := entry(l.mem[at:])
			if e.since() != dead {
				live += e.size()
				if r := p.index.get(hashOf(e.key()), e.key(), &p.slabs); r != (ref{p.slabs.first + uint32(i), uint32(at)}) {
					t.Errorf("%q is found elsewhere", e.key())
				}
				if e.since() > p.written {
					waiting += e.size()
				}
			}
			at += e.size()
		}
	}
	writing := p.written != p.now-1 // what is replaced meanwhile counts until it is written
	if live != p.live || waiting != p.waiting && !writing {
		t.Errorf("%d bytes are live, %d of them wait; the figures say %d and %d", live, waiting, p.live, p.waiting)
	}
}

func afterCrash(t *testing.T, fs vfs.FS, logs [][]Record, after []map[int64][sha256.Size]byte, rng *rand.Rand) {
	t.Helper()
	s := openMem(t, fs)
	defer s.Close()
	for i := range logs {
		id := TaskID(i)
		meta, _, err := s.Meta(id)
		if err != nil {
			t.Fatal(err)
		}
		if want, ok := after[i][meta.Position]; !ok || want != digest(t, s, id) {
			t.Errorf("task %d stands at %d (%v) with other data", i, meta.Position, ok)
		}
		restore(t, s, id, compacted(logs[i], rng))
		if end := int64(len(logs[i])); after[i][end] != digest(t, s, id) {
			t.Errorf("task %d restored from %d to %d differs", i, meta.Position, end)
		}
		checkTimers(t, s, id)
	}
}

// restore takes the records of a changelog in, from where the store stands.
func restore(t testing.TB, s *Store, task TaskID, log []Record) {
	t.Helper()
	r, err := s.Restore(task)
	if err != nil {
		t.Fatal(err)
	}
	for offset := r.Meta().Position; offset < int64(len(log)); offset++ {
		if log[offset].Key == nil { // compacted
			continue
		}
		if err := r.Add(offset, log[offset].Key, log[offset].Value); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Finish(int64(len(log)), 5); err != nil {
		t.Fatal(err)
	}
}

func digest(t testing.TB, s *Store, task TaskID) [sha256.Size]byte {
	t.Helper()
	sum, _, err := s.Digest(task)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}
