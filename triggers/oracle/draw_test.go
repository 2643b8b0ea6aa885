package oracle

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/beckon-io/beckon/schemas"
)

var (
	channels  = []string{"email", "sms", "push", "in_app"}
	skus      = []string{"s1", "s2", "s3"}
	carts     = []string{"k1", "k2"}
	customers = []string{"ana", "bob", "cleo", "dan"}
	// kinds are the types of events, the usual ones more often.
	kinds = slices.Concat(
		slices.Repeat([]string{"cart.updated"}, 6), slices.Repeat([]string{"ping"}, 6), slices.Repeat([]string{"order.placed"}, 4),
		slices.Repeat([]string{"product.viewed", "customer.consented", "customer.updated", "shipment.delivered"}, 2),
		[]string{"message.bounced", "message.complained", "message.unsubscribed", "customer.erased"},
	)
	// days are where logs begin: plain ones and those on which clocks change, in
	// Europe and in New York.
	days = []string{
		"2026-03-02T06:00:00Z", "2026-03-28T16:00:00Z", "2026-10-24T16:00:00Z", "2026-03-07T20:00:00Z", "2026-10-31T20:00:00Z",
		"2026-12-31T10:00:00Z",
	}
)

// drawExample draws a case. What comes first of a choice is what a failing case
// shrinks to.
func drawExample(t *rapid.T) *example {
	ex := &example{policy: drawPolicy(t)}
	ex.triggers = list(t, "triggers", 1, 4, drawTrigger)
	for i := range ex.triggers {
		ex.triggers[i].name = fmt.Sprintf("t%d", i+1)
	}
	ex.log = drawLog(t)
	ex.end = ex.log[len(ex.log)-1].at.Add(20 * day)
	return ex
}

// one draws one of some values.
func one[T any](t *rapid.T, label string, of ...T) T {
	return rapid.SampledFrom(of).Draw(t, label)
}

// maybe draws true in about one of n cases.
func maybe(t *rapid.T, label string, n int) bool {
	return rapid.IntRange(0, n-1).Draw(t, label) == n-1
}

// some draws a part of a list, in its order, nil for none: that is the half.
func some[T any](t *rapid.T, label string, of []T) []T {
	if rapid.Bool().Draw(t, label+" none") {
		return nil
	}
	var all []T
	for _, v := range of {
		if rapid.Bool().Draw(t, label) {
			all = append(all, v)
		}
	}
	return all
}

// list draws a list so that a failing case loses elements that it can do without.
// Left alone rapid draws short ones; so they are asked to have a drawn length.
func list[T any](t *rapid.T, label string, least, most int, draw func(t *rapid.T) T) []T {
	least = one(t, label+" at least", least, least, (least+most)/2, most-most/5)
	return rapid.SliceOfN(rapid.Custom(draw), least, most).Draw(t, label)
}

// few draws a part of a list in any order, at least one.
func few[T any](t *rapid.T, label string, of []T) []T {
	all := rapid.Permutation(of).Draw(t, label)
	return all[:rapid.IntRange(1, len(all)).Draw(t, label+" count")]
}

func drawPolicy(t *rapid.T) policy {
	p := policy{
		grace: one(t, "grace", 10*time.Second, 0, 90*time.Second, 10*time.Minute),
		zone:  one(t, "zone", "", "Europe/Bucharest", "America/New_York", "Australia/Lord_Howe"),
		needs: one(t, "require_address", nil, nil, []string{"sms"}, []string{"email", "sms"}),
	}
	for _, channel := range channels {
		if mode := one(t, "consent", "", "", "", "opt_out", "opt_in", "none"); mode != "" {
			if p.consent == nil {
				p.consent = map[string]string{}
			}
			p.consent[channel] = mode
		}
	}
	if p.consent != nil && maybe(t, "consent classes", 4) {
		p.asked = []schemas.Class{schemas.Marketing, schemas.Transactional}
	}
	p.bounced, p.complained = rapid.IntRange(0, 2).Draw(t, "bounced"), rapid.IntRange(0, 2).Draw(t, "complained")
	if maybe(t, "quiet", 2) {
		p.quiet = &quiet{
			from:     one(t, "from", "21:00", "22:30", "01:00", "02:30", "12:00"),
			to:       one(t, "to", "09:00", "02:00", "03:30", "02:15", "15:00"),
			channels: some(t, "quiet channels", channels), classes: drawClasses(t),
		}
	}
	p.caps = list(t, "caps", 0, 3, func(t *rapid.T) limit {
		return limit{
			channels: some(t, "cap channels", channels), classes: drawClasses(t), tags: some(t, "cap tags", []string{"cart", "news"}),
			max: one(t, "max", 1, 1, 2, 3), per: one(t, "per", 2*time.Hour, 16*time.Hour, day, 45*time.Minute, 20*time.Second),
		}
	})
	p.holdout = one(t, "holdout", 0, 0, 0, 0, 0, 30)
	return p
}

