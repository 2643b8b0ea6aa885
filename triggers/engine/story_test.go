package engine

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/triggers/rule"
)

// Stories are the files of testdata/stories. Their commands:
//
//	files                    loads triggers and policy; the input is a txtar-like
//	                         list of "-- name --" and text
//	event SUBJECT TYPE at=T  lets an event happen, after the waits before it; the
//	                         input is its data; id=ID and source=S if they matter;
//	                         a SUBJECT of - is none
//	reload                   the same, as newer files of the same app
//	instance N               goes on with the files of the Nth set
//	pause [TRIGGER], resume  as the command does
//	until T                  ends the waits due up to T
//	wall T                   sets the wall clock; `wall follow` lets it follow events
//	show SUBJECT             prints the customer's runs and figures
//	coupons SUBJECT          prints the codes that the customer has
//	commands                 makes sent lines show the whole command
//
// Times are of the day that starts the story, a Monday (2026-03-02): 10:00, and
// 2d10:00 two days later. A line of output is: time, customer, outcome, trigger,
// [key], step, reason, (detail).
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/stories/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories", err)
	}
	for _, path := range files {
		for _, codec := range []bool{false, true} {
			name := strings.TrimSuffix(filepath.Base(path), ".txt")
			if codec {
				name += "/through-the-codec"
			}
			t.Run(name, func(t *testing.T) {
				s := &story{t: t, codec: codec}
				datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string { return s.run(d) })
			})
		}
	}
}

type story struct {
	t       *testing.T
	w       *world
	history *rule.History
	sets    []*rule.Set // as they were loaded
	set     *rule.Set   // the one in use
	codec   bool
	events  int
	whole   bool
	printed int
}

var monday = schemas.FromTime(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))

func (s *story) run(d *datadriven.TestData) string {
	switch d.Cmd {
	case "files":
		s.history, s.sets, s.w = rule.NewHistory(), nil, nil
		s.reload(load(s.t, archive(d.Input)...))
		s.events, s.whole = 0, false
		return ""
	case "reload":
		s.reload(load(s.t, archive(d.Input)...))
		return ""
	case "instance":
		n, err := strconv.Atoi(d.CmdArgs[0].Key)
		if err != nil {
			s.t.Fatalf("%s: %v", d.Pos, err)
		}
		s.move(s.sets[n-1])
		return ""
	case "pause", "resume":
		trigger := ""
		if len(d.CmdArgs) > 0 {
			trigger = d.CmdArgs[0].Key
		}
		s.history.Pause(trigger, d.Cmd == "pause")
		s.move(s.set)
		return ""
	case "commands":
		s.whole = true
		return ""
	case "wall":
		if d.CmdArgs[0].Key == "follow" {
			s.w.wall = 0
		} else {
			s.w.wall = s.time(d.CmdArgs[0].Key)
		}
		return ""
	case "event":
		return s.event(d)
	case "until":
		s.w.advance(s.time(d.CmdArgs[0].Key), true)
		return s.news()
	case "show":
		return s.show(d.CmdArgs[0].Key)
	case "coupons":
		return s.coupons(d.CmdArgs[0].Key)
	}
	s.t.Fatalf("%s: unknown command %s", d.Pos, d.Cmd)
	return ""
}

// reload is an instance with newer files.
func (s *story) reload(set *rule.Set) {
	s.sets = append(s.sets, set)
	s.history.Add(s.history.Number(set))
	for _, tr := range set.Triggers {
		stored := rule.Store(tr)
		s.history.AddVersion(&rule.Stored{Name: stored.Name, Version: stored.Version, Source: stored.Source, Ends: stored.Ends})
	}
	s.move(set)
}

// move takes the customers to an instance with a set, as the history is now.
func (s *story) move(set *rule.Set) {
	s.set = set
	old := s.w
	s.w = newWorld(s.t, s.history.Place(set))
	s.w.codec = s.codec
	s.printed = 0
	if old == nil {
		return
	}
	s.w.records, s.w.clock, s.w.wall, s.w.mail = old.records, old.clock, old.wall, old.mail
	s.w.passed = max(old.passed, old.clock.Add(-old.grace)-1)
	for _, c := range s.w.records {
		c.EditRuns() // parked runs are looked at again
	}
	s.w.arm()
}

func (s *story) event(d *datadriven.TestData) string {
	s.events++
	id, source, at := "e"+strconv.Itoa(s.events), "shop", schemas.Time(0)
	for _, arg := range d.CmdArgs[2:] {
		switch arg.Key {
		case "at":
			at = s.time(arg.Vals[0])
		case "id":
			id = arg.Vals[0]
		case "source":
			source = arg.Vals[0]
		}
	}
	subject := d.CmdArgs[0].Key
	if subject == "-" {
		subject = ""
	}
	data := d.Input
	if data == "" {
		data = "{}"
	}
	ev, err := schemas.FromData(id, source, d.CmdArgs[1].Key, subject, at, []byte(data))
	if err != nil {
		s.t.Fatalf("%s: %v", d.Pos, err)
	}
	s.w.event(ev)
	return s.news()
}

