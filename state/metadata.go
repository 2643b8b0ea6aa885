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
// task was the last; the rest for the other tasks, whose clocks go no further.
type Metadata struct {
	Seq       uint64       // of the commit record
	Processed schemas.Time // what came to the task before was processed; in earlier versions its clock, which is no later
	Round                  // of what mail leads to
}

// Round is a task's part in the rounds in which the tasks of an app find out how far mail
// has come; see package processor/rounds.
type Round struct {
	N    uint64          // the round that the task is in; 0: none
	Lows [2]schemas.Time // how far it was in the round before, and in the one before that; 0: not known
}

// String is "beckon1 <seq> <processed in µs>", where there are rounds followed by
// " <n> <low> <low>", at most 140 bytes.
func (m Metadata) String() string {
	s := fmt.Sprintf("%s%d %d %d", metadataPrefix, metadataFormat, m.Seq, int64(m.Processed))
	if m.N > 0 {
		s += fmt.Sprintf(" %d %d %d", m.N, int64(m.Lows[0]), int64(m.Lows[1]))
	}
	return s
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
	var m Metadata
	fields := strings.Split(rest, " ")
	if len(fields) != 2 && len(fields) != 5 {
		return Metadata{}, corrupt
	}
	into := [...]any{&m.Seq, &m.Processed, &m.N, &m.Lows[0], &m.Lows[1]}
	for i, field := range fields {
		switch to := into[i].(type) {
		case *uint64:
			*to, err = strconv.ParseUint(field, 10, 64)
		case *schemas.Time:
			*(*int64)(to), err = strconv.ParseInt(field, 10, 64)
		}
		if err != nil {
			return Metadata{}, corrupt
		}
	}
	return m, nil
}
