package store

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// logger is Pebble's log. A fatal error of Pebble must end the goroutine that
// met it, as going on could damage the database: the owner is told, and the
// goroutine waits for the end of the process.
type logger struct{ s *Store }

func (l logger) Infof(format string, args ...any) {
	l.s.opts.Log.Debug(fmt.Sprintf(format, args...))
}

func (l logger) Errorf(format string, args ...any) {
	l.s.opts.Log.Error(fmt.Sprintf(format, args...))
}

func (l logger) Fatalf(format string, args ...any) {
	l.s.fail(fmt.Errorf(format, args...))
	select {}
}

func (l logger) diskSlow(info pebble.DiskSlowInfo) {
	l.s.opts.Log.Warn("disk is slow", "path", info.Path, "op", info.OpType.String(), "took", info.Duration)
}

func (l logger) lowDiskSpace(info pebble.LowDiskSpaceInfo) {
	l.s.opts.Log.Warn("disk space is low", "available_bytes", info.AvailBytes, "total_bytes", info.TotalBytes)
}
