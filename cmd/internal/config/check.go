package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/beckon-io/beckon/processor/topics"
	"github.com/beckon-io/beckon/triggers/diag"
)

// legalTopic is what Kafka takes as a topic's name.
var legalTopic = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

var (
	mechanisms = []string{"plain", "scram-sha-256", "scram-sha-512", "oauthbearer"}
	formats    = []string{"cloudevents", "shopify", "woocommerce", "segment", "easypost", "aftership"}
	keyings    = []string{"subject", "other"}
	levels     = []string{"debug", "info", "warn", "error"}
	logFormats = []string{"text", "json"}
	protocols  = []string{"grpc", "http/protobuf"}
	customers  = []string{"none", "hashed"}
)

func (l *loader) check(c *Config) {
	l.checkName("app", c.App)
	if c.Instance != "" {
		l.checkName("instance", c.Instance)
	}
	l.checkKafka(&c.Kafka)
	if len(c.Sources) == 0 && !l.anyMistake("sources") {
		l.wrong("sources", "sources: name at least one topic of events", "sources: [{topic: orders}]")
	}
	for i := range c.Sources {
		l.checkSource(&c.Sources[i], fmt.Sprintf("sources.%d", i))
	}
	if c.Feedback != nil {
		l.checkSource(c.Feedback, "feedback")
	}
	l.checkOnce(c)
	l.checkTopic("commands.topic", c.Commands.Topic)
	l.checkTopic("commands.transactional_topic", c.Commands.TransactionalTopic)
	l.checkTopic("dead_letters.topic", c.DeadLetters.Topic)
	l.checkTopic("decisions.topic", c.Decisions.Topic)
	l.checkTopic("coupons.topic", c.Coupons.Topic)
	l.between("tasks", c.Tasks, 0, 1<<16)
	l.between("lanes", c.Lanes, 1, 8)
	l.between("commit.every_ms", c.Commit.EveryMS, 1, 5000)
	l.between("commit.records", c.Commit.Records, 1, 1<<20)
	l.between("state.cache_mib", c.State.CacheMiB, 8, 1<<20)
	l.checkAddress("admin.listen", c.Admin.Listen)
	l.checkAddress("admin.advertise", c.Admin.Advertise)
	l.oneOf("log.level", c.Log.Level, levels)
	l.oneOf("log.format", c.Log.Format, logFormats)
	l.oneOf("telemetry.protocol", c.Telemetry.Protocol, protocols)
	l.oneOf("telemetry.customers", c.Telemetry.Customers, customers)
	if c.Telemetry.Customers == "hashed" && c.SecretFile == "" {
		l.wrong("telemetry.customers", "telemetry.customers: hashed needs secret_file", "")
	}
	if u, err := url.Parse(c.Telemetry.Endpoint); c.Telemetry.Endpoint != "" && (err != nil || u.Host == "") {
		l.wrong("telemetry.endpoint", fmt.Sprintf("telemetry.endpoint: %q is not a URL", c.Telemetry.Endpoint), "http://collector:4318")
	}
}

func (l *loader) checkKafka(k *Kafka) {
	if len(k.Brokers) == 0 && !l.anyMistake("kafka") {
		l.wrong("kafka.brokers", "kafka.brokers: name at least one broker", "brokers: [localhost:9092]")
	}
	for _, b := range k.Brokers {
		l.checkAddress("kafka.brokers", b)
	}
	if (k.TLS.CertFile == "") != (k.TLS.KeyFile == "") {
		l.wrong("kafka.tls", "kafka.tls: cert_file and key_file go together", "")
	}
	s := k.SASL
	l.oneOf("kafka.sasl.mechanism", s.Mechanism, mechanisms)
	switch {
	case s.Mechanism == "oauthbearer" && s.TokenFile == "":
		l.wrong("kafka.sasl.mechanism", "kafka.sasl: oauthbearer needs token_file", "")
	case s.Mechanism != "" && s.Mechanism != "oauthbearer" && (s.User == "" || s.PasswordFile == ""):
		l.wrong("kafka.sasl.mechanism", fmt.Sprintf("kafka.sasl: %s needs user and password_file", s.Mechanism), "")
	case s.Mechanism == "" && s != SASL{}:
		l.wrong("kafka.sasl", "kafka.sasl: mechanism is missing", "one of "+strings.Join(mechanisms, ", "))
	}
}

