package processor

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/beckon-io/beckon/processor/merge"
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/schemas/vendor"
	"github.com/beckon-io/beckon/triggers/engine"
)

// source is a configured source as the cluster has it.
type source struct {
	Source
	extent
	index  int
	vendor bool // its format is a vendor's

	identifies []byte // see vendor.Identifies
	// Forwards tells that its records live elsewhere as a rule, or may name no customer,
	// whose partition it would be, so that marks have to follow them.
	Forwards bool
}

// all are the source's partitions.
func (s *source) all() []partition {
	all := make([]partition, s.partitions)
	for i := range all {
		all[i] = partition{s.Topic, int32(i)}
	}
	return all
}

func (s *source) rank() uint64 { return merge.SourceRank(s.index) }

// decode reads one record into an event. at is its timestamp, now the clock.
// The error is vendor.ErrIgnored where a vendor's record concerns nobody.
func (s *source) decode(d *schemas.Decoder, ev *schemas.Event, r *kgo.Record, at, now schemas.Time) error {
	o := schemas.DecodeOptions{Timestamp: at, Now: now, AllowNoSubject: s.Lookup, Shared: true}
	if !s.vendor {
		return d.DecodeInto(ev, r.Value, headersOf(r), o)
	}
	record := vendor.Record{Value: r.Value, Headers: headersOf(r)}
	if !s.Other {
		record.Key = r.Key
	}
	return vendor.Decode(d, ev, s.Format, record, o)
}

// layout says which task reads which partition.
type layout struct {
	tasks   int32
	sources []*source
	byTopic map[string]*source
	mailbox string
	marks   bool // whether any source forwards
	lookup  bool // whether any source is looked up in
}

// newLayout lays sources out over tasks; extents are those of their topics.
func newLayout(cfg *Config, mailboxTopic string, extents map[string]extent) (*layout, error) {
	lay := &layout{tasks: int32(cfg.Tasks), mailbox: mailboxTopic, byTopic: make(map[string]*source)}
	for i, s := range cfg.Sources {
		e := extents[s.Topic]
		switch {
		case e.partitions == 0:
			return nil, fmt.Errorf("source %s: the topic does not exist", s.Topic)
		case lay.byTopic[s.Topic] != nil:
			return nil, fmt.Errorf("source %s is listed twice", s.Topic)
		case s.Format != "" && s.Format != "cloudevents" && !vendor.Known(s.Format):
			return nil, fmt.Errorf("source %s: format %q is not known; use cloudevents or one of %s",
				s.Topic, s.Format, strings.Join(vendor.Formats(), ", "))
		}
		src := &source{Source: s, extent: e, index: i, vendor: vendor.Known(s.Format), identifies: vendor.Identifies(s.Format), Forwards: s.Other || s.Lookup || e.partitions%cfg.Tasks != 0}
		if src.Forwards {
			lay.marks = true
		}
		lay.lookup = lay.lookup || s.Lookup
		lay.sources = append(lay.sources, src)
		lay.byTopic[s.Topic] = src
	}
	return lay, nil
}

// taskOf is the task that reads a partition.
func (lay *layout) taskOf(p partition) int32 { return p.id % lay.tasks }

// home is the task of a record.
func (lay *layout) home(record string) int32 {
	key := engine.HomeKey(record)
	return schemas.Partition(unsafe.Slice(unsafe.StringData(key), len(key)), lay.tasks)
}

func (lay *layout) homeOf(ev *schemas.Event) int32 { return lay.home(engine.RecordOf(ev)) }

// inputs lists the partitions of a task: sources in the order of the
// configuration, partitions ascending, the mailbox last.
func (lay *layout) inputs(task int32) []partition {
	var all []partition
	for _, s := range lay.sources {
		for p := task; int(p) < s.partitions; p += lay.tasks {
			all = append(all, partition{s.Topic, p})
		}
	}
	return append(all, partition{lay.mailbox, task})
}

// topics lists what the group subscribes to.
func (lay *layout) topics() []string { return append(lay.sourceTopics(), lay.mailbox) }

func (lay *layout) sourceTopics() []string {
	all := make([]string, 0, len(lay.sources)+1)
	for _, s := range lay.sources {
		all = append(all, s.Topic)
	}
	return all
}
