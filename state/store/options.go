package store

import (
	"log/slog"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options of a store. Dir is required, the rest has defaults.
type Options struct {
	Dir string
	FS  vfs.FS // default: the disk

	// OnFatal is told, once and from any goroutine, that the store cannot go on:
	// the disk is full or broken. It must not call the store. The owner ends the
	// process, without waiting for lanes: an Apply may be stuck in the database.
	// Starting again is safe. Default: nothing; Err tells too.
	OnFatal func(error)

	BlockCache   int64 // bytes of table blocks in memory; default 64 MiB
	MemTable     int   // bytes of one memtable; default 16 MiB: records come in batches that need none
	MemTables    int   // memtables before writes wait for the disk; default 4
	Cache        int64 // bytes of records in memory, over all open tasks: changes that wait to be written together, up to three quarters of it unless the disk is behind, and others that were written or read lately; default 512 MiB
	MaxOpenFiles int   // default 1000
	Compactions  int   // at a time; default 1

	Log *slog.Logger // default: discard
}

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.OnFatal == nil {
		o.OnFatal = func(error) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.BlockCache = defaulted(o.BlockCache, 64<<20)
	o.MemTable = defaulted(o.MemTable, 16<<20)
	o.MemTables = defaulted(o.MemTables, 4)
	o.Cache = defaulted(o.Cache, 512<<20)
	o.MaxOpenFiles = defaulted(o.MaxOpenFiles, 1000)
	o.Compactions = defaulted(o.Compactions, 1)
	return o
}

func defaulted[T int | int64](v, by T) T {
	if v > 0 {
		return v
	}
	return by
}
