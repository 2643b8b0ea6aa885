package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/beckon-io/beckon/cmd/internal/config"
	"github.com/beckon-io/beckon/processor"
	"github.com/beckon-io/beckon/processor/topics"
)

type topicsCmd struct {
	Create topicsCreateCmd `cmd:"" help:"Create the topics that the app lacks, with the right settings."`
	Check  topicsCheckCmd  `cmd:"" help:"Compare topics, settings and brokers with what the app needs."`
}

func (topicsCmd) Help() string {
	return `Examples:
  beckon topics check
  beckon topics create --config beckon.yaml`
}

type topicsCreateCmd struct {
	configFlag
	Replication int `placeholder:"N" help:"Copies of each partition. Default: 3, or as many as there are brokers."`
	output
}

func (topicsCreateCmd) Help() string {
	return `Creates what does not exist and leaves the rest as it is. Topics of events belong to others and are
not created. Where the cluster refuses, the commands for somebody who may are printed.

Examples:
  beckon topics create --config beckon.yaml`
}

func (c *topicsCreateCmd) Run(ctx context.Context, std streams) error {
	cfg, k, err := c.reach(std)
	if err != nil {
		return err
	}
	adm, err := topics.Connect(k)
	if err != nil {
		return err
	}
	defer adm.Close()
	wanted := wantedTopics(cfg)
	wanted.Replication = c.Replication
	done, err := topics.Create(ctx, adm, wanted)
	if err != nil {
		return err
	}
	fmt.Fprint(std.err, done.Choice)
	if c.json() {
		return json.NewEncoder(std.out).Encode(struct {
			Tasks   int      `json:"tasks"`
			Created []string `json:"created"`
		}{done.Choice.Tasks, append([]string{}, done.Created...)})
	}
	for _, name := range done.Created {
		fmt.Fprintln(std.out, name)
	}
	return nil
}

// wantedTopics is what the configuration says of topics.
func wantedTopics(c *config.Config) topics.Config {
	return topicsOf(c, sources(c))
}

func topicsOf(c *config.Config, sources []processor.Source) topics.Config {
	t := topics.Config{
		App: c.App, Tasks: c.Tasks, Bootstrap: c.Kafka.Brokers,
		Commands: c.Commands.Topic, Transactional: c.Commands.TransactionalTopic, DeadLetters: c.DeadLetters.Topic,
		Decisions: c.Decisions.Topic, Coupons: c.Coupons.Topic,
	}
	if c.Kafka.SASL.User != "" {
		t.Principal = "User:" + c.Kafka.SASL.User
	}
	for _, s := range sources {
		t.Sources = append(t.Sources, topics.Source{Topic: s.Topic, Other: s.Other})
	}
	return t
}

// topics makes what is missing and gives the number of tasks. It says what is wrong
// about the settings of those that are there, and refuses to go on where the cleanup
// policy would lose state or mail; what is kept too shortly is only told.
func (p *process) topics(ctx context.Context, cfg *processor.Config) (int, error) {
	wanted := topicsOf(p.cfg, cfg.Sources)
	adm, err := topics.Connect(cfg.Kafka)
	if err != nil {
		return 0, err
	}
	defer adm.Close()
	done, err := topics.Create(ctx, adm, wanted)
	if err != nil {
		return 0, err
	}
	if len(done.Created) > 0 {
		p.log.Info("created topics", "topics", done.Created)
		for line := range strings.Lines(done.Choice.String()) {
			p.log.Info(strings.TrimSpace(line))
		}
	}
	if p.demoTopics {
		return done.Choice.Tasks, nil
	}
	problems, err := topics.Settings(ctx, adm, wanted, done.Topics)
	if err != nil {
		return 0, err
	}
	for _, found := range problems {
		if found.Internal && found.Setting == "cleanup.policy" {
			return 0, fmt.Errorf("topic %s: %s; customers' state or mail would be lost. Mend it with\n  %s", found.Topic, found.Text, found.Fix)
		}
		if found.Wrong {
			p.log.Warn("a topic is not as it should be; see topics check", "topic", found.Topic, "problem", found.Text, "fix", found.Fix)
		}
	}
	return done.Choice.Tasks, nil
}

type topicsCheckCmd struct {
	configFlag
	Principal string `placeholder:"USER" help:"Whom the printed ACL commands are for. Default: User: and kafka.sasl.user, or User:beckon."`
	output
}

func (topicsCheckCmd) Help() string {
	return `Prints what is wrong or could be better about topics and their settings, each with the command that
mends it, the guarantees that these brokers do not give in full, and the ACLs that a process needs.
Exits with 1 if the app cannot run like this.

Examples:
  beckon topics check --config beckon.yaml
  beckon topics check --principal User:shop --output json | jq -r '.rights[]'`
}

func (c *topicsCheckCmd) Run(ctx context.Context, std streams) error {
	cfg, k, err := c.reach(std)
	if err != nil {
		return err
	}
	adm, err := topics.Connect(k)
	if err != nil {
		return err
	}
	defer adm.Close()
	wanted := wantedTopics(cfg)
	wanted.Principal = cmp.Or(c.Principal, wanted.Principal)
	report, err := topics.Check(ctx, adm, wanted)
	if err != nil {
		return err
	}
	if c.json() {
		err = json.NewEncoder(std.out).Encode(report)
	} else {
		err = printReport(std.out, &report)
	}
	if err == nil && !report.OK() {
		return errFound
	}
	return err
}

func printReport(w io.Writer, r *topics.Report) error {
	var b strings.Builder
	if r.Tasks > 0 {
		b.WriteString(r.Choice.String())
	}
	for _, p := range r.Problems {
		kind := "advice"
		if p.Wrong {
			kind = "wrong"
		}
		fmt.Fprintf(&b, "%s: %s: %s\n", kind, p.Topic, p.Text)
		if p.Fix != "" {
			fmt.Fprintf(&b, "  %s\n", p.Fix)
		}
	}
	for _, weak := range r.Weaker {
		fmt.Fprintf(&b, "weaker: %s\n", weak)
	}
	for _, who := range []struct {
		needs  string
		rights []string
	}{
		{"where the cluster has ACLs, a process needs:", r.Rights},
		{"and whoever lists or replays dead letters:", r.OperatorRights},
	} {
		if len(who.rights) > 0 {
			fmt.Fprintf(&b, "%s\n  %s\n", who.needs, strings.Join(who.rights, "\n  "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
