package config

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/beckon-io/beckon/triggers/diag"
	"github.com/beckon-io/beckon/triggers/rule"
)

var (
	pathType     = reflect.TypeFor[Path]()
	durationType = reflect.TypeFor[time.Duration]()
	textsType    = reflect.TypeFor[[]string]()
)

func reflectOf(c *Config) reflect.Value { return reflect.ValueOf(c).Elem() }

// value sets v, which is at key, from a node. A null leaves the default.
func (l *loader) value(n *yaml.Node, v reflect.Value, key string) {
	if n.Kind == yaml.AliasNode {
		l.mistake(l.place(n), "aliases are not read here; write the value out", "")
		return
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	l.said[key] = l.place(n)
	switch {
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		l.value(n, v.Elem(), key)
	case v.Kind() == reflect.Struct:
		l.mapping(n, v, key)
	case v.Type() == textsType:
		l.texts(n, v, key)
	case v.Kind() == reflect.Slice:
		l.list(n, v, key)
	case n.Kind != yaml.ScalarNode:
		l.mistake(l.place(n), fmt.Sprintf("%s is one value, not a %s", key, kindName(n)), "")
	default:
		text := n.Value
		if v.Type() == pathType && text != "" && !filepath.IsAbs(text) {
			text = filepath.Join(l.dir, text)
		}
		if err := setScalar(v, text); err != nil {
			l.mistake(l.place(n), key+": "+err.Error(), "")
		}
	}
}

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "mapping"
	case yaml.SequenceNode:
		return "list"
	default:
		return "single value"
	}
}

func (l *loader) mapping(n *yaml.Node, v reflect.Value, key string) {
	if n.Kind == yaml.ScalarNode && v.Type() == reflect.TypeFor[TLS]() {
		l.value(n, v.FieldByName("Enabled"), key) // tls: true
		l.said[join(key, "enabled")] = l.said[key]
		return
	}
	if n.Kind != yaml.MappingNode {
		l.unread = l.unread || key == ""
		l.mistake(l.place(n), fmt.Sprintf("%s is a mapping, not a %s", orFile(key), kindName(n)), "")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, val := n.Content[i], n.Content[i+1]
		if seen[k.Value] {
			l.mistake(l.place(k), fmt.Sprintf("%q is there twice", k.Value), "")
			continue
		}
		seen[k.Value] = true
		f, ok := fieldOf(v, k.Value)
		if !ok {
			l.mistake(l.place(k), fmt.Sprintf("unknown key %q in %s", k.Value, orFile(key)), unknownHint(v, k.Value))
			continue
		}
		l.value(val, f, join(key, k.Value))
	}
}

// unknownHint knows the one unknown key that is no slip of the pen.
func unknownHint(v reflect.Value, name string) string {
	if _, ok := fieldOf(v, name+"_file"); ok {
		return fmt.Sprintf("secrets are read from files; put it into one and name that with %s_file", name)
	}
	return diag.DidYouMean(name, keysOf(v))
}

func (l *loader) list(n *yaml.Node, v reflect.Value, key string) {
	if n.Kind != yaml.SequenceNode {
		l.mistake(l.place(n), fmt.Sprintf("%s is a list, not a %s", key, kindName(n)), `begin each entry with "- "`)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		l.value(item, v.Index(i), join(key, strconv.Itoa(i)))
	}
}

// texts reads a list of texts, or one alone.
func (l *loader) texts(n *yaml.Node, v reflect.Value, key string) {
	items := n.Content
	if n.Kind == yaml.ScalarNode {
		items = []*yaml.Node{n}
	}
	var all []string
	for _, item := range items {
		if item.Kind != yaml.ScalarNode {
			l.mistake(l.place(item), fmt.Sprintf("%s is a list of texts", key), "")
			return
		}
		all = append(all, splitTexts(item.Value)...)
	}
	v.Set(reflect.ValueOf(all))
}

func splitTexts(s string) []string {
	var all []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// setScalar reads the text of one value.
func setScalar(v reflect.Value, text string) error {
	switch {
	case v.Type() == durationType:
		d, err := rule.ParseDuration(text)
		if err != nil {
			return err
		}
		if d < 0 {
			return fmt.Errorf("%s is negative", text)
		}
		v.SetInt(int64(d))
	case v.Kind() == reflect.Bool:
		switch text {
		case "true", "false":
			v.SetBool(text == "true")
		default:
			return fmt.Errorf("%q is neither true nor false", text)
		}
	case v.Kind() == reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		v.SetInt(int64(n))
	default:
		v.SetString(text)
	}
	return nil
}

func fieldOf(v reflect.Value, name string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("key") == name {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func keysOf(v reflect.Value) []string {
	var all []string
	for i := range v.NumField() {
		all = append(all, v.Type().Field(i).Tag.Get("key"))
	}
	return all
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

func orFile(key string) string {
	if key == "" {
		return "the configuration"
	}
	return key
}
