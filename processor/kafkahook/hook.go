// Package kafkahook measures Kafka clients: connections, requests, bytes and
// throttling, as metrics on the OpenTelemetry API.
//
// It listens at franz-go's hooks for requests and batches, never for records,
// so that an event costs nothing.
package kafkahook

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Attribute keys. A request's name is that of its API, such as Fetch.
const (
	Request = attribute.Key("beckon.kafka.request")
	Outcome = attribute.Key("beckon.outcome") // ok, failed
	Topic   = attribute.Key("beckon.kafka.topic")
)

const (
	ok     = "ok"
	failed = "failed"
)

// Hook is a set of instruments; give it to every client of a process. Safe for
// concurrent use.
type Hook struct {
	ctx context.Context // of measurements: hooks are handed none

	connects    metric.Int64Counter
	disconnects metric.Int64Counter
	requests    metric.Float64Histogram
	written     metric.Int64Counter
	read        metric.Int64Counter
	throttled   metric.Float64Counter
	groupErrors metric.Int64Counter
	produced    metric.Int64Counter
	fetched     metric.Int64Counter

	mu   sync.RWMutex
	kept map[[2]string]metric.MeasurementOption
}

var (
	_ kgo.HookBrokerConnect       = (*Hook)(nil)
	_ kgo.HookBrokerDisconnect    = (*Hook)(nil)
	_ kgo.HookBrokerE2E           = (*Hook)(nil)
	_ kgo.HookBrokerThrottle      = (*Hook)(nil)
	_ kgo.HookGroupManageError    = (*Hook)(nil)
	_ kgo.HookProduceBatchWritten = (*Hook)(nil)
	_ kgo.HookFetchBatchRead      = (*Hook)(nil)
)

// New makes the instruments. ctx goes with every measurement; that it ends
// means nothing.
func New(ctx context.Context, m metric.Meter) (*Hook, error) {
	h := &Hook{ctx: context.WithoutCancel(ctx), kept: map[[2]string]metric.MeasurementOption{}}
	var errs []error
	counter := func(name, unit, what string) metric.Int64Counter {
		c, err := m.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(what))
		errs = append(errs, err)
		return c
	}
	h.connects = counter("beckon_kafka_connects", "{connection}", "Connections to brokers, by outcome.")
	h.disconnects = counter("beckon_kafka_disconnects", "{connection}", "Connections to brokers that have ended.")
	h.written = counter("beckon_kafka_written", "By", "Bytes of requests written to brokers.")
	h.read = counter("beckon_kafka_read", "By", "Bytes of answers read from brokers.")
	h.groupErrors = counter("beckon_kafka_group_errors", "{error}", "Times that the group session failed and began anew.")
	h.produced = counter("beckon_kafka_produced", "By", "Compressed bytes of batches produced, by topic.")
	h.fetched = counter("beckon_kafka_fetched", "By", "Compressed bytes of batches fetched, by topic.")
	var err error
	h.requests, err = m.Float64Histogram("beckon_kafka_request_duration", metric.WithUnit("s"),
		metric.WithDescription("From writing a request to having read its answer, by request and outcome. Fetches wait for data."),
		metric.WithExplicitBucketBoundaries(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30))
	errs = append(errs, err)
	h.throttled, err = m.Float64Counter("beckon_kafka_throttled", metric.WithUnit("s"),
		metric.WithDescription("How long brokers asked to wait, because of quotas."))
	for _, err := range append(errs, err) {
		if err != nil {
			return nil, fmt.Errorf("make the instruments of Kafka clients: %w", err)
		}
	}
	return h, nil
}

// OnBrokerConnect counts an attempt.
func (h *Hook) OnBrokerConnect(_ kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	h.connects.Add(h.ctx, 1, h.with(Outcome, outcome(err)))
}

// OnBrokerDisconnect counts an end, wanted or not.
func (h *Hook) OnBrokerDisconnect(kgo.BrokerMetadata, net.Conn) { h.disconnects.Add(h.ctx, 1) }

// OnBrokerE2E measures a request and its answer.
func (h *Hook) OnBrokerE2E(_ kgo.BrokerMetadata, key int16, e kgo.BrokerE2E) {
	h.written.Add(h.ctx, int64(e.BytesWritten))
	h.read.Add(h.ctx, int64(e.BytesRead))
	h.requests.Record(h.ctx, e.DurationE2E().Seconds(), h.with(Request, kmsg.NameForKey(key)), h.with(Outcome, outcome(e.Err())))
}

// OnBrokerThrottle adds up what quotas cost.
func (h *Hook) OnBrokerThrottle(_ kgo.BrokerMetadata, wait time.Duration, _ bool) {
	h.throttled.Add(h.ctx, wait.Seconds())
}

// OnGroupManageError counts a group session that has failed.
func (h *Hook) OnGroupManageError(error) { h.groupErrors.Add(h.ctx, 1) }

// OnProduceBatchWritten adds a batch's bytes as they went over the wire.
func (h *Hook) OnProduceBatchWritten(_ kgo.BrokerMetadata, topic string, _ int32, m kgo.ProduceBatchMetrics) {
	h.produced.Add(h.ctx, int64(m.CompressedBytes), h.with(Topic, topic))
}

// OnFetchBatchRead adds a batch's bytes as they came over the wire.
func (h *Hook) OnFetchBatchRead(_ kgo.BrokerMetadata, topic string, _ int32, m kgo.FetchBatchMetrics) {
	h.fetched.Add(h.ctx, int64(m.CompressedBytes), h.with(Topic, topic))
}

func outcome(err error) string {
	if err != nil {
		return failed
	}
	return ok
}

// with is one attribute, made once.
func (h *Hook) with(key attribute.Key, value string) metric.MeasurementOption {
	k := [2]string{string(key), value}
	h.mu.RLock()
	o := h.kept[k]
	h.mu.RUnlock()
	if o == nil {
		o = metric.WithAttributeSet(attribute.NewSet(key.String(value)))
		h.mu.Lock()
		h.kept[k] = o
		h.mu.Unlock()
	}
	return o
}
