package main

import (
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/beckon-io/beckon/cmd/internal/config"
	"github.com/beckon-io/beckon/triggers/rule"
)

// values are what the tests need of a chart's values.
type values struct {
	Config   yaml.Node
	Triggers map[string]string
}

func chartValues(t *testing.T, path string, text []byte) values {
	t.Helper()
	var v values
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return v
}

func (v *values) config(t *testing.T) []byte {
	t.Helper()
	text, err := yaml.Marshal(&v.Config)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (v *values) files() (files []rule.File) {
	for name, text := range v.Triggers {
		files = append(files, rule.File{Path: name, Data: []byte(text)})
	}
	return files
}

// What deploy/ configures is what the program takes, and its triggers load.
func TestDeployIsTaken(t *testing.T) {
	deploy := func(path string) []byte {
		text, err := os.ReadFile(filepath.Join("../../deploy", path))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	taken := func(where string, text []byte, files []rule.File) {
		t.Helper()
		if c, found := config.Load("beckon.yaml", text, nil); c == nil || len(found) > 0 {
			t.Errorf("%s: the configuration: %v", where, found)
		}
		if set, found := rule.Load(files, rule.Options{}); set == nil || len(set.Triggers) == 0 || len(found) > 0 {
			t.Errorf("%s: the triggers: %v", where, found)
		}
	}

	paths, err := filepath.Glob("../../deploy/compose/triggers/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var files []rule.File
	for _, path := range paths {
		files = append(files, rule.File{Path: path, Data: deploy(filepath.Join("compose/triggers", filepath.Base(path)))})
	}
	taken("compose", deploy("compose/beckon.yaml"), files)

	const path = "helm/beckon/ci/full-values.yaml"
	example := deploy(path)
	if shown := fenced(t, "deploy/README.md")["yaml values.yaml"]; shown != string(example) {
		t.Errorf("%s is not the example of README.md:\n%s", path, shown)
	}
	v := chartValues(t, path, example)
	taken(path, v.config(t), v.files())
}
