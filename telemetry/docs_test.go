package telemetry

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/beckon-io/beckon/processor/kafkahook"
	"github.com/beckon-io/beckon/telemetry/instruments"
)

// made is an instrument: its name, how it is described, and what Prometheus shows of it.
type made struct {
	name, what string
	shown      []string
}

// list is a meter that writes down what is made of it.
type list struct {
	noop.Meter
	made []made
}

func (l *list) counter(name, unit, what string) {
	l.made = append(l.made, made{name, what, []string{name + suffixes[unit] + "_total"}})
}

func (l *list) gauge(name, unit, what string) {
	l.made = append(l.made, made{name, what, []string{name + suffixes[unit]}})
}

func (l *list) histogram(name, unit, what string) {
	shown := name + suffixes[unit]
	l.made = append(l.made, made{name, what, []string{shown + "_bucket", shown + "_count", shown + "_sum"}})
}

// suffixes are what Prometheus puts behind names, by unit.
var suffixes = map[string]string{"s": "_seconds", "By": "_bytes"}

func (l *list) Int64Counter(name string, o ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	c := metric.NewInt64CounterConfig(o...)
	l.counter(name, c.Unit(), c.Description())
	return l.Meter.Int64Counter(name, o...)
}

func (l *list) Float64Counter(name string, o ...metric.Float64CounterOption) (metric.Float64Counter, error) {
	c := metric.NewFloat64CounterConfig(o...)
	l.counter(name, c.Unit(), c.Description())
	return l.Meter.Float64Counter(name, o...)
}

func (l *list) Float64Histogram(name string, o ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	c := metric.NewFloat64HistogramConfig(o...)
	l.histogram(name, c.Unit(), c.Description())
	return l.Meter.Float64Histogram(name, o...)
}

func (l *list) Int64ObservableGauge(name string, o ...metric.Int64ObservableGaugeOption) (metric.Int64ObservableGauge, error) {
	c := metric.NewInt64ObservableGaugeConfig(o...)
	l.gauge(name, c.Unit(), c.Description())
	return l.Meter.Int64ObservableGauge(name, o...)
}

func (l *list) Float64ObservableGauge(name string, o ...metric.Float64ObservableGaugeOption) (metric.Float64ObservableGauge, error) {
	c := metric.NewFloat64ObservableGaugeConfig(o...)
	l.gauge(name, c.Unit(), c.Description())
	return l.Meter.Float64ObservableGauge(name, o...)
}

// allMade is every instrument that there is.
func allMade(t *testing.T) []made {
	t.Helper()
	l := new(list)
	if _, err := instruments.New(l); err != nil {
		t.Fatal(err)
	}
	if _, err := instruments.NewGauges(l); err != nil {
		t.Fatal(err)
	}
	if _, err := kafkahook.New(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	return l.made
}

func readDoc(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The tables of docs/OPERATIONS.md are what the code measures, no more and no
// less.
func TestOperationsListsEveryMetricAndSpan(t *testing.T) {
	doc := readDoc(t, "../docs/OPERATIONS.md")
	all := allMade(t)
	for _, m := range all {
		if row := "| `" + m.name + "` | " + m.what + " |"; !strings.Contains(doc, "\n"+row+"\n") {
			t.Errorf("missing:\n%s", row)
		}
	}
	if got := strings.Count(doc, "\n| `beckon_"); got != len(all) {
		t.Errorf("the table has %d metrics, the code %d", got, len(all))
	}
	for _, row := range []string{"| `" + instruments.SpanProcess + " <topic>` |", "| `" + instruments.SpanSend + " <topic>` |", "| `" + instruments.SpanFire + "` |"} {
		if !strings.Contains(doc, "\n"+row) {
			t.Errorf("no span %s", row)
		}
	}
}

// The alerts and the dashboard ask for metrics and attributes that there are.
func TestDeployAsksForWhatIsMeasured(t *testing.T) {
	known := map[string]bool{}
	for _, m := range allMade(t) {
		for _, name := range m.shown {
			known[name] = true
		}
	}
	for _, key := range []attribute.Key{instruments.Source, instruments.Outcome, instruments.Trigger, instruments.Channel, instruments.Reason,
		instruments.Stage, instruments.Task, instruments.State, kafkahook.Request} {
		known[strings.ReplaceAll(string(key), ".", "_")] = true
	}
	name := regexp.MustCompile(`\bbeckon_[a-z_]+`)
	for _, path := range []string{"../deploy/prometheus/alerts.yaml", "../deploy/prometheus/alerts_test.yaml", "../deploy/grafana/beckon.json"} {
		asked := name.FindAllString(readDoc(t, path), -1)
		if len(asked) == 0 {
			t.Errorf("%s asks for nothing", path)
		}
		for _, asked := range asked {
			// Descriptions name gauges as docs/OPERATIONS.md does.
			if !known[asked] && !known[asked+"_bytes"] {
				t.Errorf("%s: there is no %s", path, asked)
			}
		}
	}
}
