package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/beckon-io/beckon/cmd/internal/config"
	"github.com/beckon-io/beckon/processor/kafka"
)

// brokersTold adds to an error of a command that could not reach Kafka where it
// looked, and what to look at. Commands need not know how to tell: whatever has
// loaded a configuration comes through here.
func (f *configFlag) brokersTold(err error) error {
	if f.loaded == nil || !unreached(err) {
		return err
	}
	return fmt.Errorf("%w; kafka.brokers: %s; is it reachable from here, and is what its brokers advertise?",
		err, strings.Join(f.loaded.Kafka.Brokers, ", "))
}

// reach is load, and how to reach the Kafka that is configured.
func (f *configFlag) reach(std streams) (*config.Config, kafka.Config, error) {
	c, err := f.load(std)
	if err != nil {
		return nil, kafka.Config{}, err
	}
	k, err := cluster(&c.Kafka)
	return c, k, err
}

// unreached tells whether Kafka did not answer, or not in time. Requests to the
// admin API are told apart by their URL, which the error has.
func unreached(err error) bool {
	var web *url.Error
	var network *net.OpError
	switch {
	case errors.As(err, &web):
		return false
	case errors.As(err, &network):
		return network.Op == "dial"
	}
	return errors.Is(err, context.DeadlineExceeded)
}

func errNobodyRuns(app string, err error) error {
	return fmt.Errorf("no instance of %s runs (%w); start one with beckon run, or ask one that is not in the group with --admin HOST:PORT", app, err)
}

// adminAddress reads --admin: HOST:PORT, or the URL that a browser takes.
func adminAddress(text string) (string, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return "", usagef("--admin: %w; write HOST:PORT", err)
	case u.Scheme != "http":
		return "", usagef("--admin %s: the admin API speaks http, not %s; write HOST:PORT", text, u.Scheme)
	case u.Port() == "" || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return "", usagef("--admin %s is not HOST:PORT", strings.TrimPrefix(text, "http://"))
	}
	return u.Host, nil
}

// orAdmin adds to the error of a missing configuration that these commands can do
// without.
func orAdmin(err error) error {
	if errors.Is(err, errNoConfig) {
		return usagef("%w, or ask an instance with --admin HOST:PORT", err)
	}
	return err
}
