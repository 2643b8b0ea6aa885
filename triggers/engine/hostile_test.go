package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// Mail that a broken instance may have written does nothing, and certainly doesn't
// panic. What a newer one hands over is refused, for who can read it.
func FuzzReceive(f *testing.F) {
	f.Add(byte(MailEvent), "ana", "", []byte(`{"cart_id":"k"}`), []byte{1}, "cart.updated", int64(monday))
	f.Add(byte(MailMerge), "ana", "cookie", []byte(`{}`), []byte{0x94, 1, 0, 0, 0}, "x", int64(0))
	f.Add(byte(MailMerge), "ana", "cookie", []byte(`{}`), []byte{0x95, 48, 48, 48, 48, 48}, "x", int64(0))
	f.Add(byte(MailLimit), "\x00limit/t/steps[0]", "ana", []byte(`{}`), []byte("0123456789abcdef{}"), "x", int64(-1))
	f.Add(byte(MailBind), "\x00order/o1", "ana", []byte(`{}`), []byte(nil), "shipment.scanned", int64(monday))
	e := New(Config{App: "beckon", Set: load(f, "t.yaml", randomTriggers, "policy.yaml", randomPolicy), Lookup: true})
	f.Fuzz(func(t *testing.T, kind byte, to, customer string, data, payload []byte, eventType string, at int64) {
		c := state.New(to)
		m := Mail{Kind: MailKind(kind % 12), To: to, Customer: customer, Payload: payload, At: schemas.Time(at)}
		if ev, err := schemas.FromData("id", "shop", eventType, to, schemas.Time(at), data); err == nil {
			m.Event = ev
		}
		eff := e.Receive(c, m, Env{Wall: schemas.Time(at)})
		if eff.Wake != 0 {
			e.Fire(c, eff.Wake, Env{Wall: eff.Wake})
		}
		if err := c.Err(); err != nil && !(m.Kind == MailMerge && errors.Is(err, state.ErrNewer)) {
			t.Fatal(err)
		}
	})
}

