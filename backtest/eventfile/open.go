package eventfile

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Stdin is the path that stands for standard input.
const Stdin = "-"

const readBuffer = 256 << 10

// maxWindow bounds the memory that a zstd stream may ask for.
const maxWindow = 128 << 20

var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
	bom       = []byte{0xef, 0xbb, 0xbf}
)

// open opens a file, or takes stdin for "-", and unpacks what is packed.
func open(path string, stdin io.Reader) (*bufio.Reader, io.Closer, error) {
	if path == Stdin {
		return unpack(stdin, io.NopCloser(nil))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("open events: %w", err)
	}
	r, closer, err := unpack(f, f)
	if err != nil {
		f.Close()
		return nil, nil, fmt.Errorf("open events %s: %w", path, err)
	}
	return r, closer, nil
}

// unpack looks at the first bytes of src. The closer it returns closes under.
func unpack(src io.Reader, under io.Closer) (*bufio.Reader, io.Closer, error) {
	raw := bufio.NewReaderSize(src, readBuffer)
	head, err := raw.Peek(len(zstdMagic))
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	var unpacked io.Reader = raw
	switch {
	case bytes.HasPrefix(head, gzipMagic):
		z, err := gzip.NewReader(raw)
		if err != nil {
			return nil, nil, cutShort("gzip", err)
		}
		unpacked = packed{z, "gzip"}
	case bytes.HasPrefix(head, zstdMagic):
		d, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, nil, err
		}
		unpacked, under = packed{d, "zstd"}, closers{d.IOReadCloser(), under}
	}
	r := bufio.NewReaderSize(unpacked, readBuffer)
	if head, _ := r.Peek(len(bom)); bytes.Equal(head, bom) {
		r.Discard(len(bom))
	}
	return r, under, nil
}

// closers close in order and give the first error.
type closers []io.Closer

func (c closers) Close() error {
	var first error
	for _, one := range c {
		if err := one.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
