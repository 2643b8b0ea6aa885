package observe

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/beckon-io/beckon/processor"
	"github.com/beckon-io/beckon/schemas"
)

// The contexts of two events of the shop.
const (
	view  = "00-11111111111111111111111111111111-2222222222222222-01"
	order = "00-33333333333333333333333333333333-4444444444444444-01"
)

// traced lets a story of one transaction happen and tells its spans.
func traced(t *testing.T, sampler sdktrace.Sampler, customer func(string) string, outcome processor.Outcome,
	story func(context.Context, processor.Trace)) tracetest.SpanStubs {
	t.Helper()
	spans := tracetest.NewInMemoryExporter()
	p := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans), sdktrace.WithSampler(sampler))
	trace := NewTracer(p.Tracer(""), "shop", customer).Begin(3)
	story(t.Context(), trace)
	trace.End(t.Context(), &processor.Batch{
		Outcome: outcome, Began: time.Unix(1, 0), Sources: []processor.SourceCount{{Topic: "orders", Processed: 2}, {Topic: "carts"}},
	})
	return spans.GetSpans()
}

// told is one line a span: kind, name, parent or root, links, in the order in
// which they ended.
func told(spans tracetest.SpanStubs) []string {
	names := map[string]string{}
	for _, s := range spans {
		names[s.SpanContext.SpanID().String()] = s.Name
	}
	var lines []string
	for _, s := range spans {
		from := "root"
		if s.Parent.IsValid() {
			from = "in " + names[s.Parent.SpanID().String()]
		}
		line := fmt.Sprintf("%s %s, %s", s.SpanKind, s.Name, from)
		for _, link := range s.Links {
			line += ", linked to " + link.SpanContext.TraceID().String()[:4]
		}
		if s.Status.Description != "" {
			line += ": " + s.Status.Description
		}
		lines = append(lines, line)
	}
	return lines
}

