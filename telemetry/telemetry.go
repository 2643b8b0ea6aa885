// Package telemetry sets up OpenTelemetry for the process: traces and metrics
// to wherever the standard OTEL_ variables point, and the same metrics for
// Prometheus to scrape. It is the only package that links the SDK; names and
// instruments are in telemetry/instruments.
//
// Without OTEL_TRACES_EXPORTER or an OTLP endpoint nothing is exported: a
// collector on localhost is not assumed. OTEL_SDK_DISABLED=true turns all off,
// /metrics excepted.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/beckon-io/beckon/telemetry/instruments"
)

// Options name the process. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go
// before them.
type Options struct {
	Service  string // the app's name
	Version  string
	Instance string
	Log      *slog.Logger // of what cannot be exported; default: nobody is told
}

// Telemetry holds the providers of the process.
type Telemetry struct {
	traces   *sdktrace.TracerProvider
	metrics  *sdkmetric.MeterProvider
	registry *prometheus.Registry
	tracing  bool
}

// Start makes the exporters and providers. Shut it down with Shutdown, last of
// all. An unusable OTEL_ variable is an error.
func Start(ctx context.Context, o Options) (*Telemetry, error) {
	if o.Log != nil {
		otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { o.Log.Warn("telemetry", "err", err) }))
	}
	res, err := describe(ctx, o)
	if err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	scrape, err := exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo())
	if err != nil {
		return nil, fmt.Errorf("make the Prometheus exporter: %w", err)
	}
	metricOptions := []sdkmetric.Option{sdkmetric.WithResource(res), sdkmetric.WithReader(scrape)}
	if wanted("METRICS") {
		reader, err := autoexport.NewMetricReader(ctx)
		if err != nil {
			return nil, fmt.Errorf("make the metrics exporter that OTEL_METRICS_EXPORTER asks for: %w", err)
		}
		metricOptions = append(metricOptions, sdkmetric.WithReader(reader))
	}
	traceOptions := []sdktrace.TracerProviderOption{sdktrace.WithResource(res)}
	tracing := wanted("TRACES")
	if tracing {
		spans, err := autoexport.NewSpanExporter(ctx)
		if err != nil {
			return nil, fmt.Errorf("make the traces exporter that OTEL_TRACES_EXPORTER asks for: %w", err)
		}
		traceOptions = append(traceOptions, sdktrace.WithBatcher(spans))
	} else {
		traceOptions = append(traceOptions, sdktrace.WithSampler(sdktrace.NeverSample()))
	}
	return &Telemetry{
		traces:   sdktrace.NewTracerProvider(traceOptions...),
		metrics:  sdkmetric.NewMeterProvider(metricOptions...),
		registry: registry,
		tracing:  tracing,
	}, nil
}

// wanted tells whether the environment asks for a signal's exporter.
func wanted(signal string) bool {
	if os.Getenv("OTEL_SDK_DISABLED") == "true" {
		return false
	}
	if e := os.Getenv("OTEL_" + signal + "_EXPORTER"); e != "" {
		return e != "none"
	}
	return os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT") != ""
}

func describe(ctx context.Context, o Options) (*resource.Resource, error) {
	res, err := resource.New(ctx,
		resource.WithAttributes(
			attribute.String("service.name", o.Service),
			attribute.String("service.version", o.Version),
			attribute.String("service.instance.id", o.Instance),
		),
		resource.WithTelemetrySDK(),
		resource.WithFromEnv(),
	)
	if err != nil {
		return nil, fmt.Errorf("describe the process to OpenTelemetry (see OTEL_RESOURCE_ATTRIBUTES): %w", err)
	}
	return res, nil
}

// Tracer makes spans, nil if nobody wants them.
func (t *Telemetry) Tracer() trace.Tracer {
	if !t.tracing {
		return nil
	}
	return t.traces.Tracer(instruments.Scope)
}

// Meter makes instruments.
func (t *Telemetry) Meter() metric.Meter { return t.metrics.Meter(instruments.Scope) }

// Metrics answers Prometheus.
func (t *Telemetry) Metrics() http.Handler {
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{})
}

// Shutdown sends what is still held back and ends the exporters.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	return errors.Join(t.traces.Shutdown(ctx), t.metrics.Shutdown(ctx))
}
