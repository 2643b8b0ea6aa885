package rule

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

const maxFolders = 32 // nested

// ReadDir reads the files of a directory, recursively: *.yaml and *.yml, sorted
// by path, without scenarios (*_test.yaml), beckon.yaml and names that begin
// with a dot. A path to a file reads that one.
//
// Links to files are followed, as Kubernetes mounts a ConfigMap through them;
// links to directories are not. A file that is too large is cut just beyond the
// limit, for Load to refuse it.
func ReadDir(dir string) ([]File, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("read triggers: %w", err)
	}
	if !info.IsDir() {
		f, err := readFile(dir)
		return []File{f}, err
	}
	return readTree(dir, 0)
}

func readTree(dir string, depth int) ([]File, error) {
	if depth > maxFolders {
		return nil, fmt.Errorf("read triggers: %s is nested more than %d folders deep", dir, maxFolders)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read triggers: %w", err)
	}
	var all []File
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			inside, err := readTree(path, depth+1)
			if err != nil {
				return nil, err
			}
			all = append(all, inside...)
		case holdsTriggers(e.Name()) && regular(path):
			f, err := readFile(path)
			if err != nil {
				return nil, err
			}
			all = append(all, f)
		}
	}
	return all, nil
}

// holdsTriggers tells by a file's name whether Load should see it.
func holdsTriggers(name string) bool {
	stem, yaml := strings.CutSuffix(name, ".yaml")
	if !yaml {
		if stem, yaml = strings.CutSuffix(name, ".yml"); !yaml {
			return false
		}
	}
	return stem != "beckon" && !strings.HasSuffix(stem, "_test")
}

// regular tells whether a path leads to a plain file, through links too. A
// broken link does not: reading it would stop everything else.
func regular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func readFile(path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, fmt.Errorf("read triggers: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return File{}, fmt.Errorf("read triggers: %w", err)
	}
	return File{Path: path, Data: data}, nil
}
