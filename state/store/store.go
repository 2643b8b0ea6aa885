package store

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable"

	"github.com/beckon-io/beckon/state"
)

// ErrFailed is what every method gives once the store could not go on; the
// cause, such as a full disk (syscall.ENOSPC), is wrapped with it.
var ErrFailed = errors.New("the state store has failed")

// Store is the database of one process. Its methods may be called from any
// goroutine; a Task belongs to one at a time.
type Store struct {
	db     *pebble.DB
	lock   *pebble.Lock
	opts   Options
	tables tables

	failed chan struct{} // closed once err is set

	mu           sync.Mutex
	err          error
	open         map[TaskID]*Task
	opened       atomic.Int64 // how many are open; they share Options.Cache
	records      map[TaskID]*records
	pendingBytes int
	closing      bool

	writing sync.Mutex    // held by who writes pending changes
	roomy   *sync.Cond    // of mu: pendingBytes has become less, or err was set
	full    chan struct{} // wakes the writer
	written chan struct{} // closed when the writer has ended
}

// Open opens or makes the database in opts.Dir. An error is ErrLocked where
// somebody else has it.
func Open(opts Options) (*Store, error) {
	s := &Store{
		opts: opts.withDefaults(), failed: make(chan struct{}), open: make(map[TaskID]*Task),
		records: make(map[TaskID]*records), full: make(chan struct{}, 1), written: make(chan struct{}),
	}
	s.roomy = sync.NewCond(&s.mu)
	if err := s.opts.FS.MkdirAll(s.opts.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("make state directory %s: %w", s.opts.Dir, err)
	}
	lock, err := lockDir(s.opts.FS, s.opts.Dir)
	if err != nil {
		return nil, err
	}
	s.lock = lock
	o := s.pebbleOptions()
	db, err := pebble.Open(s.opts.Dir, o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open state directory %s: %w", s.opts.Dir, err), s.lock.Close())
	}
	o.EnsureDefaults()
	if s.tables, err = newTables(s.opts, o.MakeWriterOptions(0, db.TableFormat())); err != nil {
		return nil, errors.Join(fmt.Errorf("open state directory %s: %w", s.opts.Dir, err), db.Close(), s.lock.Close())
	}
	s.db = db
	go s.keepWriting()
	return s, nil
}

func (s *Store) pebbleOptions() *pebble.Options {
	log := logger{s}
	o := &pebble.Options{
		FS:                          s.opts.FS,
		Lock:                        s.lock,
		FormatMajorVersion:          pebble.FormatColumnarBlocks, // raise by hand: an older beckon cannot open a newer one
		DisableWAL:                  true,
		CacheSize:                   s.opts.BlockCache,
		MemTableSize:                uint64(s.opts.MemTable),
		MemTableStopWritesThreshold: s.opts.MemTables,
		MaxOpenFiles:                s.opts.MaxOpenFiles,
		CompactionConcurrencyRange:  func() (int, int) { return 1, s.opts.Compactions },
		Logger:                      log,
		EventListener: &pebble.EventListener{
			BackgroundError: s.fail,
			DataCorruption:  func(info pebble.DataCorruptionInfo) { s.fail(info.Details) },
			DiskSlow:        log.diskSlow,
			LowDiskSpace:    log.lowDiskSpace,
		},
	}
	// Tables of records, see tables, mostly come to the first level. That is
	// short-lived and read through filters: many tables of it and no compression cost
	// less than compacting the same records more often. Those that overlap nothing go
	// further down and stay as they are until a compaction rewrites them.
	o.L0CompactionThreshold, o.L0StopWritesThreshold = 12, 48
	o.Levels[0].Compression = func() *sstable.CompressionProfile { return sstable.NoCompression }
	o.Levels[1].Compression = func() *sstable.CompressionProfile { return sstable.SnappyCompression }
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	return o
}

// fail notes the first reason why the store cannot go on and tells the owner.
// Pebble calls it with its own locks held.
func (s *Store) fail(err error) {
	s.mu.Lock()
	first := s.err == nil
	if first {
		s.err = fmt.Errorf("%w: %w", ErrFailed, err)
		close(s.failed)
	}
	err = s.err
	s.mu.Unlock()
	s.roomy.Broadcast()
	if first {
		s.opts.Log.Error("state store failed", "err", err)
		go s.opts.OnFatal(err)
	}
}

// Err is why the store cannot go on, nil while it can.
func (s *Store) Err() error {
	select {
	case <-s.failed:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.err
	default:
		return nil
	}
}

// untilFailed is the context of what nobody but the store asked for.
type untilFailed struct{ *Store }

func (untilFailed) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }
func (c untilFailed) Done() <-chan struct{}                 { return c.failed }
func (untilFailed) Value(any) any                           { return nil }