func (l *loader) checkSource(s *Source, key string) {
	if s.Topic == "" {
		l.wrong(key, key+": topic is missing", "")
	}
	l.checkTopic(key+".topic", s.Topic)
	l.oneOf(key+".format", s.Format, formats)
	l.oneOf(key+".keyed_by", s.KeyedBy, keyings)
}

// use is a topic, what it is for, and the key that says so.
type use struct{ topic, what, key string }

// uses are all topics that a configuration names, outputs first.
func (c *Config) uses() (all []use) {
	for _, u := range []use{
		{topic: c.DeadLetters.Topic, key: "dead_letters.topic"},
		{topic: c.Commands.Topic, key: "commands.topic"},
		{topic: c.Commands.TransactionalTopic, key: "commands.transactional_topic"},
		{topic: c.Decisions.Topic, key: "decisions.topic"},
		{topic: c.Coupons.Topic, key: "coupons.topic"},
	} {
		u.what = u.key
		all = append(all, u)
	}
	for i := range c.Sources {
		what := fmt.Sprintf("sources.%d", i)
		all = append(all, use{c.Sources[i].Topic, what, what + ".topic"})
	}
	if c.Feedback != nil {
		all = append(all, use{c.Feedback.Topic, "feedback", "feedback.topic"})
	}
	return all
}

// checkOnce refuses a topic that is there for two things: what is written to it
// for the one would be read as the other. All commands may share one, as they do
// by default.
func (l *loader) checkOnce(c *Config) {
	own := topics.Of(c.App)
	used := map[string]use{}
	for _, u := range c.uses() {
		other, twice := used[u.topic]
		switch {
		case u.topic == "", u.key == "commands.transactional_topic" && u.topic == c.Commands.Topic:
			continue
		case u.topic == own.Mailbox, u.topic == own.Changelog, u.topic == own.Triggers:
			l.wrong(u.key, fmt.Sprintf("%s: topic %s is one that %s keeps for itself", u.what, u.topic, c.App), "choose another name")
		case twice:
			l.twice(u, other)
		}
		used[u.topic] = u
	}
}

// twice is told where the topic is written, which is not where it is a default.
func (l *loader) twice(u, other use) {
	if _, said := l.said[u.key]; !said {
		u, other = other, u
	}
	l.wrong(u.key, fmt.Sprintf("%s: topic %s is already that of %s", u.what, u.topic, other.what), "")
}

func (l *loader) checkName(key, name string) {
	if !topics.LegalName(name) {
		l.wrong(key, fmt.Sprintf("%s: %q is not a name of at most 100 letters, digits, dots, underscores and hyphens", key, name), "")
	}
}

// checkTopic leaves out defaults: they are as right or wrong as app is.
func (l *loader) checkTopic(key, name string) {
	if _, said := l.said[key]; said && name != "" && (!legalTopic.MatchString(name) || name == "." || name == "..") {
		l.wrong(key, fmt.Sprintf("%s: %q is not a topic's name", key, name), "use letters, digits, dots, underscores and hyphens")
	}
}

func (l *loader) checkAddress(key, address string) {
	if address == "" {
		return
	}
	if !IsAddress(address) {
		l.wrong(key, fmt.Sprintf("%s: %q is not host:port", key, address), "")
	}
}

// IsAddress tells whether a text is host:port, the host being as good as any.
func IsAddress(address string) bool {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func (l *loader) between(key string, n, least, most int) {
	if n < least || n > most {
		l.wrong(key, fmt.Sprintf("%s: %d is not between %d and %d", key, n, least, most), "")
	}
}

// oneOf refuses a word that is not listed; empty is the default.
func (l *loader) oneOf(key, word string, words []string) {
	if word == "" || slices.Contains(words, word) {
		return
	}
	hint := diag.DidYouMean(word, words)
	if hint == "" {
		hint = "one of " + strings.Join(words, ", ")
	}
	l.wrong(key, fmt.Sprintf("%s: unknown value %q", key, word), hint)
}

func (l *loader) wrong(key, message, hint string) { l.mistake(l.at(key), message, hint) }

// anyMistake tells whether something is already said against a part of the
// file, which then is not complained about for being empty.
func (l *loader) anyMistake(key string) bool {
	_, said := l.said[key]
	return said && len(l.found) > 0
}
