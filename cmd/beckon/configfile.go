package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/beckon-io/beckon/cmd/internal/config"
	"github.com/beckon-io/beckon/triggers/diag"
)

// configFlag names the configuration.
type configFlag struct {
	Config string `placeholder:"FILE" env:"BECKON_CONFIG" help:"Configuration. Default: beckon.yaml, if there is one; BECKON_ variables go before it."`

	loaded *config.Config // nil before load, and where it failed
}

const (
	defaultConfig   = "beckon.yaml"
	fromEnvironment = "environment" // stands for a file's path where there is none
)

// errNoConfig is of a call without a file where variables don't say enough.
var errNoConfig = usagef("there is no %s here; name one with --config, or set all of it by BECKON_ variables", defaultConfig)

// load reads the configuration; mistakes go to stderr.
func (f *configFlag) load(std streams) (*config.Config, error) {
	path := f.Config
	if path == "" {
		path = defaultConfig
	}
	data, err := os.ReadFile(path)
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist) && f.Config == "":
		path = fromEnvironment
	case errors.Is(err, fs.ErrNotExist):
		return nil, usagef("read configuration: %w", err)
	default:
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	c, found := config.Load(path, data, os.Environ())
	if err := found.Print(std.err); err != nil {
		return nil, err
	}
	if !found.Failed() {
		f.loaded = c
		return c, nil
	}
	if path == fromEnvironment && onlyMissing(found) {
		return nil, errNoConfig
	}
	fmt.Fprintf(std.err, "beckon: %s in the configuration\n", found.Summary())
	return nil, errFound
}

// onlyMissing tells whether what is wrong without a file is that there is none,
// and not that a variable has a bad value.
func onlyMissing(found diag.List) bool {
	for i := range found {
		if !found[i].Warning && found[i].Path != fromEnvironment {
			return false
		}
	}
	return true
}
