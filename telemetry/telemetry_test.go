package telemetry

import (
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/metric"

	"github.com/beckon-io/beckon/telemetry/instruments"
)

func TestMetricsAreScrapedUnderTheirNames(t *testing.T) {
	tel, err := Start(t.Context(), Options{Service: "shop", Version: "1", Instance: "a"})
	if err != nil {
		t.Fatal(err)
	}
	defer tel.Shutdown(t.Context())
	set, err := instruments.New(tel.Meter())
	if err != nil {
		t.Fatal(err)
	}
	set.Commands.Add(t.Context(), 3, metric.WithAttributes(instruments.Trigger.String("cart"), instruments.Channel.String("email")))
	set.Transactions.Record(t.Context(), 0.05, metric.WithAttributes(instruments.Outcome.String("committed")))
	w := httptest.NewRecorder()
	tel.Metrics().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`beckon_commands_total{beckon_channel="email",beckon_trigger="cart"} 3`,
		`beckon_transaction_duration_seconds_count{beckon_outcome="committed"} 1`,
		`service_name="shop"`,
		"go_goroutines",
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("/metrics has no %s in\n%s", want, w.Body)
		}
	}
}

func TestExportersFollowTheEnvironment(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, false},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, true},
		{map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318"}, true},
		{map[string]string{"OTEL_TRACES_EXPORTER": "console"}, true},
		{map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, false},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "true"}, false},
	} {
		t.Run("", func(t *testing.T) {
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			if got := wanted("TRACES"); got != c.want {
				t.Errorf("%v: exporter wanted = %v, want %v", c.env, got, c.want)
			}
		})
	}
}

func TestUnknownExporterIsRefused(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "pigeon")
	if _, err := Start(t.Context(), Options{}); err == nil || !strings.Contains(err.Error(), "OTEL_TRACES_EXPORTER") {
		t.Errorf("OTEL_TRACES_EXPORTER=pigeon: error %v, want one that names the variable", err)
	}
}