func drawClasses(t *rapid.T) []schemas.Class {
	return one(t, "classes", nil, []schemas.Class{schemas.Marketing}, []schemas.Class{schemas.Transactional},
		[]schemas.Class{schemas.Marketing, schemas.Transactional})
}

func drawTrigger(t *rapid.T) trigger {
	tr := trigger{
		class:    one(t, "class", schemas.Marketing, schemas.Marketing, schemas.Transactional),
		priority: one(t, "priority", 50, 10, 90), tags: some(t, "tags", []string{"cart", "news"}),
		holdout: one(t, "holdout", 0, 0, 0, 0, 0, 40), disabled: maybe(t, "disabled", 15),
		repeat: one(t, "repeat", "", "restart", "ignore"), stale: one(t, "stale", -1, 0, 6*time.Hour, 20*time.Minute),
		reentry: one(t, "reentry", 0, 0, 3*time.Hour, day),
	}
	if maybe(t, "audience", 3) {
		tr.audience = one(t, "audience", ofCustomers...)
	}
	conditions := slices.Clone(ofCustomers)
	switch tr.on = one(t, "on", []string{"cart.updated"}, []string{"order.placed"}, []string{"cart.updated", "order.placed"}, []string{"ping"}, []string{"product.viewed", "ping"}); tr.on[0] {
	case "cart.updated":
		tr.key = one(t, "key", "", "cart_id")
		conditions = append(conditions, ofBaskets...)
		tr.each = maybe(t, "each", 4)
	case "order.placed":
		tr.key = one(t, "key", "", "order_id", "cart_id")
		conditions = append(conditions, ofBaskets...)
		tr.each = maybe(t, "each", 4)
	}
	if tr.each {
		tr.key = "sku"
		conditions = append(conditions, ofItems...)
	}
	if maybe(t, "when", 2) {
		tr.when = one(t, "when", conditions...)
	}
	tr.until = list(t, "until", 0, 2, func(t *rapid.T) ending { return drawEnding(t, &tr) })
	if maybe(t, "goal", 3) {
		tr.goal = &goal{on: one(t, "goal on", "order.placed", "product.viewed"), within: one(t, "within", 5*day, 2*time.Hour)}
	}
	tr.steps = drawSteps(t, &tr, conditions, 2)
	if !hasSend(tr.steps) {
		tr.steps = append(tr.steps, drawSend(t))
	}
	return tr
}

func hasSend(steps []step) bool {
	return slices.ContainsFunc(steps, func(s step) bool { return s.template != "" })
}

func drawEnding(t *rapid.T, tr *trigger) ending {
	u := ending{on: one(t, "until on", "order.placed", "cart.updated", "shipment.delivered", "customer.consented", "ping")}
	conditions := slices.Clone(ofRuns)
	switch u.on {
	case "order.placed", "cart.updated":
		conditions = append(conditions, ofBaskets...)
		u.key = tr.each || tr.key == "cart_id" || tr.key == "order_id" && u.on == "order.placed"
		u.key = u.key && rapid.Bool().Draw(t, "match key")
	case "customer.consented":
		conditions = append(conditions, ofConsents...)
	}
	if maybe(t, "until when", 2) {
		u.when = one(t, "until when", conditions...)
	}
	return u
}

// drawSteps draws a list of steps; so many lists may lie within it.
func drawSteps(t *rapid.T, tr *trigger, conditions []*condition, depth int) []step {
	return list(t, "steps", 1, 4, func(t *rapid.T) step { return drawStep(t, tr, conditions, depth) })
}

func drawStep(t *rapid.T, tr *trigger, conditions []*condition, depth int) step {
	kind := one(t, "step", "send", "wait", "send", "wait", "until", "time", "require", "if", "split", "stop")
	if depth == 0 && (kind == "if" || kind == "split" || kind == "stop") {
		kind = "send"
	}
	conditions = append(slices.Clone(conditions), ofSteps...)
	switch kind {
	case "wait":
		return step{wait: one(t, "wait", time.Hour, 25*time.Minute, 2*time.Hour, 10*time.Second, day, 7*time.Hour+30*time.Minute)}
	case "until":
		moments := slices.Clone(instants)
		if slices.Equal(tr.on, []string{"order.placed"}) {
			moments = append(moments, ofPromises...)
		}
		return step{moment: one(t, "moment", moments...)}
	case "time":
		return step{
			clock: one(t, "clock", "10:00", "02:30", "00:00", "03:00", "18:15"),
			days:  some(t, "days", []time.Weekday{time.Monday, time.Thursday, time.Sunday}),
		}
	case "require":
		return step{require: one(t, "require", conditions...)}
	case "if":
		return step{branch: one(t, "if", conditions...), yes: drawSteps(t, tr, conditions, depth-1), no: drawSteps(t, tr, conditions, depth-1)}
	case "split":
		s := step{split: one(t, "split", "coin", "dice")}
		s.arms = list(t, "arms", 2, 3, func(t *rapid.T) arm {
			return arm{weight: rapid.IntRange(1, 3).Draw(t, "weight"), steps: drawSteps(t, tr, conditions, depth-1)}
		})
		for i := range s.arms {
			s.arms[i].name = one(t, "arm", "", fmt.Sprint("arm-", i))
		}
		return s
	case "stop":
		return step{branch: one(t, "if", conditions...), yes: []step{{stop: true}}}
	}
	return drawSend(t)
}

