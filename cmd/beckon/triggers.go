package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"go.yaml.in/yaml/v4"

	"github.com/beckon-io/beckon/triggers/builtin"
)

type triggersCmd struct {
	List triggersListCmd `cmd:"" help:"List the built-in triggers."`
	Show triggersShowCmd `cmd:"" help:"Print a built-in trigger as YAML."`
}

func (triggersCmd) Help() string {
	return `A trigger file builds on a built-in trigger with "use: NAME"; its own fields replace those of the built-in.

Examples:
  beckon triggers list
  beckon triggers show cart-abandonment`
}

type triggersListCmd struct{ output }

func (triggersListCmd) Help() string {
	return `Examples:
  beckon triggers list
  beckon triggers list --output json | jq -r '.[].name'`
}

// listed is a built-in as the list shows it.
type listed struct {
	Name        string `json:"name" yaml:"name"`
	Class       string `json:"class" yaml:"class"`
	Description string `json:"description" yaml:"description"`
}

func listedOf(name string, source []byte) (one listed, err error) {
	if err := yaml.Unmarshal(source, &one); err != nil {
		return one, fmt.Errorf("read built-in trigger %s: %w", name, err)
	}
	return one, nil
}

func (c *triggersListCmd) Run(std streams) error {
	var all []listed
	for _, name := range builtin.List() {
		source, _ := builtin.Source(name)
		one, err := listedOf(name, source)
		if err != nil {
			return err
		}
		all = append(all, one)
	}
	if c.json() {
		return json.NewEncoder(std.out).Encode(all)
	}
	tab := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	for _, t := range all {
		fmt.Fprintf(tab, "%s\t%s\n", t.Name, t.Description)
	}
	return tab.Flush()
}

type triggersShowCmd struct {
	Name string `arg:"" help:"Name of the built-in trigger."`
	output
}

func (triggersShowCmd) Help() string {
	return `Examples:
  beckon triggers show shipping-delay
  beckon triggers show shipping-delay > triggers/shipping-delay.yaml
  beckon triggers show shipping-delay --output json | jq -r .yaml`
}

func (c *triggersShowCmd) Run(std streams) error {
	source, ok := builtin.Source(c.Name)
	if !ok {
		return usagef("there is no built-in trigger %q; there are %s", c.Name, strings.Join(builtin.List(), ", "))
	}
	if !c.json() {
		_, err := std.out.Write(source)
		return err
	}
	one, err := listedOf(c.Name, source)
	if err != nil {
		return err
	}
	return json.NewEncoder(std.out).Encode(struct {
		listed
		YAML string `json:"yaml"`
	}{one, string(source)})
}
