package store

import (
	"bufio"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// tables makes tables of records, for the database to take in.
type tables struct {
	fs      vfs.FS
	dir     string // where they are made
	options sstable.WriterOptions
	few     int    // bytes that are not worth a table
	size    uint64 // about how large one is, in bytes
	sum     uint64 // see touch
}

// newTables takes away what a crash has left.
func newTables(o Options, w sstable.WriterOptions) (tables, error) {
	t := tables{fs: o.FS, dir: o.FS.PathJoin(o.Dir, "incoming"), options: w, few: 4 << 20, size: 64 << 20}
	return t, errors.Join(t.fs.RemoveAll(t.dir), t.fs.MkdirAll(t.dir, 0o755))
}

// write makes tables of sorted changes. They are on the disk when it returns.
func (t *tables) write(changes []pair) (paths []string, err error) {
	for len(changes) > 0 {
		path := t.fs.PathJoin(t.dir, fmt.Sprintf("%d.sst", len(paths)))
		n, err := t.writeOne(path, changes)
		if err != nil {
			return nil, err
		}
		paths, changes = append(paths, path), changes[n:]
	}
	return paths, nil
}

// writeOne makes a table of the first n changes, as many as it takes. Timers lie
// between a task's sections and its meta, and no table reaches over them: one that
// did could be taken in only when a memtable with timers was written, and whoever
// commits would wait for that.
func (t *tables) writeOne(path string, changes []pair) (n int, err error) {
	file, err := t.fs.Create(path, "beckon-records")
	if err != nil {
		return 0, err
	}
	w := sstable.NewWriter(objstorageprovider.NewFileWritable(newBulk(file)), t.options) // its Close syncs and closes the file
	for n == 0 || n < len(changes) && err == nil && w.Raw().EstimatedSize() < t.size && side(changes[n].key) == side(changes[0].key) {
		t.sum += touchAhead(changes[n:])
		if c := &changes[n]; c.value == nil {
			err = w.Delete(c.key)
		} else {
			err = w.Set(c.key, c.value)
		}
		n++
	}
	return n, errors.Join(err, w.Close())
}

// bulk is a file that is written in large pieces. A table comes a block of four
// kilobytes at a time, which costs four times as much.
type bulk struct {
	vfs.File
	buf *bufio.Writer
}

func newBulk(f vfs.File) bulk { return bulk{f, bufio.NewWriterSize(f, 256<<10)} }

func (b bulk) Write(p []byte) (int, error) { return b.buf.Write(p) }

func (b bulk) Sync() error {
	if err := b.buf.Flush(); err != nil {
		return err
	}
	return b.File.Sync()
}

// touchAhead reads a change that will be written some changes later: in their order
// they lie all over the memory, see Prefetch.
func touchAhead(changes []pair) uint64 {
	const ahead = 16
	if len(changes) <= ahead {
		return 0
	}
	c := &changes[ahead]
	return touch(c.key) + touch(c.value)
}

// side is on which side of whose timers a key lies.
func side(key []byte) [3]byte {
	at := [3]byte{key[0], key[1]}
	if key[2] > timerKind {
		at[2] = 1
	}
	return at
}
