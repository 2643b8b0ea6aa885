package main

import (
	"io/fs"
	"os"
	"path/filepath"
)

// place is a file as a flag names it.
type place struct {
	flag string // with its dashes
	path string // "-" for the stream
	std  *os.File
}

// distinct refuses results that would go where something is read from, or
// where other results go. Call it before anything is opened: results destroy what
// is there. Files are compared as such, so that links and ./ do not
// hide anything; whatever is no plain file (/dev/null, a pipe) may be named twice.
func distinct(inputs, outputs []place) error {
	for i, out := range outputs {
		for _, in := range inputs {
			if same(in, out) {
				return usagef("%s %s is the file that %s reads; writing would destroy it: name another one", out.flag, out.path, in.flag)
			}
		}
		for _, other := range outputs[:i] {
			if same(other, out) {
				return usagef("%s and %s both go to %s and would be mixed up: name two files", other.flag, out.flag, out.path)
			}
		}
	}
	return nil
}

// same tells whether two places are one plain file, or one stream. A file that
// is not there yet is told by its folder and name.
func same(a, b place) bool {
	if a.path == "-" && b.path == "-" && a.std == b.std {
		return true
	}
	a.path, b.path = aim(a.path), aim(b.path)
	first, err1 := a.stat()
	second, err2 := b.stat()
	if err1 == nil && err2 == nil {
		return first.Mode().IsRegular() && os.SameFile(first, second)
	}
	if err1 == nil || err2 == nil || filepath.Base(a.path) != filepath.Base(b.path) {
		return false
	}
	first, err1 = os.Stat(filepath.Dir(a.path))
	second, err2 = os.Stat(filepath.Dir(b.path))
	return err1 == nil && err2 == nil && os.SameFile(first, second)
}

// aim is what a link to a file that is not there yet points to.
func aim(path string) string {
	if _, err := os.Stat(path); err == nil {
		return path
	}
	to, err := os.Readlink(path)
	if err != nil {
		return path
	}
	if filepath.IsAbs(to) {
		return to
	}
	return filepath.Join(filepath.Dir(path), to)
}

func (p place) stat() (fs.FileInfo, error) {
	if p.path == "-" {
		return p.std.Stat()
	}
	return os.Stat(p.path)
}

// places are those of a flag that may be given several times.
func places(flag string, paths []string, std *os.File) (all []place) {
	for _, path := range paths {
		all = append(all, place{flag, path, std})
	}
	return all
}
