package engine

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// world is the smallest caller of an engine: records in a map, the clock moved
// by events, waits ended before the events that come after them, mail delivered
// in order of time.
type world struct {
	t       *testing.T
	e       *Engine
	grace   time.Duration
	records map[string]*state.Customer
	mail    []Mail
	clock   schemas.Time
	wall    schemas.Time // zero: the moment of the call
	effects []Effects
	codec   bool         // records go through their codec between calls
	passed  schemas.Time // schedules up to it have begun their runs
	zones   []string
}

func newWorld(t *testing.T, set *rule.Set) *world {
	return &world{
		t: t, grace: set.Policy.Grace, records: map[string]*state.Customer{},
		e: New(Config{App: "beckon", Set: set, Secret: []byte("secret"), Lookup: true}),
	}
}

// load compiles files given as name, text, name, text…
func load(t testing.TB, files ...string) *rule.Set {
	t.Helper()
	var fs []rule.File
	for i := 0; i < len(files); i += 2 {
		fs = append(fs, rule.File{Path: files[i], Data: []byte(files[i+1])})
	}
	set, list := rule.Load(fs, rule.Options{})
	if list.Failed() {
		var b strings.Builder
		list.Print(&b)
		t.Fatal(b.String())
	}
	return set
}

func (w *world) record(subject string) *state.Customer {
	c := w.records[subject]
	if c == nil {
		c = state.New(subject)
		w.records[subject] = c
	}
	return c
}

func (w *world) env(now schemas.Time) Env {
	wall := max(w.wall, now)
	return Env{Wall: wall, Passed: w.passed, Watchers: w.watchers, Product: func(sku string) *state.Product {
		if c := w.records[Internal(productKind, sku)]; c != nil {
			return &c.Entry().Product
		}
		return nil
	}}
}

func (w *world) watchers(prefix, after string, most int) (page []*state.Customer) {
	for _, name := range slices.Sorted(maps.Keys(w.records)) {
		if strings.HasPrefix(name, prefix) && name > after && !w.records[name].Empty() && len(page) < most {
			page = append(page, w.records[name])
		}
	}
	return page
}

// took keeps what a call asks for and puts its record through the codec.
func (w *world) took(c *state.Customer, eff Effects) {
	w.t.Helper()
	w.effects = append(w.effects, eff)
	for _, m := range eff.Mail {
		if !m.ToAll { // there is no other task
			w.mail = append(w.mail, m)
		}
	}
	if eff.Zone != "" && !slices.Contains(w.zones, eff.Zone) {
		w.zones = append(w.zones, eff.Zone)
	}
	if eff.Parked != 0 {
		c.SetWake(eff.Wake) // as long as this engine is in use
	}
	if eff.Wake != c.Wake() {
		w.t.Errorf("Wake = %s, the record says %s", eff.Wake, c.Wake())
	}
	if err := c.Err(); err != nil {
		w.t.Fatal(err)
	}
	if !w.codec {
		return
	}
	raw, err := c.EncodeWhole()
	if err != nil {
		w.t.Fatal(err)
	}
	again, err := state.DecodeWhole(c.Subject, raw)
	if err != nil {
		w.t.Fatal(err)
	}
	if eff.Parked != 0 {
		again.SetWake(eff.Wake)
	}
	w.records[c.Subject] = again
}

// fireBefore ends the waits with due < limit, or due ≤ limit if inclusive, in
// the contract's order over all customers, and delivers mail that is older.
func (w *world) fireBefore(limit schemas.Time, inclusive bool) {
	before := func(t schemas.Time) bool { return t < limit || inclusive && t == limit }
	for {
		subject, due := "", schemas.Time(0)
		for name, c := range w.records {
			if wake := c.Wake(); wake != 0 && before(wake) && (due == 0 || wake < due || wake == due && name < subject) {
				subject, due = name, wake
			}
		}
		occurs := w.e.NextOccurrence(w.passed, w.zones)
		if occurs != 0 && before(occurs) && (due == 0 || occurs <= due) {
			due = occurs
		} else {
			occurs = 0
		}
		if i := w.nextMail(); i >= 0 && before(w.mail[i].At) && (due == 0 || w.mail[i].At < due.Add(w.grace)) {
			w.deliver(i)
			continue
		}
		if due == 0 {
			return
		}
		if occurs != 0 {
			w.occur(occurs)
			continue
		}
		c := w.records[subject]
		w.took(c, w.e.Fire(c, due, w.env(due)))
	}
}

// arm lets everybody have the dates of a new engine.
func (w *world) arm() {
	for _, name := range slices.Sorted(maps.Keys(w.records)) {
		c := w.records[name]
		w.took(c, w.e.Occur(c, Window{From: w.passed, To: w.passed, Arms: w.clock}, w.env(w.clock)))
	}
}

// occur lets everybody have what comes at an instant.
func (w *world) occur(at schemas.Time) {
	from := w.passed
	w.passed = at
	for _, name := range slices.Sorted(maps.Keys(w.records)) {
		c := w.records[name]
		w.took(c, w.e.Occur(c, Window{From: max(from, c.Runs().Scanned), To: at}, w.env(at)))
	}
}

func (w *world) nextMail() int {
	if len(w.mail) == 0 {
		return -1
	}
	first := 0
	for i := range w.mail {
		if w.mail[i].At < w.mail[first].At {
			first = i
		}
	}
	return first
}

func (w *world) deliver(i int) {
	m := w.mail[i]
	w.mail = slices.Delete(w.mail, i, i+1)
	c := w.record(m.To)
	w.took(c, w.e.Receive(c, m, w.env(max(w.clock, m.At))))
}

// event lets an event happen, after the waits that end before it.
func (w *world) event(ev *schemas.Event) {
	w.advance(ev.Time.Add(-w.grace), false)
	w.clock = max(w.clock, ev.Time)
	c := w.record(RecordOf(ev))
	w.took(c, w.e.Apply(c, ev, w.env(ev.Time)))
	w.settle()
}

// settle delivers mail that is not ahead of the clock.
func (w *world) settle() {
	for i := w.nextMail(); i >= 0 && w.mail[i].At <= w.clock; i = w.nextMail() {
		w.deliver(i)
	}
}

func (w *world) advance(to schemas.Time, inclusive bool) {
	w.fireBefore(to, inclusive)
	w.clock = max(w.clock, to)
}

func (w *world) commands() (all []schemas.Command) {
	for _, eff := range w.effects {
		all = append(all, eff.Commands...)
	}
	return all
}

func (w *world) decisions() (all []schemas.Decision) {
	for _, eff := range w.effects {
		all = append(all, eff.Decisions...)
	}
	return all
}

// fingerprint is every command's JSON, sorted: what must not depend on how the
// input was cut.
func (w *world) fingerprint() []string {
	var all []string
	for _, cmd := range w.commands() {
		all = append(all, cmd.Customer+" "+string(cmd.AppendJSON(nil)))
	}
	slices.SortFunc(all, cmp.Compare[string])
	return all
}

func event(t testing.TB, id, eventType, subject string, at schemas.Time, data string) *schemas.Event {
	t.Helper()
	ev, err := schemas.FromData(id, "shop", eventType, subject, at, []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return ev
}
