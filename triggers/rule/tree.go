package rule

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const maxFolders = 32 // nested

// tree reads a directory and what its links lead to. A directory has one path
// that it is read by, so links that lead back end, and nothing is read twice:
// a trigger that is there twice would be a mistake. Where a directory lies goes
// before links to it, the first link before others.
type tree struct {
	wanted func(name string) bool
	paths  map[string]string // that a directory is read by, of its path without links
}

func readTree(dir string, wanted func(name string) bool) ([]File, error) {
	t := tree{wanted: wanted, paths: map[string]string{}}
	return t.read(dir, 0)
}

func (t *tree) read(dir string, depth int) ([]File, error) {
	if depth > maxFolders {
		return nil, fmt.Errorf("read triggers: %s is nested more than %d folders deep", dir, maxFolders)
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, fmt.Errorf("read triggers: %w", err)
	}
	if t.paths[real] == "" {
		t.claim(dir, real)
	}
	if t.paths[real] != dir {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read triggers: %w", err)
	}
	var all []File
	for _, e := range entries {
		if hidden(e.Name()) {
			continue
		}
		inside, err := t.entry(filepath.Join(dir, e.Name()), depth)
		if err != nil {
			return nil, err
		}
		all = append(all, inside...)
	}
	return all, nil
}

// entry reads what one name in a directory stands for. What is neither file nor
// directory could keep a reader waiting and is left out.
func (t *tree) entry(path string, depth int) ([]File, error) {
	wanted := t.wanted(filepath.Base(path))
	info, err := os.Stat(path)
	switch {
	case err != nil && wanted:
		return []File{{Path: path, err: err}}, nil
	case err != nil:
		return nil, nil
	case info.IsDir():
		return t.read(path, depth+1)
	case !wanted || !info.Mode().IsRegular():
		return nil, nil
	}
	f, err := readFile(path)
	if err != nil {
		return []File{{Path: path, err: err}}, nil
	}
	return []File{f}, nil
}

// claim gives a directory, and those that lie in it, the path that they are read
// by. What it cannot look into, read says.
func (t *tree) claim(dir, real string) {
	t.paths[real] = dir
	_ = filepath.WalkDir(real, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil || !e.IsDir() || path == real:
			return nil
		case t.paths[path] != "" || hidden(e.Name()):
			return fs.SkipDir
		}
		t.paths[path] = filepath.Join(dir, strings.TrimPrefix(path, real))
		return nil
	})
}

// hidden tells of a name that it is not for readers of the directory.
func hidden(name string) bool { return strings.HasPrefix(name, ".") }

// unreadable says why a file could not be read, without the path, which its
// place has.
func unreadable(path string, err error) (message, hint string) {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	if to, linkErr := os.Readlink(path); linkErr == nil {
		hint = "it is a link to " + to + "; mend or remove it"
	}
	return "cannot be read: " + err.Error(), hint
}