// news prints what was decided since the last time.
func (s *story) news() string {
	var b strings.Builder
	for _, eff := range s.w.effects[s.printed:] {
		byID := map[schemas.CommandID]*schemas.Command{}
		for i := range eff.Commands {
			byID[eff.Commands[i].CommandID] = &eff.Commands[i]
		}
		for _, d := range eff.Decisions {
			s.line(&b, &d, byID[d.CommandID])
		}
		for _, ev := range eff.Coupons {
			fmt.Fprintf(&b, "%s %s to the shop: %s %s until %s\n", clockOf(ev.Time), ev.Subject, ev.Type, ev.Code, clockOf(ev.ExpiresAt))
		}
	}
	s.printed = len(s.w.effects)
	if b.Len() == 0 {
		return "nothing"
	}
	return b.String()
}

func (s *story) line(b *strings.Builder, d *schemas.Decision, cmd *schemas.Command) {
	fmt.Fprintf(b, "%s %s %s", clockOf(d.Time), d.Customer, d.Outcome)
	for _, part := range []string{d.Trigger, bracketed("[", d.Key, "]"), d.Step, d.Reason.String(), bracketed("(", shortTimes(d.Detail), ")")} {
		if part != "" {
			b.WriteString(" " + part)
		}
	}
	if cmd != nil && (d.Outcome == schemas.Sent) == (cmd.Action == schemas.Send) {
		b.WriteString(" " + cmp.Or(cmd.Template, string(cmd.Action)))
		if s.whole {
			shown := *cmd
			shown.Version = "" // changes with every detail of how triggers are written down
			b.WriteString("\n  " + string(shown.AppendJSON(nil)))
		}
	}
	b.WriteByte('\n')
}

func (s *story) show(subject string) string {
	c := s.w.record(subject)
	var b strings.Builder
	for _, r := range c.Runs().Active {
		fmt.Fprintf(&b, "run %s[%s] started=%s op=%d due=%s sent=%d\n", r.Trigger, r.Key, clockOf(r.StartedAt), r.Op, clockOf(r.Due), r.Sent)
	}
	for _, d := range c.Runs().Dates {
		fmt.Fprintf(&b, "date %s next=%s due=%s last=%s\n", d.Trigger, d.ID, clockOf(d.Due), d.Last)
	}
	core, cart, o := c.Core(), c.Cart(), c.Orders()
	fmt.Fprintf(&b, "email=%s country=%s alias_of=%s points=%d tier=%s\n", core.Profile.Email, core.Profile.Country, core.AliasOf, core.Points, core.Tier)
	if core.Profile.Attributes != nil {
		fmt.Fprintf(&b, "attributes %s\n", core.Profile.Attributes)
	}
	fmt.Fprintf(&b, "cart %s total=%s items=%d\n", cart.ID, cart.Total, len(cart.Items))
	fmt.Fprintf(&b, "orders count=%d revenue=%s\n", o.Count, o.Revenue)
	for _, order := range o.Recent {
		fmt.Fprintf(&b, "  order %s %s total=%s parcels=%d\n", order.ID, order.Status, order.Total, len(order.Shipments))
	}
	for _, v := range c.Views().Recent {
		fmt.Fprintf(&b, "  view %s at=%s\n", v.SKU, clockOf(v.At))
	}
	return b.String()
}

func (s *story) coupons(subject string) string {
	var b strings.Builder
	for _, c := range s.w.record(subject).Sends().Coupons {
		fmt.Fprintf(&b, "%s %s %s%s of %q issued=%s expires=%s used=%s%s\n", c.Code, c.Offer.Kind, c.Offer.Value, c.Offer.Currency, c.Trigger,
			clockOf(c.IssuedAt), clockOf(c.ExpiresAt), clockOf(c.UsedAt), bracketed(" by ", c.OrderID, ""))
	}
	if b.Len() == 0 {
		return "none"
	}
	return b.String()
}

func bracketed(open, s, close string) string {
	if s == "" {
		return ""
	}
	return open + s + close
}

// time reads 10:00, 10:00:30 or 2d10:00.
func (s *story) time(text string) schemas.Time {
	days := 0
	clock := text
	if d, rest, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.Atoi(d)
		if err != nil {
			s.t.Fatalf("time %q: %v", text, err)
		}
		days, clock = n, rest
	}
	if strings.Count(clock, ":") == 1 {
		clock += ":00"
	}
	t, err := time.Parse("15:04:05.999999", clock)
	if err != nil {
		s.t.Fatalf("time %q: %v", text, err)
	}
	midnight := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	return monday.Add(time.Duration(days)*24*time.Hour + t.Sub(midnight))
}

func clockOf(t schemas.Time) string {
	if t == 0 {
		return "-"
	}
	since := t.Sub(monday)
	days := int(since / (24 * time.Hour))
	text := strings.TrimSuffix(t.Std().Format("15:04:05.999999"), ":00")
	if days != 0 {
		text = strconv.Itoa(days) + "d" + text
	}
	return text
}

// shortTimes writes the instants in a detail as the story does.
func shortTimes(detail string) string {
	words := strings.Fields(detail)
	for i, w := range words {
		if t, err := schemas.ParseTime(w); err == nil {
			words[i] = clockOf(t)
		}
	}
	return strings.Join(words, " ")
}

// archive cuts "-- name --" sections into name, text, name, text…
func archive(input string) (files []string) {
	for _, line := range strings.SplitAfter(input+"\n", "\n") {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok && strings.HasSuffix(name, " --") {
			files = append(files, strings.TrimSuffix(name, " --"), "")
			continue
		}
		if len(files) > 0 {
			files[len(files)-1] += line
		}
	}
	return files
}
