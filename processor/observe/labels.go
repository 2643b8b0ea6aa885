package observe

import (
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// labels keeps the options of measurements by what they are made of, so that
// adding to a counter neither sorts attributes nor allocates. Safe for
// concurrent use.
type labels[K comparable] struct {
	make func(K) []attribute.KeyValue

	mu   sync.RWMutex
	made map[K]*options
}

type options struct {
	add    []metric.AddOption
	record []metric.RecordOption
}

func newLabels[K comparable](make func(K) []attribute.KeyValue) *labels[K] {
	return &labels[K]{make: make, made: map[K]*options{}}
}

func (l *labels[K]) of(k K) *options {
	l.mu.RLock()
	o := l.made[k]
	l.mu.RUnlock()
	if o != nil {
		return o
	}
	set := metric.WithAttributeSet(attribute.NewSet(l.make(k)...))
	o = &options{[]metric.AddOption{set}, []metric.RecordOption{set}}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.made[k] = o
	return o
}
