package config

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"
)

// The table of docs/OPERATIONS.md has every key, in the order of the code.
func TestOperationsListsEveryKey(t *testing.T) {
	text, err := os.ReadFile("../../../docs/OPERATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	table := regexp.MustCompile(`(?s)\| key \| meaning \| default \|\n.*?\n\n`).FindString(string(text))
	var got []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-zA-Z_.]+)` \\|").FindAllStringSubmatch(table, -1) {
		got = append(got, m[1])
	}
	if want := allKeys(reflect.TypeFor[Config](), ""); !slices.Equal(got, want) {
		t.Errorf("the table has\n%q, the code\n%q", got, want)
	}
}
