// Package builtin holds the triggers that come with beckon, one readable YAML
// file each. A trigger file builds on one with `use: NAME`.
//
// Each file opens with a comment: when to use it, then its parameters. Adding a
// built-in is adding a file, and its scenarios beside it: NAME_test.yaml, which
// backtest/rehearsal plays and the program leaves out.
package builtin

import (
	"embed"
	"io/fs"
	"strings"
)

// Names have no underscore, so this is everything but *_test.yaml.
//
//go:embed *[^_]????.yaml
var files embed.FS

// List names the built-in triggers, sorted.
func List() []string {
	entries, _ := fs.ReadDir(files, ".") // an embedded root always reads
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// Source is the YAML of a built-in as it is to be read by people, comments
// included; false if there is none of that name.
func Source(name string) ([]byte, bool) {
	data, err := files.ReadFile(name + ".yaml")
	return data, err == nil
}
