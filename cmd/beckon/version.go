package main

import (
	"encoding/json"
	"fmt"
	"runtime/debug"
)

type versionCmd struct{ output }

func (versionCmd) Help() string {
	return `Examples:
  beckon version
  beckon version --output json`
}

// build is what the binary knows about itself.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
}

func buildInfo() build {
	b := build{Version: "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version, b.Go = info.Main.Version, info.GoVersion
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func (c *versionCmd) Run(std streams) error {
	b := buildInfo()
	if c.json() {
		return json.NewEncoder(std.out).Encode(b)
	}
	fmt.Fprintf(std.out, "beckon %s", b.Version)
	if b.Revision != "" {
		fmt.Fprintf(std.out, " (%.12s", b.Revision)
		if b.Modified {
			fmt.Fprint(std.out, ", changed since")
		}
		fmt.Fprint(std.out, ")")
	}
	_, err := fmt.Fprintf(std.out, " %s\n", b.Go)
	return err
}
