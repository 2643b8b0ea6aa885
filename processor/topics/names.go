package topics

// Names are the internal topics of an app.
type Names struct {
	Mailbox   string // mail between tasks; its partitions are the tasks
	Changelog string // state, compacted; as many partitions as the mailbox
	Triggers  string // versions of triggers, compacted, one partition
}

// Of are the internal topics of an app.
func Of(app string) Names {
	return Names{Mailbox: app + ".mailbox", Changelog: app + ".changelog", Triggers: app + ".triggers"}
}
