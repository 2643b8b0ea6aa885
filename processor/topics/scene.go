package topics

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// scene is what the cluster says about an app's topics.
type scene struct {
	topics      kadm.TopicDetails
	replication int // for topics to create
}

func look(ctx context.Context, adm *kadm.Client, cfg Config) (*scene, error) {
	names := map[string]bool{}
	for _, s := range cfg.Sources {
		names[s.Topic] = true
	}
	for _, t := range cfg.Wanted(1, 1) {
		names[t.Name] = true
	}
	list := make([]string, 0, len(names))
	for n := range names {
		list = append(list, n)
	}
	// With authorized operations the client asks the cluster, not its cache of
	// seconds ago, which does not know what was just created.
	meta, err := adm.Metadata(kadm.WithAuthorizedOps(ctx), list...)
	if errors.As(err, new(*kadm.AuthError)) {
		return nil, cfg.denied(ctx, adm, list, err)
	}
	if err != nil {
		return nil, fmt.Errorf("ask for topics: %w", err)
	}
	for _, t := range meta.Topics.Sorted() {
		if t.Err != nil && !errors.Is(t.Err, kerr.UnknownTopicOrPartition) {
			return nil, fmt.Errorf("ask for topic %s: %w", t.Topic, t.Err)
		}
	}
	s := &scene{topics: meta.Topics, replication: cfg.Replication}
	if s.replication == 0 {
		s.replication = max(1, min(3, len(meta.Brokers)))
	}
	return s, nil
}

// DeniedError means that the cluster does not let this client look at topics.
// Its text has the commands for somebody who may allow it.
type DeniedError struct {
	Err    error
	Topics []string
	Rights []string
}

func (e *DeniedError) Error() string {
	return fmt.Sprintf("look at topics %s: %v; a process needs these rights:\n  %s", strings.Join(e.Topics, ", "), e.Err, strings.Join(e.Rights, "\n  "))
}

func (e *DeniedError) Unwrap() error { return e.Err }

// denied finds out which topics may not be looked at.
func (c Config) denied(ctx context.Context, adm *kadm.Client, names []string, err error) error {
	d := &DeniedError{Err: err, Rights: c.Rights(cmp.Or(c.Principal, DefaultPrincipal))}
	slices.Sort(names)
	for _, name := range names {
		if _, err := adm.Metadata(kadm.WithAuthorizedOps(ctx), name); errors.As(err, new(*kadm.AuthError)) {
			d.Topics = append(d.Topics, name)
		}
	}
	return d
}

// count is how many partitions a topic has, 0 if it does not exist.
func (s *scene) count(topic string) int {
	t, ok := s.topics[topic]
	if !ok || t.Err != nil {
		return 0
	}
	return len(t.Partitions)
}

// choose is the number of tasks: the mailbox topic's partition count, else as
// configured, else from the sources.
func (s *scene) choose(cfg Config) (Choice, error) {
	var sources []Partitions
	var missing []string
	for _, src := range cfg.Sources {
		n := s.count(src.Topic)
		if n == 0 {
			missing = append(missing, src.Topic)
		}
		sources = append(sources, Partitions{src, n})
	}
	mailbox := Of(cfg.App).Mailbox
	switch n := s.count(mailbox); {
	case n > 0 && cfg.Tasks > 0 && cfg.Tasks != n:
		return Choice{}, fmt.Errorf("tasks is %d but topic %s has %d partitions; the number is fixed when the app is first started: set tasks: %d, or start another app", cfg.Tasks, mailbox, n, n)
	case n > 0:
		return explain(n, sources, "the partition count of "+mailbox), nil
	case cfg.Tasks > 0:
		return explain(cfg.Tasks, sources, "as configured"), nil
	case len(missing) > 0:
		return Choice{}, fmt.Errorf("topic %s does not exist; the number of tasks follows from the partition counts of the sources: create it first, or set tasks", strings.Join(missing, ", "))
	default:
		return Choose(sources), nil
	}
}
