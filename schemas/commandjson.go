package schemas

import (
	"encoding/json"
	"fmt"
	"strings"
)

// AppendJSON appends the command as the delivery topic's value: members in the
// contract's order, empty ones left out.
func (c *Command) AppendJSON(b []byte) []byte {
	w := writer{b: b}
	w.open()
	w.text("command_id", string(c.CommandID))
	w.text("action", string(c.Action))
	w.text("trigger", c.Trigger)
	w.text("version", c.Version)
	w.text("run", c.Run)
	w.text("step", c.Step)
	w.text("variant", c.Variant)
	w.text("class", string(c.Class))
	w.text("channel", c.Channel)
	w.text("template", c.Template)
	w.text("locale", c.Locale)
	w.text("to", c.To)
	w.time("due_at", c.DueAt)
	w.time("not_before", c.NotBefore)
	w.time("expires_at", c.ExpiresAt)
	if q := c.Quiet; q != nil && *q != (Quiet{}) {
		w.name("quiet")
		w.open()
		w.text("from", q.From)
		w.text("to", q.To)
		w.text("zone", q.Zone)
		w.close()
	}
	w.int("priority", int64(c.Priority))
	if c.Offer != nil {
		c.Offer.append(&w)
	}
	w.raw("context", c.Context)
	if c.Cause != (Cause{}) {
		w.name("cause")
		w.open()
		w.text("event_id", c.Cause.EventID)
		w.text("event_type", c.Cause.EventType)
		w.time("event_time", c.Cause.EventTime)
		w.close()
	}
	w.close()
	return w.b
}

func (o *Offer) append(w *writer) {
	w.name("offer")
	w.open()
	w.text("kind", o.Kind)
	w.text("value", o.Value)
	w.text("currency", o.Currency)
	w.flag("free_shipping", o.FreeShipping)
	w.text("code", o.Code)
	w.time("expires_at", o.ExpiresAt)
	w.text("minimum", o.Minimum)
	w.texts("excludes", o.Excludes)
	w.close()
}

// AppendHeaders appends the command's headers in binary mode. source is the
// app's name.
func (c *Command) AppendHeaders(h []Header, source string) []Header {
	return appendHeaders(h, envelope{
		id: string(c.CommandID), source: source, typ: CommandType, subject: c.Customer, time: c.DueAt,
		traceParent: c.TraceParent, traceState: c.TraceState,
	})
}

// AppendStructured appends the command in structured mode, on one line without
// its end. source is the app's name.
func (c *Command) AppendStructured(b []byte, source string) []byte {
	w := writer{b: b}
	w.open()
	w.text("specversion", "1.0")
	w.text("id", string(c.CommandID))
	w.text("source", source)
	w.text("type", CommandType)
	w.text("subject", c.Customer)
	w.time("time", c.DueAt)
	w.text("datacontenttype", DataContentType)
	w.text("traceparent", c.TraceParent)
	w.text("tracestate", c.TraceState)
	w.name("data")
	w.b = c.AppendJSON(w.b)
	w.close()
	return w.b
}

// commandJSON mirrors the JSON of a command for reading; the hot way out is
// AppendJSON.
type commandJSON struct {
	CommandID CommandID       `json:"command_id"`
	Action    Action          `json:"action"`
	Trigger   string          `json:"trigger"`
	Version   string          `json:"version"`
	Run       string          `json:"run"`
	Step      string          `json:"step"`
	Variant   string          `json:"variant"`
	Class     Class           `json:"class"`
	Channel   string          `json:"channel"`
	Template  string          `json:"template"`
	Locale    string          `json:"locale"`
	To        string          `json:"to"`
	DueAt     Time            `json:"due_at"`
	NotBefore Time            `json:"not_before"`
	ExpiresAt Time            `json:"expires_at"`
	Quiet     *quietJSON      `json:"quiet"`
	Priority  int             `json:"priority"`
	Offer     *offerJSON      `json:"offer"`
	Context   json.RawMessage `json:"context"`
	Cause     causeJSON       `json:"cause"`
}

type quietJSON struct {
	From string `json:"from"`
	To   string `json:"to"`
	Zone string `json:"zone"`
}

type offerJSON struct {
	Kind         string   `json:"kind"`
	Value        string   `json:"value"`
	Currency     string   `json:"currency"`
	FreeShipping bool     `json:"free_shipping"`
	Code         string   `json:"code"`
	ExpiresAt    Time     `json:"expires_at"`
	Minimum      string   `json:"minimum"`
	Excludes     []string `json:"excludes"`
}

type causeJSON struct {
	EventID   string `json:"event_id"`
	EventType string `json:"event_type"`
	EventTime Time   `json:"event_time"`
}

// ParseCommand reads a command back from a record of the delivery topic, in
// either mode; without headers value is a line of a backtest. source is the app
// that sent it. Errors are *DecodeError.
func ParseCommand(value []byte, headers []Header) (c *Command, source string, err error) {
	ev, err := Decode(value, headers, DecodeOptions{Internal: true})
	if err != nil {
		return nil, "", err
	}
	if ev.Type != CommandType {
		return nil, "", &DecodeError{CodeUnknownType, "type", fmt.Sprintf("%q is no command; want %s", excerpt(ev.Type), CommandType)}
	}
	var m commandJSON
	if err := json.Unmarshal(ev.Raw, &m); err != nil {
		return nil, "", &DecodeError{CodeWrongType, "data", strings.TrimPrefix(err.Error(), "json: ")}
	}
	switch {
	case m.Action != Send && m.Action != Cancel:
		return nil, "", &DecodeError{CodeUnknownAction, "data.action", "want send or cancel"}
	case m.DueAt == 0:
		return nil, "", &DecodeError{CodeMissing, "data.due_at", "every command has one"}
	}
	if string(m.CommandID) != ev.ID {
		return nil, "", &DecodeError{CodeBadEnvelope, "id", "want " + excerpt(string(m.CommandID)) + ", the data's command_id"}
	}
	return m.command(ev), ev.Source, nil
}

func (m *commandJSON) command(ev *Event) *Command {
	c := &Command{
		CommandID: m.CommandID, Action: m.Action, Trigger: m.Trigger, Version: m.Version, Run: m.Run, Step: m.Step,
		Variant: m.Variant, Class: m.Class, Channel: m.Channel, Template: m.Template, Locale: m.Locale, To: m.To,
		DueAt: m.DueAt, NotBefore: m.NotBefore, ExpiresAt: m.ExpiresAt, Quiet: (*Quiet)(m.Quiet), Priority: m.Priority,
		Offer: (*Offer)(m.Offer), Cause: Cause(m.Cause),
		Customer: ev.Subject, TraceParent: ev.TraceParent, TraceState: ev.TraceState,
	}
	if string(m.Context) != "null" {
		c.Context = m.Context
	}
	return c
}
