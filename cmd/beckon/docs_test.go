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

// What stands under "Write a trigger" does what it says there, in order.
func TestTheReadmeLeadsToATriggerThatWorks(t *testing.T) {
	blocks := fenced(t, "README.md")
	t.Chdir(t.TempDir())
	for _, info := range []string{"yaml triggers/cart.yaml", "yaml triggers/cart_test.yaml", "json events.jsonl"} {
		_, path, _ := strings.Cut(info, " ")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(blocks[info]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ args, want string }{
		{"check triggers", "triggers is right: 1 trigger"},
		{"test triggers", "1 scenario: all hold"},
		{"backtest --triggers triggers --events events.jsonl --until +1d --decisions why.jsonl", `"template":"cart-reminder"`},
	} {
		said, err := os.Create("said")
		if err != nil {
			t.Fatal(err)
		}
		defer said.Close()
		status := run(t.Context(), strings.Fields(c.args), streams{os.Stdin, said, said})
		text, err := os.ReadFile("said")
		if err != nil {
			t.Fatal(err)
		}
		if status != exitDone || !strings.Contains(string(text), c.want) {
			t.Errorf("beckon %s: exit status %d; said\n%s\nwant %s", c.args, status, text, c.want)
		}
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
