package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// ErrLocked says that another process, or another Store of this one, has the
// directory open.
var ErrLocked = errors.New("the state directory is in use by another process")

// Lock keeps a directory to this process until the lock is closed, or the process ends
// in whatever way: for owners of more than a store. An error is ErrLocked where somebody
// else has it. The directory of a Store is locked by Open.
func Lock(dir string) (io.Closer, error) { return lockDir(vfs.Default, dir) }

func lockDir(in vfs.FS, dir string) (*pebble.Lock, error) {
	lock, err := pebble.LockDirectory(dir, in)
	var path *fs.PathError
	switch {
	case errors.As(err, &path): // the file could not be made; a held lock has no path
		return nil, fmt.Errorf("lock state directory: %w", err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w: %w", dir, ErrLocked, err)
	}
	return lock, nil
}
