package state

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/beckon-io/beckon/schemas"
)

// ErrNoMetadata says that an offset was committed without metadata of ours: by
// another program, or by hand.
var ErrNoMetadata = errors.New("the offset commit carries no metadata of beckon's")

const metadataPrefix = "beckon"

// Metadata is what the offset commit of a transaction carries, so that one can
// tell after a lost answer, and before a restore, which transaction of the task
// was the last: "beckon1 <seq> <clock in µs>", at most 50 bytes.
func (c *Commit) Metadata() string {
	return fmt.Sprintf("%s%d %d %d", metadataPrefix, commitFormat, c.Seq, int64(c.Clock))
}

// ParseMetadata reads it; Inputs stay empty. An error is ErrNoMetadata,
// ErrCorrupt or ErrNewer.
func ParseMetadata(s string) (Commit, error) {
	rest, ours := strings.CutPrefix(s, metadataPrefix)
	if !ours {
		return Commit{}, ErrNoMetadata
	}
	corrupt := fmt.Errorf("offset metadata %.60q: %w", s, ErrCorrupt)
	format, rest, _ := strings.Cut(rest, " ")
	f, err := strconv.ParseUint(format, 10, 32)
	switch {
	case err != nil || f == 0:
		return Commit{}, corrupt
	case f > commitFormat:
		return Commit{}, fmt.Errorf("offset metadata of format %d: %w", f, ErrNewer)
	}
	seq, clock, _ := strings.Cut(rest, " ")
	n, err := strconv.ParseUint(seq, 10, 64)
	if err != nil {
		return Commit{}, corrupt
	}
	t, err := strconv.ParseInt(clock, 10, 64)
	if err != nil {
		return Commit{}, corrupt
	}
	return Commit{Seq: n, Clock: schemas.Time(t)}, nil
}
