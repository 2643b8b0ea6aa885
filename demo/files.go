package demo

import (
	"embed"
	"fmt"

	"github.com/beckon-io/beckon/triggers/rule"
)

//go:embed triggers/*.yaml
var files embed.FS

// Files are the demo's triggers, policy and cycles.
func Files() ([]rule.File, error) {
	entries, err := files.ReadDir("triggers")
	if err != nil {
		return nil, fmt.Errorf("read the demo's own triggers: %w", err)
	}
	var all []rule.File
	for _, e := range entries {
		path := "triggers/" + e.Name()
		data, err := files.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read the demo's own triggers: %w", err)
		}
		all = append(all, rule.File{Path: "demo/" + path, Data: data})
	}
	return all, nil
}
