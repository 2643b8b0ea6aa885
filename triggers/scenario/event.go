package scenario

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
)

var eventKeys = []string{"type", "subject", "data", "time", "id", "source", "traceparent", "tracestate", "repeat", "every"}

// maxRepeat bounds how often one event of a file happens.
const maxRepeat = 10_000

// Event is what a file says of an event; Make makes it.
type Event struct {
	Spot
	fields map[string]any // of the CloudEvent as written, without its time
	at     schemas.Time   // `time` as an instant; 0: shift says
	shift  time.Duration  // `time` as a duration from the moment it is told
	repeat int
	every  time.Duration
}

// Count is how often the event happens.
func (e *Event) Count() int { return e.repeat }

// Make makes the n-th of the events, counted from 1; now is the moment at which
// it is read, name the id of one that has none.
func (e *Event) Make(n int, now schemas.Time, name string) (*schemas.Event, error) {
	all := maps.Clone(e.fields)
	if e.repeat > 1 {
		all = numbered(all, strconv.Itoa(n)).(map[string]any)
	}
	if all["id"] == nil {
		all["id"] = name
	}
	at := e.at
	if at == 0 {
		at = now.Add(e.shift)
	}
	all["time"] = at.Add(time.Duration(n-1) * e.every).String()
	data, err := json.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("make event: %w", err)
	}
	return schemas.Decode(data, nil, schemas.DecodeOptions{Now: now, AllowNoSubject: true})
}

// numbered replaces {n} in every text.
func numbered(v any, n string) any {
	switch v := v.(type) {
	case string:
		return strings.ReplaceAll(v, "{n}", n)
	case []any:
		list := slices.Clone(v)
		for i := range list {
			list[i] = numbered(list[i], n)
		}
		return list
	case map[string]any:
		all := make(map[string]any, len(v))
		for key, e := range v {
			all[key] = numbered(e, n)
		}
		return all
	}
	return v
}

func readEvents(n rule.Node, s *Setup) []Event {
	var all []Event
	for _, e := range n.Items() {
		if ev, ok := readEvent(e, s); ok {
			all = append(all, ev)
		}
	}
	return all
}

func readEvent(n rule.Node, s *Setup) (Event, bool) {
	f := n.Mapping(eventKeys...)
	if f == nil {
		return Event{}, false
	}
	e := Event{Spot: spot(n), repeat: 1, fields: map[string]any{"specversion": "1.0", "source": "scenario"}}
	if !f["type"].Given() {
		n.Fail("event: {type: order.placed, …}", "the event has no `type`")
		return e, false
	}
	eventType := f["type"].EventType()
	e.fields["type"] = eventType
	for _, key := range []string{"subject", "id", "source", "traceparent", "tracestate"} {
		if v, ok := f[key]; ok {
			if text := plain(v); text != "" {
				e.fields[key] = text
			}
		}
	}
	if _, ok := f["subject"]; !ok && s.Subject != "" && eventType != schemas.ProductUpdated.String() {
		e.fields["subject"] = s.Subject
	}
	if v, ok := f["data"]; ok {
		e.fields["data"] = v.Value()
	}
	readWhen(&e, f, s)
	return e, e.valid(n, f)
}

// readWhen reads `time`, `repeat` and `every`.
func readWhen(e *Event, f map[string]rule.Node, s *Setup) {
	if v, ok := f["time"]; ok {
		text, _ := v.Text("a time, or a duration from now such as -10m")
		if at, ok := ParseInstant(text, s.Zone); ok {
			e.at = at
		} else {
			e.shift = v.Duration()
		}
	}
	if v, ok := f["repeat"]; ok {
		e.repeat = v.Whole(1, maxRepeat)
	}
	if v, ok := f["every"]; ok {
		e.every = v.Duration()
	}
}

// plain is an attribute's text; an empty one is allowed, which says that there
// is none.
func plain(n rule.Node) string {
	s, ok := n.Value().(string)
	if !ok {
		s, _ = n.Text("a text")
	}
	return s
}

// valid makes the event to see whether it is one, and notes what is wrong where
// it is.
func (e *Event) valid(n rule.Node, f map[string]rule.Node) bool {
	const someDay = schemas.Time(1_767_225_600_000_000) // 2026-01-01
	_, err := e.Make(1, someDay, "some id")
	if err == nil {
		return true
	}
	var bad *schemas.DecodeError
	if !errors.As(err, &bad) {
		n.Fail("", "%s", err)
		return false
	}
	at, detail := n, bad.Field+": "+bad.Detail
	path := strings.FieldsFunc(bad.Field, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
	if len(path) > 0 && f[path[0]].Given() {
		at, detail = within(f[path[0]], path[1:]), bad.Detail
	}
	hint := ""
	if bad.Field == "subject" {
		hint = "name the customer: subject: ana, here or once for all beside `scenario` or in the `background`"
	}
	at.Fail(hint, "%s", detail)
	return false
}

// within is the value below n that a path leads to, or the last one on the way.
func within(n rule.Node, path []string) rule.Node {
	for _, name := range path {
		var next rule.Node
		switch {
		case n.IsMapping():
			for key, v := range n.Pairs() {
				if key == name {
					next = v
				}
			}
		case n.IsList():
			if i, err := strconv.Atoi(name); err == nil && i < len(n.Items()) {
				next = n.Items()[i]
			}
		}
		if !next.Given() {
			return n
		}
		n = next
	}
	return n
}
