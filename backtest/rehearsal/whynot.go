package rehearsal

import (
	"fmt"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/scenario"
)

// maxWhy bounds how many decisions are shown for a message that did not come.
const maxWhy = 12

// missingOf are the expectations that came to nothing.
func missingOf(want []scenario.Item, pairs []pairing) (all []scenario.Item) {
	for _, p := range pairs {
		if p.got < 0 {
			all = append(all, want[p.want])
		}
	}
	return all
}

// whyNot tells from the decisions since commands were last looked at why the
// missing ones are missing.
func (p *player) whyNot(missing []scenario.Item) []string {
	lines := []string{"why not:"}
	shown, more := 0, 0
	for i := range p.why {
		d := &p.why[i]
		if !concerns(d, missing) {
			continue
		}
		if shown++; shown > maxWhy {
			more++
			continue
		}
		lines = append(lines, "    "+brief(decoded(d.AppendJSON(nil)), decisionWords))
	}
	switch {
	case more > 0:
		lines = append(lines, fmt.Sprintf("    and %d more", more))
	case shown == 0:
		lines = append(lines, "    nothing was decided: no run was started, or took a step")
	}
	for _, m := range p.waiting() {
		if concernsRun(m, missing) {
			lines = append(lines, "    still waiting "+brief(m, waitWords))
		}
	}
	return lines
}

// concerns tells whether a decision may be about one of the expectations. One
// without a trigger is about an event, so about all.
func concerns(d *schemas.Decision, missing []scenario.Item) bool {
	for _, item := range missing {
		if isOr(item.Want["customer"], d.Customer) && (d.Trigger == "" || isOr(item.Want["trigger"], d.Trigger)) {
			return true
		}
	}
	return false
}

func concernsRun(run map[string]any, missing []scenario.Item) bool {
	for _, item := range missing {
		if isOr(item.Want["customer"], run["customer"]) && isOr(item.Want["trigger"], run["trigger"]) {
			return true
		}
	}
	return false
}

// isOr tells whether something is what was expected, if anything was.
func isOr(want, got any) bool { return want == nil || want == got }