func TestCommandOfAnEventBelongsToItsTransaction(t *testing.T) {
	var c schemas.Command
	spans := traced(t, sdktrace.AlwaysSample(), nil, processor.Committed, func(ctx context.Context, tr processor.Trace) {
		tr.Read(ctx, "orders", &schemas.Event{TraceParent: view})
		tr.Read(ctx, "orders", &schemas.Event{TraceParent: order})
		c = schemas.Command{TraceParent: order, TraceState: "shop=1", CommandID: "c1", Trigger: "confirm", Channel: "email", Customer: "ana"}
		tr.Send(ctx, &c, "commands", processor.Moment{Source: "orders"})
	})
	want := []string{
		"producer send commands, in process orders, linked to 3333",
		"consumer process orders, root, linked to 1111, linked to 3333",
	}
	if diff := cmp.Diff(want, told(spans)); diff != "" {
		t.Fatalf("spans (-want +got):\n%s", diff)
	}
	send := spans[0].SpanContext
	if want := fmt.Sprintf("00-%s-%s-01", send.TraceID(), send.SpanID()); c.TraceParent != want || c.TraceState != "" {
		t.Errorf("the command carries %q, %q; want the span's %q", c.TraceParent, c.TraceState, want)
	}
	var attributes []string
	for _, s := range spans {
		for _, kv := range s.Attributes {
			attributes = append(attributes, string(kv.Key)+"="+kv.Value.String())
		}
	}
	wanted := []string{
		"messaging.system=kafka", "messaging.operation.name=send", "messaging.operation.type=send", "messaging.destination.name=commands",
		"messaging.message.id=c1", "beckon.trigger=confirm", "beckon.trigger.version=", "beckon.step=", "beckon.channel=email",
		"messaging.system=kafka", "messaging.operation.name=process", "messaging.operation.type=process", "messaging.destination.name=orders",
		"messaging.consumer.group.name=shop", "beckon.lane=3", "messaging.batch.message_count=2",
	}
	if diff := cmp.Diff(wanted, attributes); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

// Two runs of one customer end their waits at one instant, a third elsewhere.
func TestWaitBeginsATraceOfItsOwn(t *testing.T) {
	spans := traced(t, sdktrace.AlwaysSample(), nil, processor.Committed, func(ctx context.Context, tr processor.Trace) {
		for i, parent := range []string{view, order, "", view} {
			c := schemas.Command{TraceParent: parent}
			tr.Send(ctx, &c, "commands", processor.Moment{Wait: 1 + i/3})
		}
	})
	want := []string{
		"internal fire, root, linked to 1111, linked to 3333",
		"producer send commands, in fire, linked to 1111",
		"producer send commands, in fire, linked to 3333",
		"producer send commands, in fire",
		"internal fire, root, linked to 1111",
		"producer send commands, in fire, linked to 1111",
		"consumer process orders, root",
	}
	if diff := cmp.Diff(want, told(spans)); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	if spans[0].SpanContext.TraceID() == spans[4].SpanContext.TraceID() {
		t.Error("two waits share a trace")
	}
}

// Headers then are a function of the input.
func TestUnsampledCommandKeepsTheContextOfItsEvent(t *testing.T) {
	for _, why := range []processor.Moment{{Source: "orders"}, {Wait: 1}} {
		c := schemas.Command{TraceParent: order, TraceState: "shop=1"}
		spans := traced(t, sdktrace.NeverSample(), nil, processor.Committed, func(ctx context.Context, tr processor.Trace) {
			tr.Read(ctx, "orders", &schemas.Event{TraceParent: order})
			tr.Send(ctx, &c, "commands", why)
		})
		if len(spans) > 0 || c.TraceParent != order || c.TraceState != "shop=1" {
			t.Errorf("%+v: spans %q, command carries %q, %q", why, told(spans), c.TraceParent, c.TraceState)
		}
	}
}

func TestSpansOfAnAbortedTransactionSaySo(t *testing.T) {
	spans := traced(t, sdktrace.AlwaysSample(), nil, processor.Aborted, func(ctx context.Context, tr processor.Trace) {
		tr.Send(ctx, new(schemas.Command), "commands", processor.Moment{Source: "orders"})
	})
	want := []string{
		"producer send commands, in process orders: the transaction was not committed",
		"consumer process orders, root: the transaction was not committed",
	}
	if diff := cmp.Diff(want, told(spans)); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

func TestLinksAreBounded(t *testing.T) {
	spans := traced(t, sdktrace.AlwaysSample(), nil, processor.Committed, func(ctx context.Context, tr processor.Trace) {
		for range 3 * maxLinks {
			tr.Read(ctx, "orders", &schemas.Event{TraceParent: order})
		}
	})
	if n := len(spans[0].Links); n != maxLinks || spans[0].DroppedLinks != 0 {
		t.Errorf("%d links, %d dropped; want %d and 0", n, spans[0].DroppedLinks, maxLinks)
	}
}

func TestCustomersAreNamedOnlyAsAsked(t *testing.T) {
	customerOf := func(hash func(string) string) string {
		spans := traced(t, sdktrace.AlwaysSample(), hash, processor.Committed, func(ctx context.Context, tr processor.Trace) {
			c := schemas.Command{Customer: "ana", To: "ana@example.org"}
			tr.Send(ctx, &c, "commands", processor.Moment{Source: "orders"})
		})
		found := ""
		for _, s := range spans {
			for _, kv := range s.Attributes {
				if strings.Contains(kv.Value.String(), "ana") {
					t.Errorf("%s names the customer: %s", kv.Key, kv.Value.String())
				}
				if kv.Key == "beckon.customer" {
					found = kv.Value.String()
				}
			}
		}
		return found
	}
	if got := customerOf(nil); got != "" {
		t.Errorf("beckon.customer is %q where nobody asked", got)
	}
	if got := customerOf(func(id string) string { return fmt.Sprint(len(id)) }); got != "3" {
		t.Errorf("beckon.customer is %q, want the hash", got)
	}
}

// A transaction of 2,000 events with trace contexts, a tenth of which send, in
// a process whose sampler says no.
func BenchmarkUnsampledTracePerEvent(b *testing.B) {
	p := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))
	tracer := NewTracer(p.Tracer(""), "shop", nil)
	ctx, ev := b.Context(), &schemas.Event{TraceParent: order}
	c := schemas.Command{TraceParent: order}
	done := &processor.Batch{Outcome: processor.Committed, Sources: []processor.SourceCount{{Topic: "orders", Processed: 2000}}}
	var tr processor.Trace
	b.ReportAllocs()
	for n := range b.N {
		if n%2000 == 0 {
			tr = tracer.Begin(0)
		}
		tr.Read(ctx, "orders", ev)
		switch n % 20 {
		case 0:
			tr.Send(ctx, &c, "commands", processor.Moment{Source: "orders"})
		case 10:
			tr.Send(ctx, &c, "commands", processor.Moment{Wait: 1 + n%2000})
		}
		if n%2000 == 1999 {
			tr.End(ctx, done)
		}
	}
}
