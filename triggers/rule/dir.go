package rule

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// ReadDir reads the files of a directory, recursively: *.yaml and *.yml, sorted
// by path, without scenarios (*_test.yaml), beckon.yaml and names that begin
// with a dot. A path to a file reads that one.
//
// Links are followed, as Kubernetes mounts a ConfigMap through them; a directory
// that several lead to is read once. A file that cannot be read, such as a link
// to nowhere, is there all the same, and one that is too large is cut just beyond
// the limit: for Load to refuse them.
func ReadDir(dir string) ([]File, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("read triggers: %w", err)
	}
	if !info.IsDir() {
		f, err := readFile(dir)
		return []File{f}, err
	}
	return readTree(dir, holdsTriggers)
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
	return readTree(dir, holdsScenarios)
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
