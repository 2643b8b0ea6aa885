package engine

import (
	"time"

	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// verdict is what the set at hand means for a run that is touched.
type verdict uint8

const (
	goesOn   verdict = iota + 1 // with the version it began with
	disabled                    // the trigger is gone or switched off: rule_disabled
	migrates                    // the new version starts it anew
	dropped                     // the new version ends it
	unknown                     // its version isn't known here: a newer set began it, leave it alone
)

// retryAfter is when a run of an unknown version is looked at again: another
// instance, or this one with a newer set, will know it.
const retryAfter = time.Minute

// standing is a verdict and the version of the trigger it goes on with.
type standing struct {
	how verdict
	tr  *rule.Trigger
}

// standing judges a run by the set at hand.
func (t *turn) standing(r *state.Run) standing {
	current := t.set.Current(r.Trigger)
	switch {
	case current == nil || !current.Enabled:
		return standing{disabled, current}
	case current.Version == r.Version:
		return standing{goesOn, current}
	case current.Migrate == rule.MigrateEnd:
		return standing{dropped, current}
	case current.Migrate == rule.MigrateRestart:
		return standing{migrates, current}
	}
	if older := t.set.Version(r.Trigger, r.Version); older != nil {
		return standing{goesOn, older}
	}
	return standing{unknown, current}
}
