package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/beckon-io/beckon/processor"
	"github.com/beckon-io/beckon/telemetry"
)

// observer is the process's telemetry, as far as run needs it.
type observer struct {
	metrics http.Handler
	gauges  func(*processor.Processor) // tells it what to ask how things stand
}

// observe starts telemetry and lets the processor report to it.
func (p *process) observe(ctx context.Context, cfg *processor.Config) (observer, error) {
	c := &p.cfg.Telemetry
	standard("OTEL_EXPORTER_OTLP_ENDPOINT", c.Endpoint)
	standard("OTEL_EXPORTER_OTLP_PROTOCOL", c.Protocol)
	tel, err := telemetry.Start(ctx, telemetry.Options{Service: c.Service, Version: buildInfo().Version, Instance: cfg.Instance})
	if err != nil {
		return observer{}, fmt.Errorf("start telemetry: %w", err)
	}
	p.onStop(func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		if err := tel.Shutdown(ctx); err != nil {
			p.log.Warn("telemetry was not sent", "err", err)
		}
		return nil
	})
	return observer{metrics: tel.Metrics(), gauges: func(*processor.Processor) {}}, nil
}

// standard sets one of the standard variables that nobody has set.
func standard(name, value string) {
	if value != "" && os.Getenv(name) == "" {
		os.Setenv(name, value)
	}
}
