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
	return readTree(dir, 0, holdsTriggers)
}

// ReadScenarios reads the scenarios of a directory as ReadDir reads its
// triggers: the files *_test.yaml and *_test.yml. A path to a file reads that
// one.
func ReadScenarios(dir string) ([]File, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("read scenarios: %w", err)
	}
	if !info.IsDir() {
		f, err := readFile(dir)
		return []File{f}, err
	}
	return readTree(dir, 0, holdsScenarios)
}

func readTree(dir string, depth int, wanted func(name string) bool) ([]File, error) {
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
			inside, err := readTree(path, depth+1, wanted)
			if err != nil {
				return nil, err
			}
			all = append(all, inside...)
		case wanted(e.Name()) && regular(path):
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
	stem, yaml := stemOf(name)
	return yaml && stem != "beckon" && !strings.HasSuffix(stem, "_test")
}

// holdsScenarios tells by a file's name whether it is for `beckon test`.
func holdsScenarios(name string) bool {
	stem, yaml := stemOf(name)
	return yaml && strings.HasSuffix(stem, "_test")
}

// stemOf is a YAML file's name without what tells that it is one.
func stemOf(name string) (stem string, yaml bool) {
	if stem, yaml = strings.CutSuffix(name, ".yaml"); yaml {
		return stem, true
	}
	return strings.CutSuffix(name, ".yml")
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
