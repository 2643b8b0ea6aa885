package topics

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Problem is something about a topic that is not as it should be.
type Problem struct {
	Topic string `json:"topic"`
	Text  string `json:"text"`
	Fix   string `json:"fix,omitempty"` // the command that mends it
	// Wrong tells that processing would go wrong; otherwise it is advice.
	Wrong    bool   `json:"wrong"`
	Setting  string `json:"setting,omitempty"` // that is not as it should be
	Internal bool   `json:"-"`                 // with Setting: the topic is beckon's own
}

// Report is what Check found. Its lists are never nil, so that JSON has [] for
// nothing.
type Report struct {
	Choice   Choice    `json:"-"`
	Tasks    int       `json:"tasks"`
	Problems []Problem `json:"problems"`
	// Weaker are the guarantees that these brokers do not give in full.
	Weaker []string `json:"weaker"`
	// Rights are the commands for the ACLs that a process needs, OperatorRights for what
	// dead-letters list and replay need beside them.
	Rights         []string `json:"rights"`
	OperatorRights []string `json:"operator_rights"`
}

// OK tells whether the app can run.
func (r *Report) OK() bool {
	return !slices.ContainsFunc(r.Problems, func(p Problem) bool { return p.Wrong })
}

// Check compares the topics of an app with what they should be. An error means
// that the cluster could not be asked, a *DeniedError that it does not answer this
// client.
func Check(ctx context.Context, adm *kadm.Client, cfg Config) (Report, error) {
	s, err := look(ctx, adm, cfg)
	if err != nil {
		return Report{}, err
	}
	principal := cmp.Or(cfg.Principal, DefaultPrincipal)
	r := Report{Problems: []Problem{}, Weaker: []string{}, Rights: cfg.Rights(principal), OperatorRights: cfg.OperatorRights(principal)}
	for _, src := range cfg.Sources {
		if s.count(src.Topic) == 0 {
			r.wrong(src.Topic, "is a source and does not exist", "")
		}
	}
	if r.Choice, err = s.choose(cfg); err != nil {
		if r.OK() {
			r.wrong(Of(cfg.App).Mailbox, err.Error(), "")
		}
		return r, nil
	}
	r.Tasks = r.Choice.Tasks
	there := slices.DeleteFunc(cfg.sources(), func(t Topic) bool { return s.count(t.Name) == 0 })
	for _, t := range cfg.Wanted(r.Tasks, s.replication) {
		switch n := s.count(t.Name); {
		case n == 0:
			r.wrong(t.Name, "does not exist ("+t.Role+")", cfg.createCommand(t, s.replication))
		case t.Internal && n != t.Partitions:
			r.wrong(t.Name, fmt.Sprintf("has %d partitions and needs %d", n, t.Partitions), "")
		default:
			there = append(there, t)
		}
	}
	found, err := Settings(ctx, adm, cfg, there)
	r.Problems = append(r.Problems, found...)
	if err != nil {
		return r, err
	}
	if r.Weaker, err = weaker(ctx, adm, s); err != nil {
		return r, err
	}
	return r, nil
}

func (r *Report) wrong(topic, text, fix string) {
	r.Problems = append(r.Problems, Problem{Topic: topic, Text: text, Fix: fix, Wrong: true})
}

// Settings compares the settings of topics that exist with what they should be.
func Settings(ctx context.Context, adm *kadm.Client, cfg Config, there []Topic) ([]Problem, error) {
	var found []Problem
	for _, t := range there {
		all, err := adm.DescribeTopicConfigs(ctx, t.Name) // one by one: a refusal is for all that were asked for
		if err != nil && !errors.As(err, new(*kadm.AuthError)) {
			return found, fmt.Errorf("ask for settings of topic %s: %w", t.Name, err)
		}
		rc, err2 := all.On(t.Name, nil)
		if err = cmp.Or(err, err2, rc.Err); err != nil {
			found = append(found, Problem{Topic: t.Name, Text: fmt.Sprintf("its settings cannot be read: %v; they were not checked", err)})
			continue
		}
		for _, set := range t.Settings {
			j := slices.IndexFunc(rc.Configs, func(c kadm.Config) bool { return c.Key == set.Key })
			if j < 0 || set.holds(rc.Configs[j].MaybeValue()) {
				continue
			}
			found = append(found, Problem{
				Topic: t.Name, Text: fmt.Sprintf("%s is %s, not %s%s: %s", set.Key, rc.Configs[j].MaybeValue(), set.Value, set.orMore(), set.Why),
				Fix: cfg.alterCommand(t.Name, set), Wrong: set.Must, Setting: set.Key, Internal: t.Internal,
			})
		}
	}
	return found, nil
}

func (s Setting) orMore() string {
	if s.AtLeast {
		return " or more"
	}
	return ""
}

// holds tells whether a topic's value will do.
func (s Setting) holds(value string) bool {
	if value == s.Value {
		return true
	}
	if !s.AtLeast {
		return false
	}
	got, err := strconv.ParseInt(value, 10, 64)
	want, err2 := strconv.ParseInt(s.Value, 10, 64)
	return err == nil && err2 == nil && (got == -1 || got >= want)
}

// The guarantees that brokers may not give in full.
const (
	weakTransactions = "exactly once: the cluster has not enabled transaction.version 2 (Kafka 4.0): after a broker's failure a late record of an ended transaction can get into the next one, or leave a transaction hanging that stops readers. Upgrade, then run kafka-features.sh upgrade --feature transaction.version=2"
	weakReplication  = "durability: %s: a committed command can be lost with one broker"
)

func weaker(ctx context.Context, adm *kadm.Client, s *scene) ([]string, error) {
	list := []string{}
	versions, err := adm.ApiVersions(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask for the brokers' versions: %w", err)
	}
	if !slices.ContainsFunc(versions.Sorted(), hasTransactionV2) {
		list = append(list, weakTransactions)
	}
	var single []string
	for _, t := range s.topics.Sorted() {
		if t.Err == nil && t.Partitions.NumReplicas() < 2 {
			single = append(single, t.Topic)
		}
	}
	if len(single) > 0 {
		list = append(list, fmt.Sprintf(weakReplication, strings.Join(single, ", ")+" have one replica"))
	}
	return list, nil
}

func hasTransactionV2(b kadm.BrokerApiVersions) bool {
	if b.Err != nil || b.Raw() == nil {
		return false
	}
	return slices.ContainsFunc(b.Raw().FinalizedFeatures, func(f kmsg.ApiVersionsResponseFinalizedFeature) bool {
		return f.Name == "transaction.version" && f.MaxVersionLevel >= 2
	})
}
