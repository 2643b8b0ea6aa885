package config

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const small = `
kafka: {brokers: ["localhost:9092"]}
sources: [{topic: orders}]
`

func mustLoad(t *testing.T, text string, env ...string) *Config {
	t.Helper()
	c, found := Load("conf/beckon.yaml", []byte(text), env)
	if found.Failed() {
		var b strings.Builder
		found.Print(&b)
		t.Fatalf("mistakes:\n%s", b.String())
	}
	return c
}

func TestSmallestFileGetsTheDefaults(t *testing.T) {
	want := &Config{
		App:         "beckon",
		Kafka:       Kafka{Brokers: []string{"localhost:9092"}, ClientID: "beckon"},
		Sources:     []Source{{Topic: "orders", Format: "cloudevents", KeyedBy: "subject"}},
		Lanes:       2,
		Commit:      Commit{75, 20_000},
		Commands:    Commands{Topic: "beckon.commands", TransactionalTopic: "beckon.commands"},
		DeadLetters: Topic{"beckon.dead-letters"},
		State:       State{Dir: "conf/state", CacheMiB: 512},
		Triggers:    "conf/triggers",
		Admin:       Admin{Listen: "127.0.0.1:8080"},
		Telemetry:   Telemetry{Service: "beckon"},
		Log:         Log{Level: "info", Format: "text"},
	}
	if diff := cmp.Diff(want, mustLoad(t, small)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

const whole = `
app: shop
instance: a
kafka:
  brokers: [one:9092, "two:9092"]
  client_id: me
  tls: {ca_file: ca.pem, cert_file: /abs/cert.pem, key_file: key.pem, server_name: kafka}
  sasl: {mechanism: scram-sha-512, user: u, password_file: pw}
sources:
  - topic: orders
    expect: 10m
  - {topic: shipments, format: easypost, keyed_by: other, lookup: true}
tasks: 12
lanes: 4
commit: {every_ms: 1000, records: 500}
commands: {topic: c, transactional_topic: ct}
dead_letters: {topic: dl}
decisions: {topic: d}
coupons: {topic: co}
feedback: {topic: fb}
state: {dir: data, cache_mib: 512}
secret_file: secret
triggers: rules
policy: rules/policy.yaml
admin: {listen: "0.0.0.0:9000", advertise: "pod-1:9000", pprof: true}
telemetry: {service: s, endpoint: "http://otel:4317", protocol: grpc, customers: hashed}
log: {level: debug, format: json}
`

func TestEveryKeyIsRead(t *testing.T) {
	want := &Config{
		App: "shop", Instance: "a",
		Kafka: Kafka{
			Brokers: []string{"one:9092", "two:9092"}, ClientID: "me",
			TLS:  TLS{true, "conf/ca.pem", "/abs/cert.pem", "conf/key.pem", "kafka"},
			SASL: SASL{"scram-sha-512", "u", "conf/pw", ""},
		},
		Sources: []Source{
			{"orders", "cloudevents", "subject", false, 10 * time.Minute},
			{"shipments", "easypost", "other", true, 0},
		},
		Tasks: 12, Lanes: 4, Commit: Commit{1000, 500},
		Commands: Commands{"c", "ct"}, DeadLetters: Topic{"dl"}, Decisions: Topic{"d"}, Coupons: Topic{"co"},
		Feedback:   &Source{"fb", "cloudevents", "subject", false, 0},
		State:      State{"conf/data", 512},
		SecretFile: "conf/secret", Triggers: "conf/rules", Policy: "conf/rules/policy.yaml",
		Admin:     Admin{"0.0.0.0:9000", "pod-1:9000", true},
		Telemetry: Telemetry{"s", "http://otel:4317", "grpc", "hashed"},
		Log:       Log{"debug", "json"},
	}
	if diff := cmp.Diff(want, mustLoad(t, whole)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestVariablesGoBeforeTheFile(t *testing.T) {
	got := mustLoad(t, whole,
		"BECKON_APP=other", "BECKON_KAFKA_BROKERS=b1:1, b2:2", "BECKON_KAFKA_SASL_PASSWORD_FILE=/run/pw",
		"BECKON_SOURCES_1_TOPIC=parcels", "BECKON_SOURCES_2_TOPIC=browse", "BECKON_SOURCES_2_EXPECT=1h",
		"BECKON_STATE_DIR=elsewhere", "BECKON_LANES=1", "BECKON_FEEDBACK_TOPIC=f2",
		"BECKON_PORT=tcp://10.0.0.1:80", "APP=x")
	if got.App != "other" || got.Kafka.SASL.PasswordFile != "/run/pw" || got.State.Dir != "elsewhere" || got.Lanes != 1 ||
		got.Feedback.Topic != "f2" || !cmp.Equal(got.Kafka.Brokers, []string{"b1:1", "b2:2"}) {
		t.Errorf("got %+v", got)
	}
	want := []Source{
		{"orders", "cloudevents", "subject", false, 10 * time.Minute},
		{"parcels", "easypost", "other", true, 0},
		{"browse", "cloudevents", "subject", false, time.Hour},
	}
	if diff := cmp.Diff(want, got.Sources); diff != "" {
		t.Errorf("sources, -want +got:\n%s", diff)
	}
}

func TestVariablesAloneAreEnough(t *testing.T) {
	got := mustLoad(t, "", "BECKON_KAFKA_BROKERS=b:1", "BECKON_SOURCES=[{topic: a, lookup: true}, {topic: b}]", "BECKON_KAFKA_TLS=true",
		"BECKON_FEEDBACK_TOPIC=fb")
	if len(got.Sources) != 2 || !got.Sources[0].Lookup || got.Sources[1].Topic != "b" || !got.Kafka.TLS.Enabled || got.Feedback.Format != "cloudevents" {
		t.Errorf("got %+v", got)
	}
}

func TestTLSIsOffWhereSomebodySaysSo(t *testing.T) {
	const file = "kafka: {brokers: ['b:1'], tls: {ca_file: ca.pem%s}}\nsources: [{topic: a}]\n"
	for _, c := range []struct {
		enabled string
		env     []string
		want    bool
	}{
		{"", nil, true}, {", enabled: true", nil, true}, {", enabled: false", nil, false},
		{"", []string{"BECKON_KAFKA_TLS=false"}, false}, {"", []string{"BECKON_KAFKA_TLS_ENABLED=false"}, false},
		{", enabled: false", []string{"BECKON_KAFKA_TLS=true"}, true}, {"", []string{"BECKON_KAFKA_TLS_CA_FILE="}, false},
	} {
		if got := mustLoad(t, fmt.Sprintf(file, c.enabled), c.env...).Kafka.TLS.Enabled; got != c.want {
			t.Errorf("%q, %v: %t", c.enabled, c.env, got)
		}
	}
}

func TestAServiceOfAKeysNameSetsNothing(t *testing.T) {
	env := []string{
		"BECKON_FEEDBACK_SERVICE_HOST=10.0.0.1", "BECKON_FEEDBACK_SERVICE_PORT=80", "BECKON_FEEDBACK_PORT=tcp://10.0.0.1:80",
		"BECKON_FEEDBACK_PORT_80_TCP=tcp://10.0.0.1:80", "BECKON_FEEDBACK_PORT_80_TCP_ADDR=10.0.0.1",
	}
	if c := mustLoad(t, small, env...); c.Feedback != nil {
		t.Errorf("feedback is %+v, want none", c.Feedback)
	}
	want := &Source{Topic: "fb", Format: "cloudevents", KeyedBy: "subject"}
	if diff := cmp.Diff(want, mustLoad(t, small, append(env, "BECKON_FEEDBACK_TOPIC=fb")...).Feedback); diff != "" {
		t.Errorf("feedback, -want +got:\n%s", diff)
	}
	if c := mustLoad(t, small+"feedback: {topic: fb}\n", append(env, "BECKON_FEEDBACK_LOOKUP=true")...); !c.Feedback.Lookup || c.Feedback.Topic != "fb" {
		t.Errorf("feedback is %+v", c.Feedback)
	}
}

func TestSlipsInVariablesAreWarnedOf(t *testing.T) {
	for _, c := range []struct {
		variable string
		want     string // in the warning; empty: none
	}{
		{"KAFKA_BROKRS=b:1", "did you mean BECKON_KAFKA_BROKERS?"},
		{"STATE=/data", "set what it consists of one by one, such as BECKON_STATE_DIR"},
		{"FEEDBACK=f", "set what it consists of one by one, such as BECKON_FEEDBACK_TOPIC"},
		{"SOURCE_0_TOPIC=orders", "did you mean BECKON_SOURCES_0_TOPIC?"},
		{"SOURCES_0_TOPC=orders", "did you mean BECKON_SOURCES_0_TOPIC?"},
		{"SOURCES_0_LOKUP=true", "did you mean BECKON_SOURCES_0_LOOKUP?"},
		{"SOURCES_3_TOPIC=orders", "not used: entry 3 of the list has none before it"},
		{"CONFG=beckon.yaml", "did you mean BECKON_CONFIG?"},
		{"KAFKA_SASL_PASSWORD=hush", "name that with BECKON_KAFKA_SASL_PASSWORD_FILE"},
		{"SECRET=hush", "name that with BECKON_SECRET_FILE"},
		{"KAFKA_SASL_USERNAME=shop", "did you mean BECKON_KAFKA_SASL_USER?"},
		{"CONFIG=beckon.yaml", ""},
		{"SERVICE_HOST=10.0.0.1", ""},
		{"SERVICE_PORT_HTTP=80", ""},
		{"PORT=tcp://10.0.0.1:80", ""},
		{"PORT_8080_TCP_ADDR=10.0.0.1", ""},
		{"ADMIN_PORT=tcp://10.0.0.1:80", ""},
		{"UPDATE_SCRIPTS=1", ""},
		{"REPLICAS=3", ""},
		{"KAFKA_TLS=false", ""},
		{"SOURCES=[{topic: orders}]", ""},
		{"SOURCES_1_TOPIC=carts", ""},
		{"FEEDBACK_TOPIC=f", ""},
		{"FEEDBACK_TOPC=f", "did you mean BECKON_FEEDBACK_TOPIC?"},
		{"FEEDBACK_PORT=tcp://10.0.0.1:80", ""},
	} {
		got, found := Load("beckon.yaml", []byte(small), []string{"BECKON_" + c.variable})
		var b strings.Builder
		found.Print(&b)
		if got == nil || strings.Contains(b.String(), "hush") || strings.Contains(b.String(), "warning: ") != (c.want != "") || !strings.Contains(b.String(), c.want) {
			t.Errorf("%s: want %q, said\n%s", c.variable, c.want, b.String())
		}
	}
}

// What a file that cannot be read may hold is not said to be missing.
func TestAFileThatIsNoYAMLIsTheOnlyMistake(t *testing.T) {
	for _, text := range []string{"kafka: {brokers: [b:1]\nsources: [{topic: orders}]\n", "- kafka\n", "a: [", "kafka\n"} {
		_, found := Load("beckon.yaml", []byte(text), []string{"BECKON_KAFKA_SASL_USER=u"})
		if len(found) != 1 || !found.Failed() {
			t.Errorf("%q: got %v, want one mistake", text, found)
		}
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	text := `ap: shop
kafka:
  brokers: [localhost]
  sasl: {mechanism: scram-sha-521, user: u, password: secret}
sources:
  - {topic: orders, keyed_by: customer}
  - {topic: orders, expect: 10}
lanes: 9
lanes: 3
tasks: many
state: here
admin: {listen: 8080}
`
	_, found := Load("beckon.yaml", []byte(text), []string{"BECKON_LOG_LEVEL=loud", "BECKON_TASKS=few"})
	var b strings.Builder
	found.Print(&b)
	for _, want := range []string{
		`beckon.yaml:1:1: unknown key "ap" in the configuration`, `did you mean "app"?`,
		`beckon.yaml:3:12: kafka.brokers: "localhost" is not host:port`,
		`beckon.yaml:4:21: kafka.sasl.mechanism: unknown value "scram-sha-521"`, `did you mean "scram-sha-512"?`,
		`beckon.yaml:4:45: unknown key "password" in kafka.sasl`, "name that with password_file",
		`beckon.yaml:6:31: sources.0.keyed_by: unknown value "customer"`, "one of subject, other",
		`beckon.yaml:7:13: sources.1: topic orders is already that of sources.0`,
		`beckon.yaml:7:29: sources.1.expect: 10 has no unit; write 10m or 10s`,
		`beckon.yaml:8:8: lanes: 9 is not between 1 and 8`,
		`beckon.yaml:9:1: "lanes" is there twice`,
		`beckon.yaml:10:8: tasks: "many" is not a whole number`,
		`beckon.yaml:11:8: state is a mapping, not a single value`,
		`beckon.yaml:12:17: admin.listen: "8080" is not host:port`,
		`BECKON_LOG_LEVEL: log.level: unknown value "loud"`,
		`BECKON_TASKS: "few" is not a whole number`,
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("missing: %s", want)
		}
	}
	if t.Failed() {
		t.Logf("all of it:\n%s", b.String())
	}
	if strings.Contains(b.String(), "beckon.yaml: ") {
		t.Errorf("a mistake without a place:\n%s", b.String())
	}
}

func TestBadTextNeverPanics(t *testing.T) {
	for _, text := range []string{
		"", "---", "- a", "5", "a: [", "{", "kafka: 3", "kafka: {brokers: {}}", "kafka: {brokers: [[1]]}", "sources: {topic: a}",
		"sources: [1]", "feedback: []", "a: &a [*a]", "kafka: *x", "app: {}\n---\napp: x", "? {a: b}\n: c", "\t", "app: !!binary x", "kafka: {tls: 3}",
	} {
		c, found := Load("beckon.yaml", []byte(text), nil)
		if c != nil || !found.Failed() {
			t.Errorf("%q was taken", text)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(small)
	f.Add(whole)
	f.Fuzz(func(t *testing.T, text string) {
		if c, found := Load(filepath.Join("d", "beckon.yaml"), []byte(text), nil); (c == nil) != found.Failed() {
			t.Errorf("config %v with mistakes %v", c, found)
		}
	})
}

// What is written for the one would be read as the other.
func TestATopicIsThereForOneThing(t *testing.T) {
	for _, c := range []struct {
		text string
		env  string
		want string // of the first line; empty: it is taken
	}{
		{"commands: {topic: x, transactional_topic: x}", "", ""},
		{"commands: {topic: x, transactional_topic: y}", "", ""},
		{"app: shop\ncommands: {topic: beckon.mailbox}", "", ""}, // another app's, for all we know
		{"commands: {topic: beckon.mailbox}", "", "b.yaml:3:19: commands.topic: topic beckon.mailbox is one that beckon keeps for itself"},
		{"commands: {transactional_topic: beckon.triggers}", "", "b.yaml:3:33: commands.transactional_topic: topic beckon.triggers is one that"},
		{"dead_letters: {topic: beckon.changelog}", "", "b.yaml:3:23: dead_letters.topic: topic beckon.changelog is one that"},
		{"app: shop\ndecisions: {topic: shop.mailbox}", "", "b.yaml:4:20: decisions.topic: topic shop.mailbox is one that shop keeps"},
		{"feedback: {topic: beckon.mailbox}", "", "b.yaml:3:19: feedback: topic beckon.mailbox is one that"},
		{"", "BECKON_SOURCES_1_TOPIC=beckon.mailbox", "BECKON_SOURCES_1_TOPIC: sources.1: topic beckon.mailbox is one that"},
		{"instance: beckon-0.a_B", "", ""},
		{"instance: two words", "", "b.yaml:3:11: instance: \"two words\" is not a name of at most 100 letters"},
		{"", "BECKON_APP=a/b", "BECKON_APP: app: \"a/b\" is not a name of at most 100 letters"},
		{"commands: {topic: x}\ndecisions: {topic: x}", "", "b.yaml:4:20: decisions.topic: topic x is already that of commands.topic"},
		{"decisions: {topic: x}\ncoupons: {topic: x}", "", "b.yaml:4:18: coupons.topic: topic x is already that of decisions.topic"},
		{"commands: {transactional_topic: x}\ncoupons: {topic: x}", "", "b.yaml:4:18: coupons.topic: topic x is already that of commands.transactional_topic"},
		{"decisions: {topic: beckon.dead-letters}", "", "b.yaml:3:20: decisions.topic: topic beckon.dead-letters is already that of dead_letters.topic"},
		{"dead_letters: {topic: beckon.commands}", "", "b.yaml:3:23: dead_letters.topic: topic beckon.commands is already that of commands.topic"},
		{"coupons: {topic: orders}", "", "b.yaml:2:19: sources.0: topic orders is already that of coupons.topic"},
		{"feedback: {topic: orders}", "", "b.yaml:3:19: feedback: topic orders is already that of sources.0"},
		{"app: My Shop", "", "b.yaml:3:6: app: \"My Shop\" is not a name"},
		{"feedback: {topic: beckon.commands}", "", "b.yaml:3:19: feedback: topic beckon.commands is already that of commands.topic"},
	} {
		_, found := Load("b.yaml", []byte("kafka: {brokers: [b:1]}\nsources: [{topic: orders}]\n"+c.text+"\n"), []string{c.env})
		var b strings.Builder
		found.Print(&b)
		if len(found) != min(1, len(c.want)) || !strings.HasPrefix(b.String(), c.want) {
			t.Errorf("%q %s: want %q, said\n%s", c.text, c.env, c.want, b.String())
		}
	}
}

// A code has happened to its customer already when it is in the topic.
func TestTheTopicOfCouponsIsNoSource(t *testing.T) {
	_, found := Load("beckon.yaml", []byte("kafka: {brokers: [b:1]}\nsources: [{topic: orders}, {topic: codes}]\ncoupons: {topic: codes}\n"), nil)
	var b strings.Builder
	found.Print(&b)
	if want := "sources.1: topic codes is already that of coupons.topic"; !strings.Contains(b.String(), want) {
		t.Errorf("missing %q in:\n%s", want, b.String())
	}
}
