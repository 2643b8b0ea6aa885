package topics

import "strconv"

// Setting is one setting of a topic and what it is for.
type Setting struct {
	Key, Value string
	Why        string
	// AtLeast lets a larger number (or -1, no limit) pass the check.
	AtLeast bool
	// Must tells that processing goes wrong without it; otherwise it is advice.
	Must bool
}

// Topic is a topic that an app needs.
type Topic struct {
	Name       string
	Role       string
	Partitions int
	Internal   bool // beckon alone reads and writes it
	Settings   []Setting
}

const (
	mib  = 1 << 20
	hour = 3_600_000 // ms
	day  = 24 * hour
)

// What topics accept in one batch: the internal ones; outputs, which others may have made
// with Kafka's own settings; and the dead letters, being records that others could
// produce.
const (
	MaxMessageBytes    = 4 * mib
	MaxOutputBytes     = mib
	MaxDeadLetterBytes = 16 * mib
)

func exact(key, value, why string) Setting {
	return Setting{Key: key, Value: value, Why: why, Must: true}
}

func atLeast(key string, value int, why string) Setting {
	return Setting{Key: key, Value: strconv.Itoa(value), Why: why, AtLeast: true}
}

func must(s Setting) Setting { s.Must = true; return s }

// durable are the settings of every topic that beckon creates.
func durable(replication int) []Setting {
	return []Setting{
		atLeast("min.insync.replicas", max(1, replication-1), "a committed transaction survives the loss of a broker"),
		{Key: "unclean.leader.election.enable", Value: "false", Why: "a broker that lags must not become leader and drop committed records"},
	}
}

// Wanted are the topics of an app with that many tasks, the mailbox first.
func (c Config) Wanted(tasks, replication int) []Topic {
	n := Of(c.App)
	bytes := must(atLeast("max.message.bytes", MaxMessageBytes, "an event of 1 MiB with its envelope fits"))
	appended := Setting{Key: "message.timestamp.type", Value: "LogAppendTime", Why: "retention and compaction go by the time of appending"}
	ts := []Topic{
		{n.Mailbox, "mail between tasks", tasks, true, []Setting{
			must(Setting{Key: "cleanup.policy", Value: "delete", Why: "mail is read once"}),
			must(atLeast("retention.ms", 7*day, "mail waits for an app that is down")),
			atLeast("retention.bytes", 4096*mib, "bounds the disk; unread mail must fit"),
			{Key: "segment.ms", Value: strconv.Itoa(hour), Why: "old mail is dropped in small pieces"},
			bytes, appended,
		}},
		{n.Changelog, "state of customers", tasks, true, []Setting{
			exact("cleanup.policy", "compact", "the latest of each record is the state"),
			must(atLeast("delete.retention.ms", 7*day, "a process that was away for less than half of it still sees what was deleted, and need not restore everything")),
			atLeast("min.compaction.lag.ms", 60_000, "a restore reads the newest part before it is compacted"),
			{Key: "max.compaction.lag.ms", Value: strconv.Itoa(7 * day), Why: "what was kept about an erased customer is gone from the disks after this time"},
			{Key: "min.cleanable.dirty.ratio", Value: "0.3", Why: "a restore reads less that is out of date"},
			bytes, appended,
		}},
		{n.Triggers, "versions of triggers in use", 1, true, []Setting{
			exact("cleanup.policy", "compact", "runs find the version they began with"), bytes,
		}},
	}
	ts = append(ts, c.outputs(tasks)...)
	for i := range ts {
		ts[i].Settings = append(ts[i].Settings, durable(replication)...)
	}
	return ts
}

// sources are the topics that others write, as far as it is advised how they should be.
func (c Config) sources() []Topic {
	settings := []Setting{
		{Key: "cleanup.policy", Value: "delete", Why: "compaction drops events before they are read, all but the last of each key"},
		atLeast("retention.ms", day, "events wait for an app that is down"),
	}
	var ts []Topic
	for _, src := range c.Sources {
		if !named(ts, src.Topic) {
			ts = append(ts, Topic{Name: src.Topic, Role: "source", Settings: settings})
		}
	}
	return ts
}

// outputs are the topics that others read, each name once.
func (c Config) outputs(tasks int) []Topic {
	bytes := must(atLeast("max.message.bytes", MaxOutputBytes, "what is written at once fits"))
	letters := must(atLeast("max.message.bytes", MaxDeadLetterBytes, "what is too large to be an event is kept here whole"))
	all := exact("cleanup.policy", "delete", "compaction keeps only the last record of each customer, and takes none without a key")
	var ts []Topic
	for _, t := range []Topic{
		{c.Commands, "commands for the delivery service", tasks, false, []Setting{all, bytes}},
		{c.Transactional, "transactional commands", tasks, false, []Setting{all, bytes}},
		{c.DeadLetters, "bad input", tasks, false, []Setting{all, letters}},
		{c.Decisions, "decisions", tasks, false, []Setting{all, bytes}},
		{c.Coupons, "coupons issued", tasks, false, []Setting{all, bytes}},
	} {
		if t.Name != "" && !named(ts, t.Name) {
			ts = append(ts, t)
		}
	}
	return ts
}

func named(ts []Topic, name string) bool {
	for _, t := range ts {
		if t.Name == name {
			return true
		}
	}
	return false
}
