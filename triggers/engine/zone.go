package engine

import "github.com/beckon-io/beckon/state"

// ScanRecord is the subject under which each task keeps its state.Scan. It is
// the task's own: no mail goes there.
var ScanRecord = Internal("scan", "starts")

// IsCustomer tells whether a subject is a customer's.
func IsCustomer(subject string) bool {
	_, _, internal := isInternal(subject)
	return !internal
}

// FirstCustomer is a subject that comes after all internal ones and before every
// customer's.
const FirstCustomer = "\x00\xff"

// Zone is the name of the zone that a customer is in; empty where there is no
// customer, or not any more.
func (e *Engine) Zone(c *state.Customer) string {
	if c.Core().CreatedAt == 0 {
		return ""
	}
	t := e.turn(c, Env{})
	zone := t.Location(c).String()
	e.finish(t)
	return zone
}
