package topics

import (
	"fmt"
	"strings"
)

// createCommand is how a person creates the topic.
func (c Config) createCommand(t Topic, replication int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "kafka-topics.sh --bootstrap-server %s --create --topic %s --partitions %d --replication-factor %d",
		c.bootstrap(), t.Name, t.Partitions, replication)
	for _, s := range t.Settings {
		fmt.Fprintf(&b, " --config %s=%s", s.Key, s.Value)
	}
	return b.String()
}

// alterCommand is how a person corrects a setting of a topic.
func (c Config) alterCommand(topic string, s Setting) string {
	return fmt.Sprintf("kafka-configs.sh --bootstrap-server %s --alter --entity-type topics --entity-name %s --add-config %s=%s",
		c.bootstrap(), topic, s.Key, s.Value)
}

func (c Config) bootstrap() string {
	if len(c.Bootstrap) == 0 {
		return "BROKER:9092"
	}
	return strings.Join(c.Bootstrap, ",")
}

// Rights are the commands that give a principal what a process of the app
// needs where the cluster has ACLs. principal is such as User:beckon.
func (c Config) Rights(principal string) []string {
	n := Of(c.App)
	var cmds []string
	for _, s := range c.Sources {
		cmds = append(cmds, c.acl(principal, "--topic "+s.Topic, "Read Describe"))
	}
	for _, t := range []string{n.Mailbox, n.Changelog, n.Triggers} {
		cmds = append(cmds, c.acl(principal, "--topic "+t, "Read Write Describe DescribeConfigs"))
	}
	for _, t := range c.outputs(1) {
		cmds = append(cmds, c.acl(principal, "--topic "+t.Name, "Write Describe DescribeConfigs"))
	}
	return append(cmds,
		c.acl(principal, "--group "+c.App, "Read Describe"),
		c.acl(principal, "--transactional-id "+c.App+"- --resource-pattern-type prefixed", "Write Describe"))
}

// OperatorRights are what somebody needs beside Rights to look at dead letters and to
// put them back.
func (c Config) OperatorRights(principal string) []string {
	var cmds []string
	if c.DeadLetters != "" {
		cmds = append(cmds, c.acl(principal, "--topic "+c.DeadLetters, "Read"))
	}
	for _, s := range c.Sources {
		cmds = append(cmds, c.acl(principal, "--topic "+s.Topic, "Write"))
	}
	return cmds
}

func (c Config) acl(principal, what, operations string) string {
	return fmt.Sprintf("kafka-acls.sh --bootstrap-server %s --add --allow-principal %s %s --operation %s",
		c.bootstrap(), principal, what, strings.ReplaceAll(operations, " ", " --operation "))
}
