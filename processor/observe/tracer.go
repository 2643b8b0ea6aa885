package observe

import (
	"context"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/beckon-io/beckon/processor"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/telemetry/instruments"
)

// Tracer makes the spans of a processor. Safe for concurrent use.
//
// A transaction is one span for each topic that it read, linked to the contexts
// of what it read; a command is a child of it, linked to the event that caused
// it. A wait that ends belongs to nobody's trace any more: it begins a trace of
// its own, linked to the context that armed it, with the commands as children.
//
// A command whose span is sampled carries that span's context. Any other keeps
// the context of the event that began its run, so a trace that others sample
// goes on through here, and without sampling headers are a function of the
// input.
type Tracer struct {
	tracer   trace.Tracer
	group    string
	customer func(id string) string
}

var _ processor.Tracer = (*Tracer)(nil)

// NewTracer makes spans with a tracer for a consumer group. customer hashes an
// id for the spans of commands; nil leaves customers out.
func NewTracer(t trace.Tracer, group string, customer func(id string) string) *Tracer {
	return &Tracer{t, group, customer}
}

// maxLinks is how many links of what it read a span gets, as many as SDKs keep
// by default.
const maxLinks = 128

// Begin opens the trace of a transaction.
func (t *Tracer) Begin(lane int) processor.Trace { return &batch{t: t, lane: lane} }

// batch is the trace of one transaction.
type batch struct {
	t     *Tracer
	lane  int
	reads []reading
	sends []trace.Span // of commands and waits

	wait  int               // whose span fire is
	fire  trace.Span        // the last one
	cause trace.SpanContext // linked to it last
}

// reading is the span of one topic.
type reading struct {
	topic string
	span  trace.Span
	links int
}

var (
	consumer = trace.WithSpanKind(trace.SpanKindConsumer)
	producer = trace.WithSpanKind(trace.SpanKindProducer)
	root     = trace.WithNewRoot()
)

// reading is the span of a topic, begun if it is new.
func (b *batch) reading(ctx context.Context, topic string, more ...trace.SpanStartOption) *reading {
	for i := range b.reads {
		if b.reads[i].topic == topic {
			return &b.reads[i]
		}
	}
	_, span := b.t.tracer.Start(ctx, instruments.SpanProcess+" "+topic, append(more, root, consumer)...)
	if span.IsRecording() {
		span.SetAttributes(semconv.MessagingSystemKafka, semconv.MessagingOperationName("process"), semconv.MessagingOperationTypeProcess,
			semconv.MessagingDestinationName(topic), semconv.MessagingConsumerGroupName(b.t.group), instruments.Lane.Int(b.lane))
	}
	b.reads = append(b.reads, reading{topic, span, 0})
	return &b.reads[len(b.reads)-1]
}

// Read links the topic's span to an event's context.
func (b *batch) Read(ctx context.Context, topic string, ev *schemas.Event) {
	r := b.reading(ctx, topic)
	if r.links == maxLinks || !r.span.IsRecording() {
		return
	}
	if from := contextOf(ctx, ev.TraceParent, ev.TraceState); from.IsValid() {
		r.links++
		r.span.AddLink(trace.Link{SpanContext: from})
	}
}

// Send begins the span of a command and lets the command carry it on.
func (b *batch) Send(ctx context.Context, c *schemas.Command, topic string, why processor.Moment) {
	parent := b.parent(ctx, c, why)
	ctx, span := b.t.tracer.Start(trace.ContextWithSpan(ctx, parent), instruments.SpanSend+" "+topic, producer)
	if !span.SpanContext().IsSampled() {
		return
	}
	b.sends = append(b.sends, span)
	span.SetAttributes(semconv.MessagingSystemKafka, semconv.MessagingOperationName("send"), semconv.MessagingOperationTypeSend,
		semconv.MessagingDestinationName(topic), semconv.MessagingMessageID(string(c.CommandID)),
		instruments.Trigger.String(c.Trigger), instruments.Version.String(c.Version), instruments.Step.String(c.Step), instruments.Channel.String(c.Channel))
	if b.t.customer != nil {
		span.SetAttributes(instruments.Customer.String(b.t.customer(c.Customer)))
	}
	if cause := contextOf(ctx, c.TraceParent, c.TraceState); cause.IsValid() {
		span.AddLink(trace.Link{SpanContext: cause})
	}
	c.TraceParent, c.TraceState = headersOf(ctx)
}

// parent is the span that a command belongs to: the transaction's, or that of
// the wait.
func (b *batch) parent(ctx context.Context, c *schemas.Command, why processor.Moment) trace.Span {
	if why.Wait == 0 {
		return b.reading(ctx, why.Source).span
	}
	if b.wait != why.Wait {
		_, span := b.t.tracer.Start(ctx, instruments.SpanFire, root)
		b.wait, b.fire, b.cause = why.Wait, span, trace.SpanContext{}
		b.sends = append(b.sends, span)
		span.SetAttributes(instruments.Lane.Int(b.lane))
	}
	if b.fire.IsRecording() {
		if cause := contextOf(ctx, c.TraceParent, c.TraceState); cause.IsValid() && !cause.Equal(b.cause) {
			b.cause = cause
			b.fire.AddLink(trace.Link{SpanContext: cause})
		}
	}
	return b.fire
}

// End ends all spans. A topic of which nothing was to be linked or sent gets
// its span now, for the time that the transaction took.
func (b *batch) End(ctx context.Context, done *processor.Batch) {
	for i := range done.Sources {
		s := &done.Sources[i]
		if n := s.Processed + s.Duplicate + s.Forwarded; n > 0 {
			b.reading(ctx, s.Topic, trace.WithTimestamp(done.Began)).span.SetAttributes(semconv.MessagingBatchMessageCount(n))
		}
	}
	for _, span := range b.sends {
		end(span, done.Outcome)
	}
	for i := range b.reads {
		end(b.reads[i].span, done.Outcome)
	}
}

func end(span trace.Span, outcome processor.Outcome) {
	if outcome != processor.Committed {
		span.SetAttributes(semconv.ErrorTypeKey.String(string(outcome)))
		span.SetStatus(codes.Error, "the transaction was not committed")
	}
	span.End()
}

var w3c propagation.TraceContext

// contextOf is the context that headers name; not valid if they name none.
func contextOf(ctx context.Context, parent, state string) trace.SpanContext {
	if parent == "" {
		return trace.SpanContext{}
	}
	ctx = trace.ContextWithSpanContext(ctx, trace.SpanContext{})
	return trace.SpanContextFromContext(w3c.Extract(ctx, propagation.MapCarrier{"traceparent": parent, "tracestate": state}))
}

// headersOf are the headers that carry a context on.
func headersOf(ctx context.Context) (parent, state string) {
	h := propagation.MapCarrier{}
	w3c.Inject(ctx, h)
	return h["traceparent"], h["tracestate"]
}
