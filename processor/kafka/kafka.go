// Package kafka says how to reach a cluster and makes the franz-go options
// that every client of a process shares, so that nobody outside the processor
// has to know franz-go.
//
// It holds no client of its own and reads no secret from anywhere: the caller
// hands secrets over.
package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// Config is a cluster and how to get in.
type Config struct {
	Brokers  []string // host:port, at least one
	ClientID string   // shown in the brokers' logs; default beckon
	TLS      *tls.Config
	SASL     SASL
	// Dial opens connections instead of the net package; nil in production,
	// a virtual network in tests.
	Dial func(ctx context.Context, network, host string) (net.Conn, error)
	// Hooks observe every client, for metrics and traces.
	Hooks []kgo.Hook
}

// SASL is how to authenticate; an empty Mechanism means not at all.
type SASL struct {
	Mechanism string // plain, scram-sha-256, scram-sha-512, oauthbearer
	User      string
	Password  string
	// Token fetches a bearer token for oauthbearer; called at each connection.
	Token func(context.Context) (string, error)
}

// Options are the franz-go options for reaching the cluster.
func (c Config) Options() ([]kgo.Opt, error) {
	if len(c.Brokers) == 0 {
		return nil, errors.New("kafka.brokers is empty; name at least one broker as host:port")
	}
	id := c.ClientID
	if id == "" {
		id = "beckon"
	}
	opts := []kgo.Opt{kgo.SeedBrokers(c.Brokers...), kgo.ClientID(id), kgo.SoftwareNameAndVersion("beckon", "v1")}
	if len(c.Hooks) > 0 {
		opts = append(opts, kgo.WithHooks(c.Hooks...))
	}
	switch {
	case c.Dial != nil && c.TLS != nil:
		return nil, errors.New("kafka: a dialer and TLS cannot be combined; let the dialer speak TLS")
	case c.Dial != nil:
		opts = append(opts, kgo.Dialer(c.Dial))
	case c.TLS != nil:
		opts = append(opts, kgo.DialTLSConfig(c.TLS))
	}
	m, err := c.SASL.mechanism()
	if err != nil {
		return nil, err
	}
	if m != nil {
		opts = append(opts, kgo.SASL(m))
	}
	return opts, nil
}

func (s SASL) mechanism() (sasl.Mechanism, error) {
	switch s.Mechanism {
	case "":
		return nil, nil
	case "plain":
		return plain.Auth{User: s.User, Pass: s.Password}.AsMechanism(), nil
	case "scram-sha-256":
		return scram.Auth{User: s.User, Pass: s.Password}.AsSha256Mechanism(), nil
	case "scram-sha-512":
		return scram.Auth{User: s.User, Pass: s.Password}.AsSha512Mechanism(), nil
	case "oauthbearer":
		if s.Token == nil {
			return nil, errors.New("kafka.sasl: oauthbearer needs a token")
		}
		return oauth.Oauth(func(ctx context.Context) (oauth.Auth, error) {
			token, err := s.Token(ctx)
			return oauth.Auth{Token: token}, err
		}), nil
	default:
		return nil, fmt.Errorf("kafka.sasl.mechanism: unknown mechanism %q; use plain, scram-sha-256, scram-sha-512 or oauthbearer", s.Mechanism)
	}
}

// Connect makes a client without a group, for administration and look-ups. It
// does not wait for a connection. The caller closes it.
func Connect(c Config, more ...kgo.Opt) (*kgo.Client, error) {
	opts, err := c.Options()
	if err != nil {
		return nil, err
	}
	cl, err := kgo.NewClient(append(opts, more...)...)
	if err != nil {
		return nil, fmt.Errorf("make a Kafka client: %w", err)
	}
	return cl, nil
}
