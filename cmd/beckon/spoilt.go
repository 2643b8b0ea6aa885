package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/state/store"
)

// database is where the store lies in state.dir.
func database(stateDir string) string { return filepath.Join(stateDir, "db") }

// notSpoilt are errors of a store whose files are in order: somebody has them
// open, may not read them, has no room or too many files open.
var notSpoilt = []error{store.ErrLocked, state.ErrNewer, fs.ErrPermission, syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EMFILE, syscall.ENFILE, syscall.EISDIR, syscall.ENOTDIR}

// spoiltHint says what to do about an error of the store in a directory, empty
// where deleting it would help nobody.
func spoiltHint(dir string, err error) string {
	for _, other := range notSpoilt {
		if errors.Is(err, other) {
			return ""
		}
	}
	if strings.Contains(err.Error(), "format major version") { // a newer beckon's
		return ""
	}
	return fmt.Sprintf("if its files are spoilt, delete the folder %s: it is restored from the changelog at the next start", dir)
}

// orDelete adds the hint to the error.
func orDelete(dir string, err error) error {
	if hint := spoiltHint(dir, err); hint != "" {
		return fmt.Errorf("%w; %s", err, hint)
	}
	return err
}
