package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/beckon-io/beckon/cmd/internal/config"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
)

// fenced are the blocks of a Markdown file by the words behind their fences.
func fenced(t *testing.T, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", path))
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string]string{}
	parts := strings.Split(string(text), "\n```")
	for i := 1; i < len(parts); i += 2 {
		info, body, _ := strings.Cut(parts[i], "\n")
		blocks[info] += body + "\n"
	}
	return blocks
}

func TestFilesOfTheReadmeWork(t *testing.T) {
	blocks := fenced(t, "README.md")
	files := []rule.File{{Path: "triggers/cart.yaml", Data: []byte(blocks["yaml triggers/cart.yaml"])}}
	if set, found := rule.Load(files, rule.Options{}); set == nil || len(set.Triggers) != 1 {
		t.Errorf("the trigger: %v", found)
	}
	if c, found := config.Load("beckon.yaml", []byte(blocks["yaml beckon.yaml"]), nil); c == nil || len(c.Sources) != 3 {
		t.Errorf("the configuration: %v", found)
	}
	if _, err := schemas.Decode([]byte(blocks["json events.jsonl"]), nil, schemas.DecodeOptions{}); err != nil {
		t.Errorf("the event: %v", err)
	}
}

// Command lines in the docs are those that the program takes.
func TestCommandsOfTheDocsAreTaken(t *testing.T) {
	for _, path := range []string{"README.md", "docs/OPERATIONS.md", "deploy/README.md"} {
		lines := 0
		for info, body := range fenced(t, path) {
			if info != "sh" && info != "" {
				continue
			}
			for line := range strings.Lines(body) {
				line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
				if _, inside, ok := strings.Cut(line, " /beckon "); ok { // in a container
					line = "beckon " + inside
				}
				args, ok := strings.CutPrefix(strings.TrimPrefix(line, "go run ./cmd/"), "beckon ")
				if !ok {
					continue
				}
				lines++
				args, _, _ = strings.Cut(args, " > ")
				parser, err := kong.New(&commandLine{}, kong.Writers(io.Discard, io.Discard))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := parser.Parse(strings.Fields(args)); err != nil {
					t.Errorf("%s: beckon %s: %v", path, args, err)
				}
			}
		}
		if lines == 0 {
			t.Errorf("%s has no command lines", path)
		}
	}
}
