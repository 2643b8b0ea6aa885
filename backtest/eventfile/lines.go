package eventfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
)

// Place is a line of a file. File is an index into the paths that were read;
// Line counts from 1.
type Place struct {
	File int32
	Line int32
}

// errTooLong is what each gets instead of a line over the bound.
var errTooLong = errors.New("line too long")

// eachLine calls each with every line that is not blank, without its newline.
// A line longer than most bytes is skipped without being held in memory; each
// is told by tooLong. The slice is valid until each returns.
func eachLine(r *bufio.Reader, most int, each func(no int32, line []byte, tooLong error) error) error {
	var long []byte // of a line that does not fit the reader's buffer
	for no := int32(1); ; no++ {
		if no == math.MaxInt32 {
			return errors.New("more than 2^31 lines; split the file")
		}
		line, tooLong, err := readLine(r, most, &long)
		if err != nil && err != io.EOF {
			return fmt.Errorf("line %d: %w", no, err)
		}
		if line = bytes.TrimSpace(line); len(line) > 0 || tooLong != nil {
			if err := each(no, line, tooLong); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

// readLine reads up to the next newline; buf is its memory for long lines.
func readLine(r *bufio.Reader, most int, buf *[]byte) (line []byte, tooLong, err error) {
	part, err := r.ReadSlice('\n')
	if err != bufio.ErrBufferFull {
		if len(part) > most+1 {
			tooLong = errTooLong
		}
		return part, tooLong, err
	}
	long := append((*buf)[:0], part...)
	for err == bufio.ErrBufferFull {
		part, err = r.ReadSlice('\n')
		if len(long)+len(part) > most+1 {
			tooLong = errTooLong
			continue
		}
		long = append(long, part...)
	}
	*buf = long
	return long, tooLong, err
}
