package processor

import (
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

const orderPlaced = "order.placed"

// regrets checks, beside the engine and by other means, what must never
// happen: that somebody is reminded although the event that ends the run is
// known, such as an order that came after the start and not after the due. It
// looks at what the customer's record says happened, not at runs.
//
// Only an `until` without a condition can be told afterwards: conditions are
// asked of the customer as it stood then. Orders are known as long as the
// record lists them, other events for a day.
func regrets(set *rule.Set, c *state.Customer, cmd *schemas.Command) bool {
	began, due := cmd.Cause.EventTime, cmd.DueAt
	if cmd.Action != schemas.Send || began >= due {
		return false
	}
	tr := set.Version(cmd.Trigger, cmd.Version)
	if tr == nil {
		return false
	}
	between := func(t schemas.Time) bool { return t > began && t <= due }
	for i := range tr.Until {
		u := &tr.Until[i]
		if u.When != nil || u.MatchKey {
			continue
		}
		if slices.Contains(u.On, orderPlaced) &&
			slices.ContainsFunc(c.Orders().Recent, func(o state.Order) bool { return between(o.At) }) {
			return true
		}
		if c.NewestUntil() > began && slices.ContainsFunc(c.Untils().Events, func(e state.StartEvent) bool {
			return between(e.Time) && slices.Contains(u.On, e.Type)
		}) {
			return true
		}
	}
	return false
}

// regret is loud about it: the command goes out, for not sending what was
// decided would hide the mistake.
func (l *lane) regret(cmd *schemas.Command) {
	l.batch.regretted++
	l.log.Error("a message is sent although its run should have ended; please report this as a bug of beckon's",
		"trigger", cmd.Trigger, "version", cmd.Version, "command_id", cmd.CommandID, "due", cmd.DueAt)
}
