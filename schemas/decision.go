package schemas

// Outcome is what a decision decided.
type Outcome uint8

// The outcomes; zero is none.
const (
	Started Outcome = iota + 1
	Sent
	Skipped
	Held
	Ended
	Converted
)

// Reason says why something was not sent or a run ended; zero is no reason.
type Reason uint8

// The closed list of reasons, spelt as in the contract by String.
const (
	NoConsent Reason = iota + 1
	NoAddress
	Suppressed
	QuietHoursExpired
	FrequencyCap
	GoalReached
	FilterFailed
	ReentryWindow
	AlreadyActive
	AlreadySent
	Stale
	Holdout
	OutOfStock
	LimitReached
	LowerPriority
	RuleDisabled
	DuplicateEvent
	LateEvent
	NoDate
	TooManyRuns
	ExpressionError
	Erased
)

var outcomes = [...]string{"", "started", "sent", "skipped", "held", "ended", "converted"}

var reasons = [...]string{
	"", "no_consent", "no_address", "suppressed", "quiet_hours_expired", "frequency_cap", "goal_reached",
	"filter_failed", "reentry_window", "already_active", "already_sent", "stale", "holdout", "out_of_stock",
	"limit_reached", "lower_priority", "rule_disabled", "duplicate_event", "late_event", "no_date",
	"too_many_runs", "expression_error", "erased",
}

func (o Outcome) String() string { return outcomes[o] }
func (r Reason) String() string  { return reasons[r] }

// Reasons lists every reason in the order of the contract.
func Reasons() []Reason {
	all := make([]Reason, 0, len(reasons)-1)
	for r := NoConsent; int(r) < len(reasons); r++ {
		all = append(all, r)
	}
	return all
}

// Decision is one entry of the record of what was decided and why. Time is the
// logical moment, not the wall clock's.
type Decision struct {
	Time      Time
	Customer  string
	Trigger   string
	Version   string
	Key       string // of the run
	Step      string
	Outcome   Outcome
	Reason    Reason
	CommandID CommandID
	EventID   string
	Detail    string
}
