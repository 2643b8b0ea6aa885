package oracle

import (
	"encoding/json"

	"github.com/beckon-io/beckon/schemas"
)

// scenario writes a case and what the oracle wants of it as a file for
// `beckon test`.
func scenario(ex *example, want *oracle) string {
	p := &page{}
	p.line("scenario: the oracle's")
	p.line("policy:")
	p.inside(func() { p.policy(&ex.policy) })
	p.line("triggers:")
	for i := range ex.triggers {
		p.item(func() { p.trigger(&ex.triggers[i]) })
	}
	p.line("steps:")
	for _, m := range ex.log {
		p.item(func() { p.moment(ex, m) })
	}
	p.item(func() {
		p.line("at: %s", ex.end)
		p.wants("expect", len(want.commands), func(i int) map[string]any { return ofCommand(&want.commands[i]) })
		p.wants("decisions", len(want.decisions), func(i int) map[string]any { return ofDecision(&want.decisions[i]) })
	})
	return p.String()
}

// moment writes a step. An outage is as long as it is from the step before.
func (p *page) moment(ex *example, m moment) {
	if m.outage {
		p.line("outage: %s", span(m.at.Sub(ex.before(m))))
	} else {
		p.line("at: %s", m.at)
	}
	if len(m.events) == 0 {
		return
	}
	p.line("event:")
	for i := range m.events {
		ev := &m.events[i]
		p.line("  - {id: %s, source: %s, type: %s, subject: %s, time: %q, data: %s}", ev.id, ev.source, ev.kind, ev.customer, ev.time, ev.data())
	}
}

// before is the moment in front of another one.
func (ex *example) before(m moment) schemas.Time {
	at := m.at
	for _, other := range ex.log {
		if other.at < m.at {
			at = other.at
		}
	}
	return at
}

// wants writes a list of expectations.
func (p *page) wants(name string, n int, of func(i int) map[string]any) {
	if n == 0 {
		p.line("%s: []", name)
		return
	}
	p.line("%s:", name)
	for i := range n {
		p.line("  - %s", line(of(i)))
	}
}

// line is fields as JSON, which is YAML, in the order of their names.
func line(fields map[string]any) string {
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err) // these are texts and numbers
	}
	return string(text)
}

// ofCommand is what the oracle knows of a command; that a field is absent is not
// said.
func ofCommand(c *schemas.Command) map[string]any {
	return filled(map[string]any{
		"command_id": string(c.CommandID), "customer": c.Customer, "action": string(c.Action), "trigger": c.Trigger, "step": c.Step,
		"variant": c.Variant, "class": string(c.Class), "channel": c.Channel, "template": c.Template,
		"due_at": c.DueAt.String(), "expires_at": c.ExpiresAt.String(), "priority": c.Priority,
	})
}

func ofDecision(d *schemas.Decision) map[string]any {
	return filled(map[string]any{
		"time": d.Time.String(), "customer": d.Customer, "trigger": d.Trigger, "key": d.Key, "step": d.Step,
		"outcome": d.Outcome.String(), "reason": d.Reason.String(), "command_id": string(d.CommandID),
	})
}

func filled(fields map[string]any) map[string]any {
	for name, v := range fields {
		if v == "" {
			delete(fields, name)
		}
	}
	return fields
}
