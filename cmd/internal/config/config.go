// Package config reads beckon.yaml and the BECKON_ variables that go before
// it.
//
// A key's variable is its path in capitals: kafka.brokers is
// BECKON_KAFKA_BROKERS, a list's values are separated by commas. Sources are
// set one by one (BECKON_SOURCES_0_TOPIC) or together, as YAML
// (BECKON_SOURCES). Secrets are never values: a key or variable names the file
// that holds one. Paths in the file are relative to it.
//
// All mistakes are found in one pass, each with its place. Unknown keys are
// mistakes.
package config

import (
	"path/filepath"
	"time"
)

// Config is everything that can be set. The comments say the defaults.
type Config struct {
	App      string   `key:"app"`      // names group, transactional ids and internal topics; default beckon
	Instance string   `key:"instance"` // tells processes apart; default: drawn once, kept in state.dir
	Kafka    Kafka    `key:"kafka"`
	Sources  []Source `key:"sources"` // at least one
	Tasks    int      `key:"tasks"`   // default 0: from the sources' partition counts
	Lanes    int      `key:"lanes"`   // 1 to 8; default 2
	Commit   Commit   `key:"commit"`

	Commands    Commands `key:"commands"`
	DeadLetters Topic    `key:"dead_letters"` // default <app>.dead-letters
	Decisions   Topic    `key:"decisions"`    // default: decisions are kept with the customer only
	Coupons     Topic    `key:"coupons"`      // default: coupons are not announced
	Feedback    *Source  `key:"feedback"`     // message.* events of the delivery service; default none

	State      State `key:"state"`
	SecretFile Path  `key:"secret_file"` // for unguessable codes; default none
	Triggers   Path  `key:"triggers"`    // directory; default triggers
	Policy     Path  `key:"policy"`      // default: policy.yaml among the triggers

	Admin     Admin     `key:"admin"`
	Telemetry Telemetry `key:"telemetry"`
	Log       Log       `key:"log"`
}

// Path is a file or directory.
type Path string

// Kafka says how to reach the cluster.
type Kafka struct {
	Brokers  []string `key:"brokers"`   // host:port, at least one
	ClientID string   `key:"client_id"` // default: app
	TLS      TLS      `key:"tls"`       // true, or a mapping
	SASL     SASL     `key:"sasl"`
}

// TLS is on if it is `true`, and unless it is `false` also if any of the others is set.
type TLS struct {
	Enabled    bool   `key:"enabled"`
	CAFile     Path   `key:"ca_file"` // default: the system's
	CertFile   Path   `key:"cert_file"`
	KeyFile    Path   `key:"key_file"`
	ServerName string `key:"server_name"` // default: the broker's host
}

// SASL is how to authenticate.
type SASL struct {
	Mechanism    string `key:"mechanism"` // plain, scram-sha-256, scram-sha-512, oauthbearer; default: none
	User         string `key:"user"`
	PasswordFile Path   `key:"password_file"`
	TokenFile    Path   `key:"token_file"` // oauthbearer; read anew at each connection
}

// Source is one topic of store events.
type Source struct {
	Topic   string        `key:"topic"`
	Format  string        `key:"format"`   // cloudevents (default), shopify, woocommerce, segment, easypost, aftership
	KeyedBy string        `key:"keyed_by"` // subject (default) or other
	Lookup  bool          `key:"lookup"`   // match what happens to orders and names no customer by order id or tracking code
	Expect  time.Duration `key:"expect"`   // no append for longer stops the clock; default: never
}

// Commit bounds a lane's transaction, which ends at the first of the two:
// shorter ones show commands sooner, longer ones cost the brokers less.
type Commit struct {
	EveryMS int `key:"every_ms"` // 1 to 5000; default 75
	Records int `key:"records"`  // events and waits in it; default 20000
}

// Topic is where some output goes.
type Topic struct {
	Topic string `key:"topic"`
}

// Commands is where commands go.
type Commands struct {
	Topic              string `key:"topic"`               // default <app>.commands
	TransactionalTopic string `key:"transactional_topic"` // for that class; default: topic
}

// State is the local store.
type State struct {
	Dir      Path `key:"dir"`       // default state
	CacheMiB int  `key:"cache_mib"` // records of customers in memory; default 512
}

// Admin is the admin API.
type Admin struct {
	Listen    string `key:"listen"`    // default 127.0.0.1:8080
	Advertise string `key:"advertise"` // host:port as other instances reach it; default: listen, with the host's name where that is all addresses
	PProf     bool   `key:"pprof"`     // serve Go's profiles under /debug/pprof/; default false
}

// Telemetry adds to the standard OTEL_ variables, which go before it.
type Telemetry struct {
	Service  string `key:"service"`  // service.name; default: app
	Endpoint string `key:"endpoint"` // OTLP, for traces and metrics; default: none
	Protocol string `key:"protocol"` // grpc or http/protobuf (default)
	// Customers says whether the spans of commands tell customers apart: none
	// (default), or hashed, with the secret of secret_file.
	Customers string `key:"customers"`
}

// Log is what is said on standard error.
type Log struct {
	Level  string `key:"level"`  // debug, info (default), warn, error
	Format string `key:"format"` // text (default) or json
}

// defaults are in a folder, as the paths of a file in it are.
func defaults(dir string) *Config {
	return &Config{
		App:      "beckon",
		Lanes:    2,
		Commit:   Commit{EveryMS: 75, Records: 20_000},
		State:    State{Dir: Path(filepath.Join(dir, "state")), CacheMiB: 512},
		Triggers: Path(filepath.Join(dir, "triggers")),
		Admin:    Admin{Listen: "127.0.0.1:8080"},
		Log:      Log{Level: "info", Format: "text"},
	}
}

// complete fills in the defaults that depend on other values.
func (c *Config) complete() {
	for i := range c.Sources {
		c.Sources[i].complete()
	}
	if c.Feedback != nil {
		c.Feedback.complete()
	}
	orElse(&c.Kafka.ClientID, c.App)
	orElse(&c.Commands.Topic, c.App+".commands")
	orElse(&c.Commands.TransactionalTopic, c.Commands.Topic)
	orElse(&c.DeadLetters.Topic, c.App+".dead-letters")
	orElse(&c.Telemetry.Service, c.App)
}

// turnedOn tells whether any of the others is set.
func (t *TLS) turnedOn() bool {
	return t.CAFile != "" || t.CertFile != "" || t.KeyFile != "" || t.ServerName != ""
}

func (s *Source) complete() {
	orElse(&s.Format, "cloudevents")
	orElse(&s.KeyedBy, "subject")
}

func orElse(s *string, value string) {
	if *s == "" {
		*s = value
	}
}
