package main

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func TestHelpOfEveryCommandHasExamples(t *testing.T) {
	parser, err := kong.New(&commandLine{})
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		n, ok := node.(*kong.Node)
		if app, isApp := node.(*kong.Application); isApp {
			n, ok = app.Node, true
		}
		if ok {
			commands++
			if _, examples, found := strings.Cut(n.Detail, "Examples:\n"); !found || !strings.Contains(examples, "beckon "+strings.TrimPrefix(n.Path(), "beckon ")) && n.Type == kong.CommandNode {
				t.Errorf("%s has no example in its help", n.FullPath())
			}
		}
		return next(nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	if commands < 20 {
		t.Errorf("looked at %d commands only", commands)
	}
}
