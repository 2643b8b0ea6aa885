package schemas

import (
	"encoding/json"
	"fmt"
	"strings"
)

// AppendJSON appends the decision as one line without its end. Every line has
// all members, empty ones too, so that lines read as the rows of one table.
func (d *Decision) AppendJSON(b []byte) []byte {
	w := writer{b: b}
	w.open()
	w.column("time", d.Time.String())
	w.column("customer", d.Customer)
	w.column("trigger", d.Trigger)
	w.column("version", d.Version)
	w.column("key", d.Key)
	w.column("step", d.Step)
	w.column("outcome", d.Outcome.String())
	w.column("reason", d.Reason.String())
	w.column("command_id", string(d.CommandID))
	w.column("event_id", d.EventID)
	w.column("detail", d.Detail)
	w.close()
	return w.b
}

// ParseDecision reads a line of AppendJSON. Errors are *DecodeError.
func ParseDecision(line []byte) (Decision, error) {
	var m struct {
		Time      Time      `json:"time"`
		Customer  string    `json:"customer"`
		Trigger   string    `json:"trigger"`
		Version   string    `json:"version"`
		Key       string    `json:"key"`
		Step      string    `json:"step"`
		Outcome   string    `json:"outcome"`
		Reason    string    `json:"reason"`
		CommandID CommandID `json:"command_id"`
		EventID   string    `json:"event_id"`
		Detail    string    `json:"detail"`
	}
	if err := json.Unmarshal(line, &m); err != nil {
		return Decision{}, &DecodeError{CodeBadJSON, "", strings.TrimPrefix(err.Error(), "json: ")}
	}
	outcome, ok := ParseOutcome(m.Outcome)
	if !ok {
		return Decision{}, &DecodeError{CodeUnknownReason, "outcome", fmt.Sprintf("%q is not one", excerpt(m.Outcome))}
	}
	reason, ok := ParseReason(m.Reason)
	if !ok && m.Reason != "" {
		return Decision{}, &DecodeError{CodeUnknownReason, "reason", fmt.Sprintf("%q is not one", excerpt(m.Reason))}
	}
	return Decision{m.Time, m.Customer, m.Trigger, m.Version, m.Key, m.Step, outcome, reason, m.CommandID, m.EventID, m.Detail}, nil
}

// ParseReason is the reason of that name; not ok for other words and for "".
func ParseReason(name string) (Reason, bool) {
	for r := NoConsent; int(r) < len(reasons); r++ {
		if reasons[r] == name {
			return r, true
		}
	}
	return 0, false
}

// ParseOutcome is the outcome of that name; not ok for other words and for "".
func ParseOutcome(name string) (Outcome, bool) {
	for o := Started; int(o) < len(outcomes); o++ {
		if outcomes[o] == name {
			return o, true
		}
	}
	return 0, false
}
