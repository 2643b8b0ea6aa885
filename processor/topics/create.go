package topics

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// Created is what Create found and did.
type Created struct {
	Choice  Choice
	Created []string // topics made now, in order
	Topics  []Topic  // all of the app's, which are there now
}

// RefusedError means that the cluster does not let this client create topics.
// Its text has the commands for somebody who may.
type RefusedError struct {
	Err      error
	Commands []string
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("create topics: %v; let somebody who may create topics run:\n  %s", e.Err, strings.Join(e.Commands, "\n  "))
}

func (e *RefusedError) Unwrap() error { return e.Err }

// Create makes the topics of an app that do not exist and leaves the others as
// they are. It may be called again, and by several processes at once: the
// partition count of the mailbox topic, however it got there, is the number of
// tasks. A *RefusedError means that the client may not.
func Create(ctx context.Context, adm *kadm.Client, cfg Config) (Created, error) {
	s, err := look(ctx, adm, cfg)
	if err != nil {
		return Created{}, err
	}
	choice, err := s.choose(cfg)
	if err != nil {
		return Created{}, err
	}
	wanted := cfg.Wanted(choice.Tasks, s.replication)
	var done Created
	if err := s.create(ctx, adm, cfg, wanted[:1], &done); err != nil {
		return done, err
	}
	// Another process may have been first, with another number.
	if s, err = await(ctx, adm, cfg, wanted[:1]); err != nil {
		return done, err
	}
	first := choice
	if choice, err = s.choose(cfg); err != nil {
		return done, err
	}
	if len(done.Created) > 0 && choice.Tasks == first.Tasks {
		choice.Why = first.Why // the topic has as many partitions as this one has given it
	}
	done.Choice = choice
	wanted = cfg.Wanted(choice.Tasks, s.replication)
	if n := s.count(wanted[1].Name); n != 0 && n != choice.Tasks {
		return done, fmt.Errorf("topic %s has %d partitions and %s has %d; they must be equal: delete both if the app has no state to keep",
			wanted[1].Name, n, wanted[0].Name, choice.Tasks)
	}
	if err := s.create(ctx, adm, cfg, wanted[1:], &done); err != nil {
		return done, err
	}
	_, err = await(ctx, adm, cfg, wanted)
	done.Topics = wanted
	return done, err
}

// create makes those of the topics that do not exist.
func (s *scene) create(ctx context.Context, adm *kadm.Client, cfg Config, wanted []Topic, done *Created) error {
	var refused *RefusedError
	for _, t := range wanted {
		if s.count(t.Name) > 0 {
			continue
		}
		configs := make(map[string]*string, len(t.Settings))
		for _, set := range t.Settings {
			configs[set.Key] = &set.Value
		}
		_, err := adm.CreateTopic(ctx, int32(t.Partitions), int16(s.replication), configs, t.Name)
		switch {
		case err == nil:
			done.Created = append(done.Created, t.Name)
		case errors.Is(err, kerr.TopicAlreadyExists):
		case errors.Is(err, kerr.TopicAuthorizationFailed), errors.Is(err, kerr.ClusterAuthorizationFailed):
			if refused == nil {
				refused = &RefusedError{Err: err}
			}
			refused.Commands = append(refused.Commands, cfg.createCommand(t, s.replication))
		default:
			return fmt.Errorf("create topic %s: %w", t.Name, err)
		}
	}
	if refused != nil {
		if wanted[0].Name == Of(cfg.App).Mailbox { // the others were not tried
			for _, t := range cfg.Wanted(wanted[0].Partitions, s.replication)[1:] {
				if s.count(t.Name) == 0 {
					refused.Commands = append(refused.Commands, cfg.createCommand(t, s.replication))
				}
			}
		}
		return refused
	}
	return nil
}

// await looks until every topic is known to the cluster: brokers learn of a new
// topic a moment after it was created.
func await(ctx context.Context, adm *kadm.Client, cfg Config, wanted []Topic) (*scene, error) {
	const tries, pause = 100, 100 * time.Millisecond
	for n := 0; ; n++ {
		s, err := look(ctx, adm, cfg)
		if err != nil {
			return nil, err
		}
		missing := ""
		for _, t := range wanted {
			if s.count(t.Name) == 0 {
				missing = t.Name
			}
		}
		switch {
		case missing == "":
			return s, nil
		case n == tries:
			return nil, fmt.Errorf("topic %s was created but no broker knows it; look at the controller's log", missing)
		}
		wait := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			wait.Stop()
			return nil, fmt.Errorf("wait for topic %s: %w", missing, context.Cause(ctx))
		case <-wait.C:
		}
	}
}
