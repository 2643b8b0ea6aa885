package oracle

import (
	"cmp"
	"slices"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// past is the events of one customer that were read and counted, in the order
// of the log.
type past []*event

// sorted is the events of some kinds by their times, equal ones as in the log.
func (p past) sorted(kinds ...string) past {
	var all past
	for _, ev := range p {
		if slices.Contains(kinds, ev.kind) {
			all = append(all, ev)
		}
	}
	slices.SortStableFunc(all, func(a, b *event) int { return cmp.Compare(a.time, b.time) })
	return all
}

// cart is the newest cart; an order, and a cart without items, empties it.
func (p past) cart() event {
	all := p.sorted("cart.updated", "order.placed")
	if len(all) == 0 || all[len(all)-1].kind == "order.placed" || len(all[len(all)-1].items) == 0 {
		return event{}
	}
	return *all[len(all)-1]
}

// cartChanged is when the cart was last filled or emptied.
func (p past) cartChanged() schemas.Time { return p.sorted("cart.updated", "order.placed").last() }

// last is the time of the last of some events, 0 where there is none.
func (p past) last() schemas.Time {
	if len(p) == 0 {
		return 0
	}
	return p[len(p)-1].time
}

// orders is the orders, each by the event that told of it first: another one
// with its id counts no more.
func (p past) orders() past {
	var all past
	for _, ev := range p {
		if ev.kind == "order.placed" && !slices.ContainsFunc(all, func(o *event) bool { return o.orderID == ev.orderID }) {
			all = append(all, ev)
		}
	}
	return all.sorted("order.placed")
}

func (p past) views() past { return p.sorted("product.viewed") }

func (p past) viewed(sku string) int {
	n := 0
	for _, ev := range p.views() {
		if ev.sku == sku {
			n++
		}
	}
	return n
}

// profile is what is known of a customer: each field is what the newest event says
// that names it.
type profile struct {
	country, timezone, email, tel string
}

func (p past) profile() profile {
	var known profile
	for _, ev := range p.sorted("customer.updated") {
		known = profile{
			country: cmp.Or(ev.country, known.country), timezone: cmp.Or(ev.timezone, known.timezone),
			email: cmp.Or(ev.email, known.email), tel: cmp.Or(ev.tel, known.tel),
		}
	}
	return known
}

// address is where a channel reaches the customer, "" if that is not known. The
// other channels' are known to the delivery service alone.
func (p profile) address(channel string) string {
	switch channel {
	case "email":
		return p.email
	case "sms":
		return p.tel
	}
	return "a device"
}

// bounces counts those of the address at hand.
func (p past) bounces(channel string) int {
	n := 0
	for i, ev := range p {
		switch ev.kind {
		case "customer.updated":
			if p[:i+1].profile().address(channel) != p[:i].profile().address(channel) {
				n = 0
			}
		case "message.bounced":
			if ev.channel == channel {
				n++
			}
		}
	}
	return n
}

// answer is the newest consent for a channel, nil if there is none. An answer for
// all channels or purposes stands beside those for some. Of two of the same moment
// the refusal counts.
func (p past) answer(channel string, class schemas.Class) (found *event) {
	for _, ev := range p.sorted("customer.consented") {
		switch {
		case ev.channel != "" && ev.channel != channel, ev.purpose != "" && ev.purpose != string(class):
		case found == nil, found.time < ev.time, found.time == ev.time && !ev.granted:
			found = ev
		}
	}
	return found
}

// reports is what else the delivery service said of a channel.
func (p past) reports(kind, channel string) past {
	return slices.DeleteFunc(p.sorted(kind), func(ev *event) bool { return ev.channel != channel })
}

// zone is where a customer is as far as it is known.
func (o *oracle) zone(customer string) *time.Location {
	known := o.past(customer).profile()
	name := cmp.Or(known.timezone, homes[known.country], o.ex.policy.zone, "UTC")
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic("a case has a zone " + name)
	}
	return zone
}
