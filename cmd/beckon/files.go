package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// outFile is a file that is being written, packed if its name says so.
type outFile struct {
	io.Writer
	close []io.Closer
}

// create makes the file, or takes stdout for an empty path and for "-".
func create(path string, stdout *os.File) (*outFile, error) {
	if path == "" || path == "-" {
		return &outFile{Writer: stdout}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("write results: %w", err)
	}
	switch {
	case strings.HasSuffix(path, ".gz"):
		z := gzip.NewWriter(f)
		return &outFile{z, []io.Closer{z, f}}, nil
	case strings.HasSuffix(path, ".zst"):
		z, err := zstd.NewWriter(f)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("write %s: %w", path, err)
		}
		return &outFile{z, []io.Closer{z, f}}, nil
	default:
		return &outFile{f, []io.Closer{f}}, nil
	}
}

func (o *outFile) Close() error {
	var first error
	for _, c := range o.close {
		if err := c.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// readFile reads a small file whole; what names it in errors.
func readFile(what, path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("read %s: %w", what, err)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return data, nil
}

// readSecret reads a secret from a file, without the newline at its end.
func readSecret(path string) ([]byte, error) {
	data, err := readFile("secret", path)
	if err != nil {
		return nil, err
	}
	secret := bytes.TrimRight(data, "\r\n")
	if len(secret) == 0 {
		return nil, fmt.Errorf("read secret: %s is empty", path)
	}
	return secret, nil
}