func drawSend(t *rapid.T) step {
	return step{
		template: one(t, "template", "one", "two", "three"), channels: few(t, "channels", channels), all: maybe(t, "all", 3),
		expires: one(t, "expires", 0, 2*time.Hour, 9*time.Hour, 3*day), once: maybe(t, "once", 3),
	}
}

// happening is a moment of the log before its time is known.
type happening struct {
	gap    time.Duration // since the moment before
	outage bool
	told   []told
}

// told is an event before its time is known.
type told struct {
	ev    event
	late  time.Duration // how long ago it happened when it is read
	part  int           // tenths of an outage that had passed when it happened
	again int           // 0: it is a new one; else one that was told already
}

// drawLog draws what is read. An event is a few seconds to half a day after the
// one before, or of the same moment; some happened earlier than they are read.
func drawLog(t *rapid.T) []moment {
	at, err := schemas.ParseTime(one(t, "day", days...))
	if err != nil {
		t.Fatal(err)
	}
	people := customers[:one(t, "customers", 1, 1, 2, 4)]
	happenings := list(t, "log", 1, 30, func(t *rapid.T) happening {
		return happening{
			gap:    one(t, "gap", 10*time.Minute, time.Hour, 0, time.Second, 9*time.Second, 35*time.Minute, 4*time.Hour, 11*time.Hour),
			outage: maybe(t, "outage", 12),
			told:   list(t, "events", 1, 2, func(t *rapid.T) told { return drawTold(t, people) }),
		}
	})
	var log []moment
	var known []event
	for n, h := range happenings {
		m := moment{at: at.Add(h.gap), outage: n > 0 && h.outage && h.gap > time.Minute}
		for i, told := range h.told {
			ev := told.ev
			ev.id, ev.time = fmt.Sprintf("e%d-%d", n+1, i+1), m.at.Add(-told.late)
			if ev.kind == "order.placed" && ev.orderID == "" {
				ev.orderID = "o-" + ev.id
			}
			if m.outage && ev.time > at {
				ev.time = at.Add(h.gap / 10 * time.Duration(told.part))
			}
			if told.again > 0 && len(known) > 0 {
				ev = known[len(known)-1-(told.again-1)%len(known)]
			}
			m.events, known = append(m.events, ev), append(known, ev)
		}
		at, log = m.at, append(log, m)
	}
	return log
}

func drawTold(t *rapid.T, people []string) told {
	return told{
		ev:   drawEvent(t, people),
		late: one(t, "late", 0, 0, 0, 0, 5*time.Second, 10*time.Second, time.Minute, 20*time.Minute, 2*time.Hour, 9*time.Hour),
		part: rapid.IntRange(0, 10).Draw(t, "part"), again: one(t, "again", append(make([]int, 20), 1, 2, 5)...),
	}
}

func drawEvent(t *rapid.T, people []string) event {
	ev := event{
		source: one(t, "source", "shop", "shop", "shop", "till"),
		kind:   one(t, "kind", kinds...), customer: one(t, "customer", people...),
	}
	switch ev.kind {
	case "cart.updated", "order.placed":
		ev.cartID, ev.total = one(t, "cart", carts...), one(t, "total", "59", "10", "30", "200")
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			ev.items = append(ev.items, item{one(t, "sku", skus...), rapid.IntRange(1, 2).Draw(t, "quantity")})
		}
		if ev.kind == "order.placed" {
			ev.orderID = one(t, "order", "", "", "o1")
			ev.promised = promise(one(t, "promised", "", "2026-03-03T12:00:00Z", "2026-10-26T01:30:00Z"))
		}
	case "product.viewed":
		ev.sku = one(t, "sku", skus...)
	case "shipment.delivered":
		ev.orderID = "o1"
	case "customer.consented":
		ev.channel, ev.purpose = one(t, "channel", append([]string{""}, channels...)...), one(t, "purpose", "", "", "marketing", "transactional")
		ev.granted = rapid.Bool().Draw(t, "granted")
	case "customer.updated":
		ev.country, ev.timezone = one(t, "country", "", "RO", "GB", "US", "JP"), one(t, "timezone", "", "", "Europe/Bucharest", "America/New_York", "Australia/Lord_Howe")
		ev.email, ev.tel = one(t, "email", "", "a@example.org", "b@example.org"), one(t, "phone", "", "+40700000000")
	case "message.bounced", "message.complained", "message.unsubscribed":
		ev.channel = one(t, "channel", channels...)
	}
	return ev
}

func promise(s string) schemas.Time {
	if s == "" {
		return 0
	}
	at, err := schemas.ParseTime(s)
	if err != nil {
		panic(err)
	}
	return at
}
