package oracle

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// page writes YAML, line by line.
type page struct {
	lines  []string
	indent string
}

func (p *page) line(format string, args ...any) {
	p.lines = append(p.lines, p.indent+fmt.Sprintf(format, args...))
}

func (p *page) String() string { return strings.Join(p.lines, "\n") + "\n" }

// inside writes what belongs below the last line.
func (p *page) inside(write func()) {
	before := p.indent
	p.indent += "  "
	write()
	p.indent = before
}

// item writes an element of a list: its first line gets the dash.
func (p *page) item(write func()) {
	before, from := p.indent, len(p.lines)
	p.indent += "  "
	write()
	p.indent = before
	p.lines[from] = before + "- " + strings.TrimPrefix(p.lines[from], before+"  ")
}

// flow is a list in brackets.
func flow[T ~string](all []T) string {
	var texts []string
	for _, s := range all {
		texts = append(texts, string(s))
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// span is a duration as triggers write it.
func span(d time.Duration) string {
	text := ""
	for _, unit := range []struct {
		name string
		is   time.Duration
	}{{"d", day}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}} {
		if n := d / unit.is; n > 0 {
			text += fmt.Sprintf("%d%s", n, unit.name)
			d -= n * unit.is
		}
	}
	return cmp.Or(text, "0s")
}

func (p *page) trigger(tr *trigger) {
	p.line("name: %s", tr.name)
	p.line("class: %s", tr.class)
	p.line("priority: %d", tr.priority)
	if tr.tags != nil {
		p.line("tags: %s", flow(tr.tags))
	}
	if tr.disabled {
		p.line("enabled: false")
	}
	if tr.audience != nil {
		p.line("audience: '%s'", tr.audience.text)
	}
	if tr.holdout > 0 {
		p.line("holdout: %d%%", tr.holdout)
	}
	p.start(tr)
	if tr.repeat != "" {
		p.line("repeat: %s", tr.repeat)
	}
	if len(tr.until) > 0 {
		p.line("until:")
	}
	for _, u := range tr.until {
		p.item(func() {
			p.line("on: %s", u.on)
			if u.when != nil {
				p.line("when: '%s'", u.when.text)
			}
			if u.key {
				p.line("match: key")
			}
		})
	}
	if tr.goal != nil {
		p.line("goal: {on: %s, within: %s}", tr.goal.on, span(tr.goal.within))
	}
	if tr.reentry > 0 {
		p.line("reentry: %s", span(tr.reentry))
	}
	switch {
	case tr.stale < 0:
		p.line("stale: off")
	case tr.stale > 0:
		p.line("stale: %s", span(tr.stale))
	}
	p.line("steps:")
	p.steps(tr.steps)
}

func (p *page) start(tr *trigger) {
	p.line("start:")
	p.inside(func() {
		p.line("on: %s", flow(tr.on))
		if tr.each {
			p.line("each: event.items")
		}
		if tr.when != nil {
			p.line("when: '%s'", tr.when.text)
		}
		switch {
		case tr.each:
			p.line("key: item.sku")
		case tr.key != "":
			p.line("key: event.%s", tr.key)
		}
	})
}

func (p *page) steps(all []step) {
	for i := range all {
		p.item(func() { p.step(&all[i]) })
	}
}

func (p *page) step(s *step) {
	switch {
	case s.wait > 0:
		p.line("wait: %s", span(s.wait))
	case s.clock != "":
		var days []string
		for _, d := range s.days {
			days = append(days, strings.ToLower(d.String()[:3]))
		}
		if days == nil {
			p.line("wait_until: {time: %q}", s.clock)
			return
		}
		p.line("wait_until: {time: %q, days: %s}", s.clock, flow(days))
	case s.moment != nil:
		p.line("wait_until: '%s'", s.moment.text)
	case s.require != nil:
		p.line("require: '%s'", s.require.text)
	case s.branch != nil:
		p.line("if: '%s'", s.branch.text)
		p.list("then", s.yes)
		p.list("else", s.no)
	case s.split != "":
		p.split(s)
	case s.stop:
		p.line("stop: true")
	default:
		p.send(s)
	}
}

func (p *page) list(name string, steps []step) {
	if len(steps) > 0 {
		p.line("%s:", name)
		p.steps(steps)
	}
}

func (p *page) split(s *step) {
	p.line("split:")
	p.inside(func() {
		p.line("name: %s", s.split)
		p.line("arms:")
		for _, a := range s.arms {
			p.item(func() {
				if a.name != "" {
					p.line("name: %s", a.name)
				}
				p.line("weight: %d", a.weight)
				p.list("steps", a.steps)
			})
		}
	})
}

func (p *page) send(s *step) {
	channels := flow(s.channels)
	if s.all {
		channels = "{all: " + channels + "}"
	}
	more := ""
	if s.expires > 0 {
		more += ", expires: " + span(s.expires)
	}
	if s.once {
		more += ", only_once: true"
	}
	p.line("send: {template: %s, channels: %s%s}", s.template, channels, more)
}

func (p *page) policy(pol *policy) {
	p.line("grace: %s", span(pol.grace))
	if pol.zone != "" {
		p.line("timezone: %s", pol.zone)
	}
	if pol.needs != nil {
		p.line("require_address: %s", flow(pol.needs))
	}
	if len(pol.consent) > 0 {
		p.line("consent:")
		p.inside(func() {
			for _, channel := range slices.Sorted(maps.Keys(pol.consent)) {
				p.line("%s: %s", channel, pol.consent[channel])
			}
			if pol.asked != nil {
				p.line("classes: %s", flow(pol.asked))
			}
		})
	}
	if pol.bounced+pol.complained > 0 {
		p.line("suppress: {bounced: %d, complained: %d}", pol.bounced, pol.complained)
	}
	if q := pol.quiet; q != nil {
		p.line("quiet_hours: {from: %q, to: %q%s}", q.from, q.to, scope(q.channels, q.classes, nil))
	}
	if len(pol.caps) > 0 {
		p.line("caps:")
	}
	for _, c := range pol.caps {
		p.line("  - {max: %d, per: %s%s}", c.max, span(c.per), scope(c.channels, c.classes, c.tags))
	}
	if pol.holdout > 0 {
		p.line("holdout: %d%%", pol.holdout)
	}
}

// scope is what a rule of the policy holds for, behind its other fields.
func scope(channels []string, classes []schemas.Class, tags []string) string {
	text := ""
	if channels != nil {
		text += ", channels: " + flow(channels)
	}
	if classes != nil {
		text += ", classes: " + flow(classes)
	}
	if tags != nil {
		text += ", tags: " + flow(tags)
	}
	return text
}

// data is an event's data as JSON, which is YAML, too.
func (ev *event) data() string {
	var fields []string
	add := func(name, value string) {
		if value != "" {
			fields = append(fields, strconv.Quote(name)+": "+value)
		}
	}
	text := func(name, value string) {
		if value != "" {
			add(name, strconv.Quote(value))
		}
	}
	text("cart_id", ev.cartID)
	text("order_id", ev.orderID)
	text("total", ev.total)
	text("sku", ev.sku)
	if ev.items != nil {
		var items []string
		for _, it := range ev.items {
			items = append(items, fmt.Sprintf(`{"sku": %q, "quantity": %d}`, it.sku, it.quantity))
		}
		add("items", "["+strings.Join(items, ", ")+"]")
	}
	if ev.promised != 0 {
		text("promised_at", ev.promised.String())
	}
	text("channel", ev.channel)
	text("purpose", ev.purpose)
	if ev.kind == "customer.consented" {
		add("granted", strconv.FormatBool(ev.granted))
	}
	text("country", ev.country)
	text("timezone", ev.timezone)
	text("email", ev.email)
	text("phone", ev.tel)
	return "{" + strings.Join(fields, ", ") + "}"
}
