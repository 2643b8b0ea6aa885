package eventfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/beckon-io/beckon/schemas"
)

// DefaultMemory is how many bytes of lines are sorted in memory.
const DefaultMemory = 256 << 20

// maxLine is the longest line: an event of the largest size with room for its
// envelope.
const maxLine = schemas.MaxEventBytes + 64<<10

// Config says what to read.
type Config struct {
	Paths []string
	Stdin io.Reader // read where a path is "-"

	MaxBytes int64  // held in memory; 0: DefaultMemory
	Dir      string // of the runs on disk; "": the system's

	// Bad is told of each line that cannot be placed in time.
	Bad func(Place, error)
	// Read is told now and then how many lines were read, for progress; may be nil.
	Read func(lines int)
}

// Stream gives the records of files in order. Close it.
type Stream struct {
	sorter sorter
	from   source
	Lines  int // read, bad ones included
	Left   int // placed in time, and not yet handed out by Next
}

// Sort reads all files and orders their lines.
func Sort(ctx context.Context, cfg Config) (*Stream, error) {
	s := &Stream{sorter: sorter{maxBytes: cfg.MaxBytes, dir: cfg.Dir}}
	if s.sorter.maxBytes <= 0 {
		s.sorter.maxBytes = DefaultMemory
	}
	if s.sorter.dir == "" {
		s.sorter.dir = os.TempDir()
	}
	for i, path := range cfg.Paths {
		if err := s.load(ctx, cfg, int32(i), path); err != nil {
			s.Close()
			return nil, err
		}
	}
	from, err := s.sorter.sorted()
	if err != nil {
		s.Close()
		return nil, err
	}
	s.from = from
	return s, nil
}

func (s *Stream) load(ctx context.Context, cfg Config, file int32, path string) error {
	r, closer, err := open(path, cfg.Stdin)
	if err != nil {
		return err
	}
	defer closer.Close()
	err = eachLine(r, maxLine, func(no int32, line []byte, tooLong error) error {
		s.Lines++
		if err := canceled(ctx, s.Lines); err != nil {
			return err
		}
		if cfg.Read != nil && s.Lines%8192 == 0 {
			cfg.Read(s.Lines)
		}
		place := Place{File: file, Line: no}
		if tooLong != nil {
			cfg.Bad(place, fmt.Errorf("longer than %d bytes", maxLine))
			return nil
		}
		at, err := when(line)
		if err != nil {
			cfg.Bad(place, err)
			return nil
		}
		s.Left++
		return s.sorter.add(Record{At: at, Place: place, Data: line})
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("read events %s: %w", path, err)
	}
	return err
}

// Next fills r with the next record, false at the end. Its data is valid until
// the next call.
func (s *Stream) Next(r *Record) (bool, error) {
	more, err := s.from.read(r)
	if more {
		s.Left--
	}
	return more, err
}

// Close frees memory and disk.
func (s *Stream) Close() { s.sorter.close() }
