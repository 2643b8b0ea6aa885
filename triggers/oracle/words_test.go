package oracle

import (
	"strconv"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// frame is what an expression can see.
type frame struct {
	o        *oracle
	customer string
	ev       *event // the start's in steps
	item     *item
	now      schemas.Time
	run      *view
}

// view is what expressions know of a run.
type view struct {
	started schemas.Time
	sent    int
	variant string
}

// condition is an expression for a bool, as its author writes it and as Go.
type condition struct {
	text  string
	holds func(f frame) bool
}

// instant is an expression for a timestamp; 0 is null.
type instant struct {
	text  string
	value func(f frame) schemas.Time
}

func (f frame) past() past { return f.o.past(f.customer) }

// ofBaskets can be asked of cart.updated, checkout.started and order.placed.
var ofBaskets = []*condition{
	{`size(event.items) > 0`, func(f frame) bool { return len(f.ev.items) > 0 }},
	{`size(event.items) == 0`, func(f frame) bool { return len(f.ev.items) == 0 }},
	{`event.total >= 30`, func(f frame) bool { return number(f.ev.total) >= 30 }},
	{`event.total < 60`, func(f frame) bool { return number(f.ev.total) < 60 }},
}

// ofItems can be asked where there is an item.
var ofItems = []*condition{
	{`item.quantity > 1`, func(f frame) bool { return f.item.quantity > 1 }},
	{`item.sku != "s2"`, func(f frame) bool { return f.item.sku != "s2" }},
}

// ofConsents can be asked of customer.consented.
var ofConsents = []*condition{
	{`event.granted == false`, func(f frame) bool { return !f.ev.granted }},
}

// ofRuns can be asked in until, of an event and the run it may end.
var ofRuns = []*condition{
	{`event.time - run.started_at >= minutes(30)`, func(f frame) bool { return f.ev.time.Sub(f.run.started) >= 30*time.Minute }},
	{`event.time < run.started_at + hours(3)`, func(f frame) bool { return f.ev.time < f.run.started.Add(3*time.Hour) }},
}

// ofCustomers can be asked everywhere.
var ofCustomers = []*condition{
	{`customer.country == "RO"`, func(f frame) bool { return f.past().profile().country == "RO" }},
	{`customer.country != "US"`, func(f frame) bool { return f.past().profile().country != "US" }},
	{`customer.cart.total >= 30`, func(f frame) bool { return number(f.past().cart().total) >= 30 }},
	{`size(customer.cart.items) > 0`, func(f frame) bool { return len(f.past().cart().items) > 0 }},
	{`customer.orders.count == 0`, func(f frame) bool { return len(f.past().orders()) == 0 }},
	{`customer.orders.count < 2`, func(f frame) bool { return len(f.past().orders()) < 2 }},
	{`viewed("s1") >= 2`, func(f frame) bool { return f.past().viewed("s1") >= 2 }},
	{`size(customer.views) < 3`, func(f frame) bool { return len(f.past().views()) < 3 }},
}

// ofSteps can be asked in steps only.
var ofSteps = []*condition{
	{`run.sent == 0`, func(f frame) bool { return f.run.sent == 0 }},
	{`run.variant != "b"`, func(f frame) bool { return f.run.variant != "b" }},
	{`now - run.started_at < hours(2)`, func(f frame) bool { return f.now.Sub(f.run.started) < 2*time.Hour }},
	{`local(now).getHours() < 12`, func(f frame) bool { return wall(f.now, f.o.zone(f.customer)).Hour() < 12 }},
}

// instants can be waited for after any start.
var instants = []*instant{
	{`event.time + hours(2)`, func(f frame) schemas.Time { return f.ev.time.Add(2 * time.Hour) }},
	{`now + minutes(40)`, func(f frame) schemas.Time { return f.now.Add(40 * time.Minute) }},
	{`customer.cart.updated_at + hours(1)`, func(f frame) schemas.Time { return after(f.past().cartChanged(), time.Hour) }},
	{`customer.orders.last_at + hours(6)`, func(f frame) schemas.Time { return after(f.past().orders().last(), 6*time.Hour) }},
}

// ofPromises can be waited for after order.placed.
var ofPromises = []*instant{
	{`event.promised_at`, func(f frame) schemas.Time { return f.ev.promised }},
	{`event.promised_at + hours(12)`, func(f frame) schemas.Time { return after(f.ev.promised, 12*time.Hour) }},
}

// after moves an instant; null stays null.
func after(t schemas.Time, d time.Duration) schemas.Time {
	if t == 0 {
		return 0
	}
	return t.Add(d)
}

// number is an amount of a case: whole, so that no arithmetic is in question.
func number(s string) int {
	n, _ := strconv.Atoi(s) // absent is 0
	return n
}
