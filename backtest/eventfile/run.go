package eventfile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/s2"

	"github.com/beckon-io/beckon/schemas"
)

// source gives records in order, false at its end.
type source interface {
	read(r *Record) (bool, error)
}

// run is a sorted part on disk: records as varints (time, file, line, length)
// and data, in an s2 stream. Its file has no name where the system allows
// that, so that not even a kill leaves it behind.
type run struct {
	file  *os.File
	level int
	in    *bufio.Reader // nil until first read
	buf   []byte
}

// writeRun drains from into a new run.
func writeRun(dir string, level int, from source) (*run, error) {
	f, err := os.CreateTemp(dir, "beckon-sort-*")
	if err != nil {
		return nil, fmt.Errorf("sort events on disk: %w", err)
	}
	os.Remove(f.Name()) // refused where open files cannot be removed; close tries again
	r := &run{file: f, level: level}
	if err := r.fill(from); err != nil {
		r.close()
		return nil, fmt.Errorf("sort events on disk in %s: %w", dir, err)
	}
	return r, nil
}

func (r *run) fill(from source) error {
	out := s2.NewWriter(r.file, s2.WriterConcurrency(1))
	var rec Record
	var head []byte
	for {
		more, err := from.read(&rec)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		head = binary.AppendVarint(head[:0], int64(rec.At))
		head = binary.AppendUvarint(head, uint64(rec.File))
		head = binary.AppendUvarint(head, uint64(rec.Line))
		head = binary.AppendUvarint(head, uint64(len(rec.Data)))
		if _, err := out.Write(head); err != nil {
			return err
		}
		if _, err := out.Write(rec.Data); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	_, err := r.file.Seek(0, io.SeekStart)
	return err
}

// read gives the next record; its data is valid until the next read.
func (r *run) read(rec *Record) (bool, error) {
	if r.in == nil {
		r.in = bufio.NewReader(s2.NewReader(r.file))
	}
	at, err := binary.ReadVarint(r.in)
	if err == io.EOF {
		return false, nil
	}
	file, err2 := binary.ReadUvarint(r.in)
	line, err3 := binary.ReadUvarint(r.in)
	size, err4 := binary.ReadUvarint(r.in)
	if err := errors.Join(err, err2, err3, err4); err != nil {
		return false, fmt.Errorf("read back sorted events: %w", err)
	}
	if uint64(cap(r.buf)) < size {
		r.buf = make([]byte, size)
	}
	r.buf = r.buf[:size]
	if _, err := io.ReadFull(r.in, r.buf); err != nil {
		return false, fmt.Errorf("read back sorted events: %w", err)
	}
	*rec = Record{At: schemas.Time(at), Place: Place{File: int32(file), Line: int32(line)}, Data: r.buf}
	return true, nil
}

func (r *run) close() {
	r.file.Close()
	os.Remove(r.file.Name())
}
