package config

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/beckon-io/beckon/triggers/diag"
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

// allVariables are the names of all that is read from the environment, with N
// for a place in a list.
func allVariables() []string {
	all := []string{"BECKON_CONFIG", "BECKON_SOURCES"}
	for _, key := range allKeys(reflect.TypeFor[Config](), "") {
		all = append(all, variable(key))
	}
	return all
}

// clusterMade are the variables that Kubernetes gives a pod for each service;
// one named beckon-admin makes BECKON_ADMIN_PORT.
var clusterMade = regexp.MustCompile(`_SERVICE_(HOST|PORT(_.*)?)$|_PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$`)

var number = regexp.MustCompile(`_[0-9]+_`)

// strangers warns of variables that are no key's and look as if they were meant
// to be. Others are left alone: they may be anybody's.
func (l *loader) strangers(vars map[string]string) {
	known := allVariables()
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		place, _ := strconv.Atoi(strings.Trim(number.FindString(name), "_"))
		general := number.ReplaceAllString(name, "_N_")
		switch {
		case l.read[name] || name == "BECKON_CONFIG" || clusterMade.MatchString(name):
		case slices.Contains(known, general):
			l.stranger(name, fmt.Sprintf("not used: entry %d of the list has none before it", place), "count from 0 and leave no gap")
		case slices.Contains(known, name+"_FILE"):
			l.stranger(name, "not used: secrets and certificates are read from files", "put it into one and name that with "+name+"_FILE")
		case part(known, general) != "":
			l.stranger(name, "not used: it has no value of its own", "set what it consists of one by one, such as "+part(known, general))
		default:
			near := diag.Near(strings.TrimPrefix(general, envPrefix), trimmed(known))
			if near == "" {
				continue
			}
			near = strings.Replace(envPrefix+near, "_N_", "_"+strconv.Itoa(place)+"_", 1)
			l.stranger(name, "not used: there is no such variable", fmt.Sprintf("did you mean %s?", near))
		}
	}
}

// part is the first of the names that a section's begins, empty if there is none.
func part(names []string, section string) string {
	if i := slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, section+"_") }); i >= 0 {
		return names[i]
	}
	return ""
}

// trimmed are names without what they all begin with, which would make any two
// look alike.
func trimmed(names []string) (all []string) {
	for _, name := range names {
		all = append(all, strings.TrimPrefix(name, envPrefix))
	}
	return all
}

// stranger never says a value: it may be a secret.
func (l *loader) stranger(name, message, hint string) {
	l.found = append(l.found, diag.Diagnostic{Place: diag.Place{Path: name}, Message: message, Hint: hint, Warning: true})
}
