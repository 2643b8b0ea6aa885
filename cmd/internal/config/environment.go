package config

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/beckon-io/beckon/triggers/diag"
)

const envPrefix = "BECKON_"

// variable is the name of the variable for a key.
func variable(key string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// environment sets what BECKON_ variables say. Those that are no key's change
// nothing: a cluster may set some of its own (BECKON_PORT for a service named
// beckon). Slips among them are warned of.
func (l *loader) environment(environ []string, c *Config) {
	vars := map[string]string{}
	for _, e := range environ {
		if name, text, ok := strings.Cut(e, "="); ok && strings.HasPrefix(name, envPrefix) {
			vars[name] = text
		}
	}
	if len(vars) > 0 {
		l.fromVars(vars, reflectOf(c), "")
		l.strangers(vars)
	}
}

func (l *loader) fromVars(vars map[string]string, v reflect.Value, key string) {
	name := variable(key)
	text, set := vars[name]
	if k := v.Kind(); k != reflect.Pointer && (k != reflect.Struct || v.Type() == reflect.TypeFor[TLS]()) {
		l.read[name] = true
	}
	switch {
	case v.Kind() == reflect.Pointer:
		l.pointerFromVars(vars, v, key)
	case v.Kind() == reflect.Struct:
		if set && v.Type() == reflect.TypeFor[TLS]() {
			l.setFromVar(v.FieldByName("Enabled"), key, text)
			l.said[join(key, "enabled")] = l.said[key]
		}
		for i := range v.NumField() {
			l.fromVars(vars, v.Field(i), join(key, v.Type().Field(i).Tag.Get("key")))
		}
	case v.Kind() == reflect.Slice && v.Type() != textsType:
		if set {
			l.listFromVar(v, key, text)
		}
		l.itemsFromVars(vars, v, key)
	case set:
		l.setFromVar(v, key, text)
	}
}

// pointerFromVars makes what is left out unless one of its keys is set. Others
// that begin alike are not enough: a service named beckon-feedback has a
// BECKON_FEEDBACK_PORT made.
func (l *loader) pointerFromVars(vars map[string]string, v reflect.Value, key string) {
	meant := slices.ContainsFunc(allKeys(v.Type(), key), func(key string) bool {
		_, set := vars[variable(key)]
		return set
	})
	if !meant {
		return
	}
	if v.IsNil() {
		v.Set(reflect.New(v.Type().Elem()))
	}
	l.fromVars(vars, v.Elem(), key)
}

// itemsFromVars sets or adds entries of a list: BECKON_SOURCES_0_TOPIC.
func (l *loader) itemsFromVars(vars map[string]string, v reflect.Value, key string) {
	for i := 0; ; i++ {
		at := join(key, strconv.Itoa(i))
		if i >= v.Len() {
			if !anyWithPrefix(vars, variable(at)+"_") {
				return
			}
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		}
		l.fromVars(vars, v.Index(i), at)
	}
}

// listFromVar reads a whole list as YAML.
func (l *loader) listFromVar(v reflect.Value, key, text string) {
	inner := &loader{path: variable(key), dir: l.dir, lines: strings.Split(text, "\n"), said: l.said}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil || len(doc.Content) == 0 {
		l.mistake(diag.Place{Path: inner.path}, "not a list in YAML", "write [{topic: orders}, {topic: shipments}]")
		return
	}
	inner.value(doc.Content[0], v, key)
	l.found = append(l.found, inner.found...)
}

func (l *loader) setFromVar(v reflect.Value, key, text string) {
	place := diag.Place{Path: variable(key)}
	l.said[key] = place
	if v.Type() == textsType {
		v.Set(reflect.ValueOf(splitTexts(text)))
		return
	}
	if err := setScalar(v, text); err != nil {
		l.mistake(place, err.Error(), "")
	}
}

func anyWithPrefix(vars map[string]string, prefix string) bool {
	for name := range vars {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
