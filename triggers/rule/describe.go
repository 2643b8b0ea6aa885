package rule

import (
	"fmt"
	"strings"
	"time"
)

// Describe tells in a few lines what a trigger does, for people: when it
// starts and ends, and each step with its path as decisions name it.
func Describe(t *Trigger) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  version %s, %s, priority %d%s\n", t.Name, t.Version, t.Class, t.Priority, unless(t.Enabled, ", disabled"))
	if t.Description != "" {
		fmt.Fprintf(&b, "  %s\n", t.Description)
	}
	fmt.Fprintf(&b, "  start    %s\n", t.Start.describe(t.Repeat))
	if t.Audience != nil {
		fmt.Fprintf(&b, "  for      %s\n", oneLine(t.Audience.Source()))
	}
	for _, u := range t.Until {
		match := unless(!u.MatchKey, " of the same key")
		when := ""
		if u.When != nil {
			when = " when " + oneLine(u.When.Source())
		}
		fmt.Fprintf(&b, "  until    %s%s%s\n", strings.Join(u.On, ", "), match, when)
	}
	if t.Reentry > 0 {
		fmt.Fprintf(&b, "  reentry  %s\n", span(t.Reentry))
	}
	b.WriteString("  steps\n")
	for i := range t.Steps {
		if t.Steps[i].Kind != OpJump {
			fmt.Fprintf(&b, "    %-18s %s\n", t.Steps[i].Path, t.Steps[i].describe())
		}
	}
	return b.String()
}

func unless(holds bool, words string) string {
	if holds {
		return ""
	}
	return words
}

// oneLine is an expression without its line breaks and lines of comment.
func oneLine(code string) string {
	var words []string
	for line := range strings.Lines(code) {
		if !strings.HasPrefix(strings.TrimSpace(line), "//") {
			words = append(words, strings.Fields(line)...)
		}
	}
	return strings.Join(words, " ")
}

func (s *Start) describe(r Repeat) string {
	var b strings.Builder
	switch {
	case len(s.On) > 0:
		b.WriteString("on " + strings.Join(s.On, ", "))
		if s.When != nil {
			b.WriteString(" when " + oneLine(s.When.Source()))
		}
		if s.Each != nil {
			b.WriteString(", each of " + oneLine(s.Each.Source()))
		}
		if s.Key != nil {
			b.WriteString(", a run per " + oneLine(s.Key.Source()))
		}
	case s.Date != nil:
		b.WriteString("at " + oneLine(s.Date.Source()))
		if s.Every != "" {
			b.WriteString(", every " + s.Every)
		}
		if s.Offset != 0 {
			fmt.Fprintf(&b, ", offset %s", span(s.Offset))
		}
		if s.Clock >= 0 {
			fmt.Fprintf(&b, ", at %s", clock(s.Clock))
		}
	case s.Cron != nil:
		b.WriteString("schedule " + s.Schedule + s.where())
	case s.Absolute:
		b.WriteString("at " + s.At.String())
	default:
		b.WriteString("at " + s.At.Std().Format("2006-01-02 15:04") + s.where())
	}
	switch r {
	case Restart:
		b.WriteString("; a further one restarts the run")
	case Ignore:
		b.WriteString("; a further one is ignored")
	}
	return b.String()
}

func (s *Start) where() string {
	switch {
	case s.Zoned:
		return " in the customer's zone"
	case s.Zone != nil:
		return " in " + s.Zone.String()
	}
	return " in the policy's zone"
}

func (op *Op) describe() string {
	switch op.Kind {
	case OpWait:
		return "wait " + span(op.Wait).String()
	case OpWaitUntil:
		return "wait until " + oneLine(op.Expr.Source())
	case OpWaitLocal:
		return op.Local.describe()
	case OpRequire:
		return "require " + oneLine(op.Expr.Source())
	case OpIf:
		return "if " + oneLine(op.Expr.Source())
	case OpSplit:
		return op.Split.describe()
	case OpSend:
		return op.Send.describe()
	case OpEmit:
		return "emit " + op.Emit.Type
	case OpStop:
		return "stop"
	}
	return ""
}

func (l LocalTime) describe() string {
	text := "wait until " + clock(l.Clock).String()
	for i, d := range l.Days {
		text += map[bool]string{true: " on ", false: ", "}[i == 0] + strings.ToLower(d.String()[:3])
	}
	return text
}

func (s *Split) describe() string {
	var arms []string
	for _, a := range s.Arms {
		arms = append(arms, fmt.Sprintf("%s (%d)", a.Name, a.Weight))
	}
	return "split " + s.Name + ": " + strings.Join(arms, ", ")
}

func (s *Send) describe() string {
	by := strings.Join(s.Channels, " or ")
	if s.All {
		by = strings.Join(s.Channels, " and ")
	}
	text := "send " + s.Template + " by " + by
	if s.Offer != nil {
		text += " with " + s.Offer.describe()
	}
	if s.Expires != time.Duration(defaultExpires) {
		text += ", within " + span(s.Expires).String()
	}
	if s.InStock != nil {
		text += ", if in stock: " + oneLine(s.InStock.Source())
	}
	return text + unless(!s.OnlyOnce, ", once ever") + unless(!s.Cancel, ", called off if the run would end")
}

func (o *Offer) describe() string {
	text := strings.TrimSpace(o.Kind + " " + o.Value)
	if o.Currency != "" {
		text += " " + o.Currency
	}
	if o.FreeShipping && o.Kind != "free_shipping" {
		text += " and free shipping"
	}
	return text
}
