package eventfile

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// packed reads what is unpacked and says what is wrong with a broken archive,
// where the library has an "unexpected EOF". Errors of the file itself, and of
// whoever calls the reading off, pass as they are.
type packed struct {
	io.Reader
	format string // gzip or zstd
}

func (p packed) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	switch {
	case err == nil || err == io.EOF:
		return n, err
	case errors.Is(err, gzip.ErrHeader) || errors.Is(err, zstd.ErrMagicMismatch):
		return n, fmt.Errorf("the %s data is followed by something else: remove that, or get the file again", p.format)
	default:
		return n, cutShort(p.format, err)
	}
}

// cutShort says so where that is what an error of the library for a format
// means. A few bytes behind the packed data, a newline say, look like the head
// of more of it.
func cutShort(format string, err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the %s data is cut short, or followed by a few bytes that are none: get the whole file again", format)
	}
	return err
}
