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

const (
	metadataPrefix = "beckon"
	metadataFormat = 1
)

// Metadata is what the offset commit of a transaction carries beside the offsets: Seq, so
// that one can tell after a lost answer, and before a restore, which transaction of the
// task was the last; Processed for the other tasks, whose clocks go no further.
type Metadata struct {
	Seq       uint64       // of the commit record
	Processed schemas.Time // what came to the task before was processed; in earlier versions its clock, which is no later
}

// String is "beckon1 <seq> <processed in µs>", at most 50 bytes.
func (m Metadata) String() string {
	return fmt.Sprintf("%s%d %d %d", metadataPrefix, metadataFormat, m.Seq, int64(m.Processed))
}

// ParseMetadata reads it. An error is ErrNoMetadata, ErrCorrupt or ErrNewer.
func ParseMetadata(s string) (Metadata, error) {
	rest, ours := strings.CutPrefix(s, metadataPrefix)
	if !ours {
		return Metadata{}, ErrNoMetadata
	}
	corrupt := fmt.Errorf("offset metadata %.60q: %w", s, ErrCorrupt)
	format, rest, _ := strings.Cut(rest, " ")
	f, err := strconv.ParseUint(format, 10, 32)
	switch {
	case err != nil || f == 0:
		return Metadata{}, corrupt
	case f > metadataFormat:
		return Metadata{}, fmt.Errorf("offset metadata of format %d: %w", f, ErrNewer)
	}
	seq, processed, _ := strings.Cut(rest, " ")
	n, err := strconv.ParseUint(seq, 10, 64)
	if err != nil {
		return Metadata{}, corrupt
	}
	t, err := strconv.ParseInt(processed, 10, 64)
	if err != nil {
		return Metadata{}, corrupt
	}
	return Metadata{n, schemas.Time(t)}, nil
}