// Flush writes to disk what was applied so far and waits for it. What is not
// flushed when the process ends is restored from the changelog at the next
// start, so the owner calls it every minute or so.
func (s *Store) Flush() error {
	if err := s.Err(); err != nil {
		return err
	}
	if err := s.writeBackAll(); err != nil {
		return fmt.Errorf("flush state: %w", err)
	}
	s.forgetClosed()
	if err := s.flushMemtable(); err != nil {
		return fmt.Errorf("flush state: %w", err)
	}
	return nil
}

// Size is how many bytes the database takes on disk, obsolete files included.
func (s *Store) Size() int64 { return int64(s.db.Metrics().DiskSpaceUsage()) }

// Close flushes and closes. Tasks must not be used any more. A store that has
// failed is closed as far as it can be.
func (s *Store) Close() error {
	s.stopWriting()
	err := s.Flush()
	if err != nil && s.Err() == nil {
		err = fmt.Errorf("close state: %w", err)
	}
	return errors.Join(err, s.db.Close(), s.lock.Close())
}

// stopWriting waits until the writer has ended. Safe to call twice.
func (s *Store) stopWriting() {
	s.mu.Lock()
	if !s.closing {
		s.closing = true
		close(s.full)
	}
	s.mu.Unlock()
	s.roomy.Broadcast()
	<-s.written
}

// sectionsOf reads a task's records for people.
func (s *Store) sectionsOf(task TaskID) sections {
	return sections{s: s, task: task, records: s.recordsOf(task)}
}

// find is a copy of a key's value in the database, nil if there is none.
func (s *Store) find(key []byte) ([]byte, error) {
	v, closer, err := s.db.Get(key)
	switch {
	case errors.Is(err, pebble.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read state: %w", err)
	}
	return append([]byte{}, v...), closer.Close()
}

// Meta is what is known of a task; ok is false where the store has nothing of
// it. An error is state.ErrCorrupt or state.ErrNewer, or the disk's.
func (s *Store) Meta(task TaskID) (meta state.Meta, ok bool, err error) {
	v, err := s.sectionsOf(task).read(metaKey(task))
	if err != nil || v == nil {
		return state.Meta{}, false, err
	}
	meta, err = state.ParseMeta(v)
	return meta, err == nil, err
}

// maxLooks bounds how often a customer is read who changes meanwhile.
const maxLooks = 10

// Customer reads a committed customer, for people to look at while a lane works
// on the task. It is a copy: what is edited is lost. What the core record says of
// sections may have changed before these are read, so it is asked once more.
func (s *Store) Customer(task TaskID, subject string) (*state.Customer, error) {
	src := s.sectionsOf(task)
	record, err := src.ReadSection(subject, state.CoreSection)
	for looks := 1; err == nil; looks++ {
		var c *state.Customer
		if c, err = state.Load(subject, record, src); err != nil {
			break
		}
		c.Fetch()
		read := record
		if record, err = src.ReadSection(subject, state.CoreSection); err == nil && (record == read || looks == maxLooks) {
			return c, nil
		}
	}
	return nil, err
}

// sections is the state.Source for people: of what is applied.
type sections struct {
	s       *Store
	task    TaskID
	records *records
}

func (src sections) ReadSection(subject string, s state.Section) (string, error) {
	v, err := src.read(appendSectionKey(nil, src.task, s, subject))
	return text(v), err
}

// read is a key's value as applied, nil if there is none.
func (src sections) read(key []byte) ([]byte, error) {
	if v, ok := src.records.look(key); ok {
		return v, nil
	}
	return src.s.find(key)
}

// DropTask forgets a task that is not open: one that has moved away for good,
// or whose copy is too old to go on from.
func (s *Store) DropTask(task TaskID) error {
	if err := s.Err(); err != nil {
		return err
	}
	if s.isOpen(task) {
		return fmt.Errorf("drop task %d: it is open", task)
	}
	if err := s.writeBack(task); err != nil {
		return fmt.Errorf("drop task %d: %w", task, err)
	}
	s.forget(task)
	from, to := bounds(task)
	if err := s.db.DeleteRange(from, to, pebble.NoSync); err != nil {
		return fmt.Errorf("drop task %d: %w", task, err)
	}
	return s.Err()
}

// forget drops what is in memory of a task that has nothing pending.
func (s *Store) forget(task TaskID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.records, task)
}

func (s *Store) isOpen(task TaskID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[task] != nil
}

// Tasks lists the tasks of which there is anything, ascending. Nothing is written for
// that: a group that is joined waits for the answer.
func (s *Store) Tasks() ([]TaskID, error) {
	all := s.pending() // asked first: what is written from here on is found in the database
	iter, err := s.db.NewIter(nil)
	if err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	defer iter.Close()
	for ok := iter.First(); ok; {
		task := taskOf(iter.Key())
		all = append(all, task)
		ok = iter.SeekGE(after(task))
	}
	slices.Sort(all)
	return slices.Compact(all), iter.Error()
}
