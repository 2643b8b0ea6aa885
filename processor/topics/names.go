package topics

import "regexp"

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

// Config is what the topics of an app depend on.
type Config struct {
	App     string
	Sources []Source
	Tasks   int // as configured; 0: chosen when the mailbox topic is made
	// Output topics; those that are empty are not used. Names may repeat.
	Commands, Transactional, DeadLetters, Decisions, Coupons string

	Replication int      // of topics to create; 0: three, or as many brokers as there are
	Bootstrap   []string // brokers, for the commands that are printed
	Principal   string   // who asks, such as User:shop, for the same; empty: DefaultPrincipal
}

// DefaultPrincipal is whom printed rights are for where nobody says so.
const DefaultPrincipal = "User:beckon"

// Source is a topic of events.
type Source struct {
	Topic string
	Other bool // not keyed by the customer
}

var legalName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,100}$`)

// LegalName tells whether an app or an instance can have a name: groups, transactional
// ids and the internal topics are made of these.
func LegalName(name string) bool { return legalName.MatchString(name) }
