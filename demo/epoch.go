package demo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/beckon-io/beckon/schemas"
)

// Epoch remembers where the shop's time stands, so that a demo that is started
// again on the same folder goes on and never back.
type Epoch struct{ path string }

// NewEpoch keeps the time in a file of dir.
func NewEpoch(dir string) Epoch { return Epoch{filepath.Join(dir, "time")} }

// Load is the time that was last saved; zero if there is none.
func (e Epoch) Load() (schemas.Time, error) {
	text, err := os.ReadFile(e.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the demo's time: %w", err)
	}
	var t schemas.Time
	if err := t.UnmarshalText(text); err != nil {
		return 0, fmt.Errorf("read the demo's time from %s (remove the folder to start anew): %w", e.path, err)
	}
	return t, nil
}

// Save replaces the file in one step, so that a kill leaves the old time.
func (e Epoch) Save(t schemas.Time) error {
	text, err := t.MarshalText()
	if err == nil {
		err = os.WriteFile(e.path+".new", text, 0o644)
	}
	if err == nil {
		err = os.Rename(e.path+".new", e.path)
	}
	if err != nil {
		return fmt.Errorf("save the demo's time: %w", err)
	}
	return nil
}
