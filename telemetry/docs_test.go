package telemetry

import (
	"os"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/beckon-io/beckon/processor/kafkahook"
	"github.com/beckon-io/beckon/telemetry/instruments"
)

// list is a meter that writes down what is made of it, as rows of a table.
type list struct {
	noop.Meter
	rows []string
}

func (l *list) add(name, what string) { l.rows = append(l.rows, "| `"+name+"` | "+what+" |") }

func (l *list) Int64Counter(name string, o ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	l.add(name, metric.NewInt64CounterConfig(o...).Description())
	return l.Meter.Int64Counter(name, o...)
}

func (l *list) Float64Counter(name string, o ...metric.Float64CounterOption) (metric.Float64Counter, error) {
	l.add(name, metric.NewFloat64CounterConfig(o...).Description())
	return l.Meter.Float64Counter(name, o...)
}

func (l *list) Float64Histogram(name string, o ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	l.add(name, metric.NewFloat64HistogramConfig(o...).Description())
	return l.Meter.Float64Histogram(name, o...)
}

func (l *list) Int64ObservableGauge(name string, o ...metric.Int64ObservableGaugeOption) (metric.Int64ObservableGauge, error) {
	l.add(name, metric.NewInt64ObservableGaugeConfig(o...).Description())
	return l.Meter.Int64ObservableGauge(name, o...)
}

func (l *list) Float64ObservableGauge(name string, o ...metric.Float64ObservableGaugeOption) (metric.Float64ObservableGauge, error) {
	l.add(name, metric.NewFloat64ObservableGaugeConfig(o...).Description())
	return l.Meter.Float64ObservableGauge(name, o...)
}

// The tables of docs/OPERATIONS.md are what the code measures, no more and no
// less.
func TestOperationsListsEveryMetricAndSpan(t *testing.T) {
	text, err := os.ReadFile("../docs/OPERATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(text)
	made := new(list)
	if _, err := instruments.New(made); err != nil {
		t.Fatal(err)
	}
	if _, err := instruments.NewGauges(made); err != nil {
		t.Fatal(err)
	}
	if _, err := kafkahook.New(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	for _, row := range made.rows {
		if !strings.Contains(doc, "\n"+row+"\n") {
			t.Errorf("missing:\n%s", row)
		}
	}
	if got := strings.Count(doc, "\n| `beckon_"); got != len(made.rows) {
		t.Errorf("the table has %d metrics, the code %d", got, len(made.rows))
	}
	for _, row := range []string{"| `" + instruments.SpanProcess + " <topic>` |", "| `" + instruments.SpanSend + " <topic>` |", "| `" + instruments.SpanFire + "` |"} {
		if !strings.Contains(doc, "\n"+row) {
			t.Errorf("no span %s", row)
		}
	}
}
