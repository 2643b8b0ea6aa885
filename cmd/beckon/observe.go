package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/beckon-io/beckon/processor"
	"github.com/beckon-io/beckon/processor/kafkahook"
	"github.com/beckon-io/beckon/processor/observe"
	"github.com/beckon-io/beckon/telemetry"
)

// observer is the process's telemetry, as far as run needs it.
type observer struct {
	metrics http.Handler
	gauges  func(*processor.Processor) error // says whom to ask how things stand
}

// observe starts telemetry and lets the processor and its clients report to it.
func (p *process) observe(ctx context.Context, cfg *processor.Config) (observer, error) {
	c := &p.cfg.Telemetry
	standard("OTEL_EXPORTER_OTLP_ENDPOINT", c.Endpoint)
	standard("OTEL_EXPORTER_OTLP_PROTOCOL", c.Protocol)
	tel, err := telemetry.Start(ctx, telemetry.Options{Service: c.Service, Version: buildInfo().Version, Instance: cfg.Instance, Log: p.log})
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
	if err := p.instrument(ctx, cfg, tel); err != nil {
		return observer{}, err
	}
	gauges := func(proc *processor.Processor) error {
		_, err := observe.Gauges(tel.Meter(), observe.Process{Health: proc.Health, StateSize: cfg.Store.Size, Now: cfg.Now})
		return err
	}
	return observer{metrics: tel.Metrics(), gauges: gauges}, nil
}

// instrument puts what measures into the processor's configuration.
func (p *process) instrument(ctx context.Context, cfg *processor.Config, tel *telemetry.Telemetry) error {
	watcher, err := observe.NewWatcher(ctx, tel.Meter())
	if err != nil {
		return err
	}
	cfg.Watch = watcher
	if p.watch != nil {
		cfg.Watch = watchers{watcher, p.watch}
	}
	hook, err := kafkahook.New(ctx, tel.Meter())
	if err != nil {
		return err
	}
	cfg.Kafka.Hooks = append(cfg.Kafka.Hooks, hook)
	tracer := tel.Tracer()
	if tracer == nil {
		return nil
	}
	customers, err := p.hashed()
	if err != nil {
		return err
	}
	cfg.Trace = observe.NewTracer(tracer, cfg.App, customers)
	return nil
}

// hashed is what spans say of customers, nil for nothing. The hash is keyed:
// ids can be guessed, and a plain hash of a guess would tell.
func (p *process) hashed() (func(string) string, error) {
	if p.cfg.Telemetry.Customers != "hashed" {
		return nil, nil
	}
	secret, err := readSecret(string(p.cfg.SecretFile))
	if err != nil {
		return nil, fmt.Errorf("telemetry.customers: %w", err)
	}
	return func(id string) string {
		h := hmac.New(sha256.New, secret)
		h.Write([]byte("customer\x00" + id))
		return hex.EncodeToString(h.Sum(nil)[:8])
	}, nil
}

// watchers are told one after the other.
type watchers []processor.Watcher

func (w watchers) Batch(ctx context.Context, b *processor.Batch) {
	for _, one := range w {
		one.Batch(ctx, b)
	}
}

func (w watchers) Restored(ctx context.Context, r processor.Restored) {
	for _, one := range w {
		one.Restored(ctx, r)
	}
}

// standard sets one of the standard variables that nobody has set.
func standard(name, value string) {
	if value != "" && os.Getenv(name) == "" {
		os.Setenv(name, value)
	}
}