// skus are n things in an order, as JSON.
func skus(prefix string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,{"sku":"%s%05d"}`, prefix, i)
	}
	return "[" + b.String()[1:] + "]"
}

// The keys of one event's elements are told apart by hashing where they are many.
func TestKeysOfManyElementsAreNotLookedThrough(t *testing.T) {
	var s keySet
	for i := range 2000 {
		if key := fmt.Sprint(i / 2); s.has(key) != (i%2 == 1) || s.add(key) != (i%2 == 0) {
			t.Fatalf("key %s at %d", key, i)
		}
	}
	if len(s.few) != fewKeys || len(s.few)+len(s.rest) != 1000 {
		t.Errorf("%d keys are looked through, %d hashed", len(s.few), len(s.rest))
	}
	if s = s.emptied(); s.has("1") || s.has("999") {
		t.Error("keys of another event's elements")
	}
}

// A late start with many elements asks an event that was kept for its own elements
// once. Twice the elements are twice the work, told by what it allocates.
func TestLateStartsOfManyElementsAskKeptEventsOnce(t *testing.T) {
	for _, x := range []struct {
		until string
		late  int // decisions of each thing that comes late
	}{
		{`match: key`, 2}, // started and ended
		{`when: '!event.data.items.exists(i, i.sku == "none")'`, 1},
	} {
		set := load(t, "t.yaml", "name: a\nclass: transactional\nstart: {on: [order.placed, order.imported], each: event.items, key: item.sku}\n"+
			"until: [{on: order.placed, "+x.until+"}]\nsteps: [{stop: true}]\n")
		work := func(n int) float64 {
			w := newWorld(t, set)
			w.event(event(t, "a", "order.placed", "ana", monday.Add(time.Hour), `{"order_id":"a","items":`+skus("a", n)+`}`))
			w.effects = nil
			var late []*schemas.Event // a first one for AllocsPerRun to warm up with
			for _, id := range []string{"b", "c"} {
				late = append(late, event(t, id, "order.imported", "ana", monday, `{"items":`+skus(id, n)+`}`))
			}
			allocs := testing.AllocsPerRun(1, func() {
				w.took(w.record("ana"), w.e.Apply(w.record("ana"), late[0], w.env(monday)))
				late = late[1:]
			})
			if got := len(w.decisions()); got != 2*x.late*n {
				t.Fatalf("%s: %d decisions of twice %d things", x.until, got, n)
			}
			return allocs
		}
		if one, two := work(200), work(400); two > 3*one {
			t.Errorf("%s: 200 elements allocate %.0f times, 400 do %.0f times", x.until, one, two)
		}
	}
}

// What a shop has taken for a key by mistake starts no run, and the other elements'
// runs start. A run that began with such a key, before that was so, is found by it.
func TestKeysThatNobodyMeantStartNoRuns(t *testing.T) {
	set := load(t, "t.yaml", `
name: a
class: transactional
start: {on: order.placed, each: event.items, key: item.sku}
until: [{on: order.cancelled}, {on: order.placed, match: key}]
steps: [{wait: 1h}, {send: {template: x, channels: [email]}}]
`)
	w := newWorld(t, set)
	long := strings.Repeat("x", state.MaxRunKey)
	w.event(event(t, "e1", "order.placed", "ana", monday, `{"items":[{"sku":"`+long+`x"},{"sku":"`+long+`"},{"sku":"s"},{"sku":"`+long+`x"}]}`))
	var told []string
	for _, d := range w.decisions() {
		told = append(told, strings.TrimSpace(fmt.Sprint(len(d.Key), " ", d.Outcome, " ", d.Reason, " ", d.Detail)))
	}
	want := []string{"0 skipped expression_error key: 1025 bytes; a run's key has at most 1024: use an id", "1024 started", "1 started"}
	if !slices.Equal(told, want) {
		t.Errorf("got  %q\nwant %q", told, want)
	}
	w.record("ana").EditRuns().Active[1].Key = long + "of old"
	w.event(event(t, "e2", "order.placed", "ana", monday.Add(1), `{"items":[{"sku":"`+long+`of old"}]}`))
	if runs := w.record("ana").Runs().Active; len(runs) != 1 || runs[0].Key != long {
		t.Errorf("%d runs go on", len(runs))
	}
}

// Goals keep their runs' keys: twenty of each of many triggers leave room for what
// else is known, whatever the keys.
func TestGoalsLeaveRoomForTheCustomer(t *testing.T) {
	var b strings.Builder
	for i := range 40 {
		fmt.Fprintf(&b, "---\nname: trigger-number-%d\nclass: transactional\nstart: {on: order.placed, key: event.order_id}\n"+
			"goal: {on: order.placed, when: event.total > 1000, within: 300d}\nsteps: [{send: {template: x, channels: [email]}}]\n", i)
	}
	w := newWorld(t, load(t, "t.yaml", b.String()))
	w.event(event(t, "c", "cart.updated", "ana", monday.Add(100*time.Hour), `{"cart_id":"k","items":[{"sku":"a"}]}`))
	for i := range 25 {
		order := fmt.Sprintf(`{"order_id":"%d%s","total":5,"items":[{"sku":"s"}]}`, i, strings.Repeat("x", 1000))
		w.event(event(t, fmt.Sprint("e", i), "order.placed", "ana", monday.Add(time.Duration(i)*time.Minute), order))
		c := w.record("ana")
		if whole, err := c.EncodeWhole(); err != nil || len(whole) > state.MaxBytes {
			t.Fatalf("%d bytes after order %d, %v", len(whole), i, err)
		}
		if n := len(c.Orders().Recent); n != min(i+1, state.MaxRecentOrders) || len(c.Cart().Items) != 1 || len(c.Sends().Recent) == 0 {
			t.Fatalf("%d orders are left of %d", n, i+1)
		}
	}
	if goals := w.record("ana").Sends().Trigger("trigger-number-7").Goals; len(goals) == 0 || goals[len(goals)-1].SentAt != monday.Add(24*time.Minute) {
		t.Error("the latest message waits for no goal")
	}
}

// What no topic takes is left out, with its reason, and the run goes on: where a wait
// led to it nothing else could be set aside.
func TestMessagesThatNoTopicTakesAreLeftOut(t *testing.T) {
	bindings := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf("field%d: event.data", i))
		}
		return "{" + strings.Join(all, ", ") + "}"
	}
	w := newWorld(t, load(t, "t.yaml", fmt.Sprintf(`
name: t
start: {on: visit}
steps:
  - wait: 1h
  - send: {template: large, channels: [email], context: %s}
  - emit: {type: large, data: %[1]s}
  - send: {template: next, channels: [email], context: %s}
`, bindings(7), bindings(6))))
	w.event(event(t, "e", "visit", "ana", monday, `{"x":"`+strings.Repeat("x", 130_000)+`"}`))
	w.advance(monday.Add(time.Hour), true)
	var told []string
	for _, d := range w.decisions() {
		if d.Outcome == schemas.Skipped {
			told = append(told, fmt.Sprint(d.Step, " ", d.Reason, " ", d.Detail))
		}
	}
	const why = "with field6 it has more than 800000 bytes"
	want := []string{"steps[1] expression_error context: " + why, "steps[2] expression_error data: " + why}
	if sent := w.commands(); !slices.Equal(told, want) || len(sent) != 1 || sent[0].Template != "next" {
		t.Errorf("skipped %q, want %q; sent %d", told, want, len(sent))
	}
}

// A cart of a thousand lines, each of which has a message with all of them.
func TestOneEventLeadsToSoMuchAndNoMore(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", `
name: t
start: {on: order.placed, each: event.items}
steps: [{send: {template: x, channels: {all: [email, push, sms]}, context: {order: event.data}}}]
`))
	items := strings.Repeat(`,{"sku":"`+strings.Repeat("s", 80)+`"}`, 1000)[1:]
	w.event(event(t, "e", "order.placed", "ana", monday, `{"items":[`+items+`]}`))
	bytes, refused := 0, 0
	for _, cmd := range w.commands() {
		bytes += len(cmd.Context)
	}
	for _, d := range w.decisions() {
		if d.Reason == schemas.ExpressionError {
			refused++
		}
	}
	if bytes < maxObjects || bytes > maxObjects+maxObject || refused == 0 || refused+len(w.commands()) != 3000 {
		t.Errorf("%d messages with %d bytes, %d refused", len(w.commands()), bytes, refused)
	}
	w.told("ana", "order.placed", monday.Add(time.Hour), `{"items":[{"sku":"a"}]}`)
	if last := w.effects[len(w.effects)-1]; len(last.Commands) != 3 {
		t.Errorf("the next event leads to %d messages", len(last.Commands))
	}
}

// An order of six thousand lines, for each of which a condition goes through all of them,
// or through as many others.
func TestOneEventTakesSoMuchWorkAndNoMore(t *testing.T) {
	if testing.Short() {
		t.Skip("a hundred million steps, of one goroutine")
	}
	w := newWorld(t, load(t, "t.yaml", `
name: among-all
start: {on: order.placed, each: event.items, key: item.sku, when: "event.items.filter(i, i.sku == item.sku).size() == 1"}
steps: [{send: {template: x, channels: [email]}}]
---
name: none-of
start: {on: order.placed, each: event.items, key: item.sku, when: "!(item.sku in event.data.none)"}
priority: 60
steps: [{send: {template: x, channels: [email]}}]
---
name: plain
start: {on: order.placed, when: "event.total >= 0"}
priority: 40
steps: [{send: {template: y, channels: [email]}}]
`))
	var items, none strings.Builder
	for i := range 6000 {
		fmt.Fprintf(&items, `,{"sku":"s%d"}`, i)
		fmt.Fprintf(&none, `,"n%d"`, i)
	}
	w.event(event(t, "e", "order.placed", "ana", monday, `{"items":[`+items.String()[1:]+`],"none":[`+none.String()[1:]+`]}`))
	var told []string
	for _, d := range w.decisions() {
		if d.Reason == schemas.ExpressionError {
			told = append(told, d.Trigger+" "+d.Detail)
		}
	}
	const why = " what went before it took more than 50000000 steps"
	if want := []string{"none-of" + why, "among-all" + why}; !slices.Equal(told, want) {
		t.Errorf("skipped %q, want %q", told, want)
	}
	plain := func(c schemas.Command) bool { return c.Trigger == "plain" }
	if sent := w.commands(); len(sent) < 1000 || len(sent) > 5000 || !slices.ContainsFunc(sent, plain) {
		t.Errorf("%d messages, %v", len(sent), w.decisions()[len(w.decisions())-1])
	}
	w.told("ana", "order.placed", monday.Add(time.Hour), `{"items":[{"sku":"a"}],"none":[]}`)
	if last := w.effects[len(w.effects)-1]; len(last.Commands) != 3 {
		t.Errorf("the next event leads to %d messages", len(last.Commands))
	}
}

// What is told to every task is what they need of the event.
func TestAllTasksAreToldTheFactsAlone(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", "name: t\nstart: {on: visit}\nsteps: [{send: {template: x, channels: [email]}}]"))
	w.event(event(t, "p", "product.updated", "tea", monday, `{"sku":"tea","price":"9.90","currency":"EUR","category":"drinks","stock":0,"replenish_days":30,`+
		`"low_margin":true,"description":"`+strings.Repeat("x", 900_000)+`"}`))
	mail := w.effects[len(w.effects)-1].Mail
	i := slices.IndexFunc(mail, func(m Mail) bool { return m.ToAll })
	if i < 0 || len(mail[i].Event.Raw) > 200 {
		t.Fatalf("%d mails; the one to all is too large, or there is none", len(mail))
	}
	other := state.New(mail[i].To)
	w.e.Receive(other, mail[i], Env{Wall: monday})
	p := other.Entry().Product
	if p.Category != "drinks" || !p.LowMargin || !p.SoldOut() || p.ReplenishDays.String() != "30" || p.Price.String() != "9.90" || p.Currency != "EUR" {
		t.Errorf("the others know %+v", p)
	}
}
