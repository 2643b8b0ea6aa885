package config

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"
)

// allKeys are the paths of all values that can be set, with N for a place in a
// list.
func allKeys(t reflect.Type, path string) (all []string) {
	switch {
	case t.Kind() == reflect.Pointer:
		return allKeys(t.Elem(), path)
	case t.Kind() == reflect.Slice && t != textsType:
		return allKeys(t.Elem(), join(path, "N"))
	case t.Kind() != reflect.Struct:
		return []string{path}
	}
	if t == reflect.TypeFor[TLS]() { // may be true as a whole
		all = append(all, path)
	}
	for i := range t.NumField() {
		all = append(all, allKeys(t.Field(i).Type, join(path, t.Field(i).Tag.Get("key")))...)
	}
	return all
}

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
