package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// outFile is a file for results that is being written, packed if its name says
// so. A plain file is written beside its path and takes its place at the end:
// results that are cut short read as if nothing more had come out.
// End it with finish.
type outFile struct {
	io.Writer
	closers    []io.Closer
	temp, path string // temp takes the place of path; both empty: it is written directly
}

// create makes the file, or takes stdout for an empty path and for "-".
func create(path string, stdout *os.File) (*outFile, error) {
	if path == "" || path == "-" {
		return &outFile{Writer: stdout}, nil
	}
	f, err := beside(path)
	if err != nil {
		return nil, fmt.Errorf("write results: %w", err)
	}
	switch {
	case strings.HasSuffix(path, ".gz"):
		f.pack(gzip.NewWriter(f.Writer))
	case strings.HasSuffix(path, ".zst"):
		z, err := zstd.NewWriter(f.Writer)
		if err != nil {
			return nil, finish(fmt.Errorf("write %s: %w", path, err), f)
		}
		f.pack(z)
	}
	return f, nil
}

func (o *outFile) pack(w io.WriteCloser) {
	o.Writer, o.closers = w, append([]io.Closer{w}, o.closers...)
}

// beside opens a new file in the folder of the one that path leads to, with the
// rights of that one if it is there. What is no plain file is opened itself.
func beside(path string) (*outFile, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() || descriptor(path) {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
		return &outFile{Writer: f, closers: []io.Closer{f}}, err
	}
	if err != nil {
		return beginTemp(aim(path))
	}
	if path, err = filepath.EvalSymlinks(path); err == nil {
		err = writable(path)
	}
	if err != nil {
		return nil, err
	}
	o, err := beginTemp(path)
	if err == nil {
		if err = os.Chmod(o.temp, info.Mode().Perm()); err != nil {
			err = finish(err, o)
		}
	}
	return o, err
}

// beginTemp makes a file that nobody has, neither one that a kill has left nor
// that of another process, and that is not read where results go beside triggers.
func beginTemp(path string) (*outFile, error) {
	for n := 1; ; n++ {
		temp := filepath.Join(filepath.Dir(path), fmt.Sprintf(".beckon-%d.tmp", n))
		f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s is written beside its place until it is complete: %w", path, err)
		}
		return &outFile{f, []io.Closer{f}, temp, path}, nil
	}
}

// writable tells why a file may not be written; to put another in its place
// takes no right to it.
func writable(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// descriptor tells whether a path names what is open already, which somebody
// else may write to as well: /dev/stdout is a plain file where the shell has sent
// it to one.
func descriptor(path string) bool {
	path = filepath.Clean(path)
	return path == "/dev/stdout" || path == "/dev/stderr" ||
		strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, "/proc/")
}

// finish ends the writing of files. They take their places, in turn, if err is nil
// and all could be written, else none does, and what was there before stays. Where
// one cannot take its place, those behind it do not either; those before it have.
func finish(err error, files ...*outFile) error {
	for _, f := range files {
		err = errors.Join(err, f.close())
	}
	for _, f := range files {
		if f.temp == "" {
			continue
		}
		if err == nil {
			err = os.Rename(f.temp, f.path)
		}
		if err != nil {
			os.Remove(f.temp)
		}
	}
	return err
}

func (o *outFile) close() error {
	var first error
	for _, c := range o.closers {
		if err := c.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
