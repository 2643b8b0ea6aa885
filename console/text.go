package console

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// most is how many orders, views and cycles the text shows; the JSON has all.
const most = 10

// Text prints an explanation for people.
func (e *Explanation) Text(w io.Writer) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	p := func(format string, args ...any) { fmt.Fprintf(tab, format+"\n", args...) }
	if !e.Known {
		p("%s: no event of this customer was seen", e.Customer)
		return tab.Flush()
	}
	e.textState(p)
	p("\nWAITS")
	if len(e.Waits) == 0 {
		p("nothing is waiting")
	}
	for _, x := range e.Waits {
		p("%s\t%s\t%s\tdue %v%s\tsince %s %s", x.Trigger, orDash(x.Key), orDash(x.Step), x.Due, x.why(), x.EventType, x.EventID)
	}
	p("\nSENT")
	if len(e.Sends) == 0 {
		p("nothing was sent")
	}
	for _, x := range e.Sends {
		p("%v\t%s\t%s\t%s", x.At, x.Trigger, x.Channel, x.CommandID)
	}
	p("\nDECISIONS")
	if len(e.Decisions) == 0 {
		p("nothing was sent, skipped or ended; what was started is under WAITS")
	}
	for _, x := range e.Decisions {
		p("%v\t%s\t%s\t%s\t%s", x.Time, orDash(x.Trigger), orDash(x.Key), strings.TrimSpace(x.Outcome+" "+x.Reason), x.Detail)
	}
	return tab.Flush()
}

func (e *Explanation) textState(p func(string, ...any)) {
	p("CUSTOMER %s", e.Customer)
	for _, line := range []struct{ name, value string }{
		{"identified as", e.AliasOf}, {"erased", e.ErasedAt.String()},
		{"first seen", e.CreatedAt.String()}, {"last seen", e.LastSeenAt.String()},
		{"email", e.Profile.Email}, {"phone", e.Profile.Phone}, {"country", e.Profile.Country},
		{"locale", e.Profile.Locale}, {"timezone", e.Profile.Timezone}, {"birthday", e.Profile.Birthday}, {"tier", e.Tier},
	} {
		if line.value != "" {
			p("%s\t%s", line.name, line.value)
		}
	}
	if e.Points != 0 {
		p("points\t%d", e.Points)
	}
	for _, c := range e.Consent {
		p("consent\t%s\t%s\t%s", strings.TrimSpace(c.Channel+" "+c.Purpose), answer(c.Granted), c.At)
	}
	for _, s := range e.Suppression {
		p("trouble\t%s\t%d bounced, %d complained", s.Channel, s.Bounced, s.Complained)
	}
	if e.Cart != nil {
		p("cart\t%s\t%s %s in %d items\t%v", e.Cart.ID, e.Cart.Total, e.Cart.Currency, len(e.Cart.Items), e.Cart.UpdatedAt)
	}
	for _, v := range e.Views[:min(most, len(e.Views))] {
		p("viewed\t%s\t%v", v.SKU, v.At)
	}
	for _, w := range e.Watches[:min(most, len(e.Watches))] {
		p("watches\t%s\t%v", w.SKU, w.At)
	}
	p("orders\t%d\tworth %s", e.Orders.Count, e.Orders.Revenue)
	for _, o := range e.Orders.Recent[:min(most, len(e.Orders.Recent))] {
		p("order\t%s\t%s %s\t%v\t%s", o.ID, o.Total, o.Currency, o.At, o.Status)
	}
	for _, c := range e.Cycles[:min(most, len(e.Cycles))] {
		p("cycle\t%s\t%s", c.SKU, c.words())
	}
}

// words says who knows the cycle, and from how much.
func (c Cycle) words() string {
	if c.Days == 0 {
		return fmt.Sprintf("unknown: %d own gaps", c.Gaps)
	}
	return fmt.Sprintf("%g days, from %s (%d own gaps)", c.Days, c.Source, c.Gaps)
}

// why says why a wait is longer than its due.
func (w *Wait) why() string {
	switch {
	case w.Paused:
		return " (paused)"
	case w.Again != 0:
		return fmt.Sprintf(" (over the channel's rate, again at %v)", w.Again)
	case w.HeldSince != 0:
		return fmt.Sprintf(" (held by quiet hours since %v)", w.HeldSince)
	}
	return ""
}

func answer(granted bool) string {
	if granted {
		return "yes"
	}
	return "no"
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
