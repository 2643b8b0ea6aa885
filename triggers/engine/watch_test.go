package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

const backInStock = `
name: back
start: {on: product.updated, when: event.stock > 0 && has(event.previous_stock) && event.previous_stock <= 0, key: event.sku}
until: [{on: order.placed}]
steps: [{send: {template: back, channels: [email]}}]
`

// mailOf is the mail of a kind that an event brings.
func mailOf(w *world, kind MailKind, ev *schemas.Event) (found []Mail) {
	c := w.record(RecordOf(ev))
	eff := w.e.Apply(c, ev, w.env(ev.Time))
	for _, m := range eff.Mail {
		if m.Kind == kind && !m.ToAll {
			found = append(found, m)
		}
	}
	return found
}

func view(t *testing.T, customer, sku string, at schemas.Time) *schemas.Event {
	return event(t, fmt.Sprint(customer, sku, at), "product.viewed", customer, at, `{"sku":"`+sku+`"}`)
}

func TestNothingIsWatchedWhileNoTriggerAsks(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", "name: t\nstart: {on: product.viewed}\nsteps: [{wait: 1h}]\n"))
	if m := mailOf(w, MailWatch, view(t, "ana", "tea", monday)); m != nil || len(w.record("ana").Views().Watched) != 0 {
		t.Errorf("mail %v, watched %v", m, w.record("ana").Views().Watched)
	}
}

func TestOneInterestADayIsMailed(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", backInStock))
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {time.Hour, 0}, {23 * time.Hour, 0}, {24 * time.Hour, 1}, {25 * time.Hour, 0}, {time.Minute, 0}} {
		if m := mailOf(w, MailWatch, view(t, "ana", "tea", monday.Add(c.after))); len(m) != c.want {
			t.Errorf("a look %s after the first: %d mails, want %d", c.after, len(m), c.want)
		}
	}
}

// Whatever a cart holds, it is a bounded number of products, and the list stays
// one.
func TestACartIsWatchedWithinBounds(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", backInStock))
	var items []string
	for i := range 5000 {
		items = append(items, fmt.Sprintf(`{"sku":"s%d"}`, i))
	}
	w.event(view(t, "ana", "tea", monday))
	w.event(event(t, "c", "cart.updated", "ana", monday.Add(time.Hour), `{"cart_id":"k","items":[`+strings.Join(items, ",")+`]}`))
	watched := 0
	for name, c := range w.records {
		if strings.HasPrefix(name, state.MemberPrefix) && !c.Empty() {
			watched++
		}
	}
	if n := len(w.record("ana").Views().Watched); n != state.MaxWatched || watched != n {
		t.Errorf("%d on the list, %d records of watchers; want %d", n, watched, state.MaxWatched)
	}
	if w.record("ana").Views().Watching("tea") >= 0 {
		t.Error("the oldest interest is still on the list")
	}
}

// A change that no condition can hold for is told to nobody; one that hangs on
// the customer, to all.
func TestAChangeThatMattersToNobodyIsNotTold(t *testing.T) {
	for _, c := range []struct {
		when string
		want bool
	}{
		{"event.stock > 0 && has(event.previous_stock) && event.previous_stock <= 0", false},
		{"event.stock < event.previous_stock", true},
		{"event.price < event.previous_price", false},
		{"event.stock == 0 && viewed(event.sku) > 1", true},
		{"event.data.nothing == 1", true},
		{`event.subject == "tea" && event.stock == 4`, true},
	} {
		w := newWorld(t, load(t, "t.yaml", "name: t\nstart: {on: product.updated, when: '"+c.when+"'}\nsteps: [{wait: 1h}]\n"))
		w.event(event(t, "p1", "product.updated", "tea", monday, `{"stock":5,"price":"3"}`))
		told := mailOf(w, MailProduct, event(t, "p2", "product.updated", "tea", monday+1, `{"stock":4}`))
		if len(told) > 0 != c.want {
			t.Errorf("%s: mail %v, want any: %t", c.when, told, c.want)
		}
	}
}

func TestManyWatchersAreToldInChunks(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", backInStock))
	const customers = 2*tellChunk + 17
	for i := range customers {
		w.event(view(t, fmt.Sprintf("c%04d", i), "tea", monday.Add(time.Duration(i))))
	}
	w.event(event(t, "p1", "product.updated", "tea", monday.Add(time.Hour), `{"stock":0}`))
	w.event(event(t, "p2", "product.updated", "tea", monday.Add(2*time.Hour), `{"stock":1}`))
	var told []string
	for _, cmd := range w.commands() {
		told = append(told, cmd.Customer)
	}
	slices.Sort(told)
	if n := len(told); n != customers || len(slices.Compact(told)) != customers {
		t.Errorf("%d commands for %d customers, want one for each of %d", n, len(slices.Compact(told)), customers)
	}
	for _, eff := range w.effects {
		if len(eff.Mail) > tellChunk+1 {
			t.Fatalf("%d mails at once", len(eff.Mail))
		}
	}
}

// The mail of who began to watch may come after a change has passed.
func TestSlowWatchersHearOfTheLastChange(t *testing.T) {
	for _, c := range []struct {
		looked time.Duration
		want   int
	}{{90 * time.Minute, 1}, {3 * time.Hour, 0}} {
		w := newWorld(t, load(t, "t.yaml", backInStock))
		w.event(event(t, "p1", "product.updated", "tea", monday.Add(time.Hour), `{"stock":0}`))
		watch := mailOf(w, MailWatch, view(t, "ana", "tea", monday.Add(c.looked)))
		w.event(event(t, "p2", "product.updated", "tea", monday.Add(2*time.Hour), `{"stock":1}`))
		w.clock = max(w.clock, monday.Add(c.looked))
		w.mail = append(w.mail, watch...)
		w.settle()
		if n := len(w.commands()); n != c.want {
			t.Errorf("looked %s after midnight: %d commands, want %d", c.looked, n, c.want)
		}
		w.mail = append(w.mail, watch...) // and once more
		w.settle()
		if n := len(w.commands()); n != c.want {
			t.Errorf("looked %s after midnight, mailed twice: %d commands, want %d", c.looked, n, c.want)
		}
	}
}

// Being told twice, by another way, is heard once and without a word.
func TestAChangeIsHeardOnce(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", backInStock))
	w.event(view(t, "ana", "tea", monday))
	w.event(event(t, "p1", "product.updated", "tea", monday.Add(time.Hour), `{"stock":0}`))
	back := event(t, "p2", "product.updated", "tea", monday.Add(2*time.Hour), `{"stock":1}`)
	w.event(back)
	n := len(w.decisions())
	w.mail = append(w.mail, Mail{Kind: MailProduct, To: "ana", Event: back, At: back.Time}, Mail{Kind: MailProduct, To: "bob", Event: back, At: back.Time})
	w.settle()
	if more := w.decisions()[n:]; n == 0 || len(more) > 0 {
		t.Errorf("%d decisions, then %v", n, more)
	}
	if !w.record("bob").Empty() {
		t.Error("a customer who watches nothing has got a record")
	}
}

func TestWatchersLapse(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", backInStock))
	w.event(view(t, "ana", "tea", monday))
	w.event(view(t, "ana", "tea", monday.Add(10*24*time.Hour)))
	watcher := w.record(watchersOf("tea") + "ana")
	w.advance(monday.Add(100*24*time.Hour-1), true)
	if watcher.Empty() {
		t.Fatal("gone before its time")
	}
	w.advance(monday.Add(100*24*time.Hour), true)
	if !watcher.Empty() || watcher.Wake() != 0 {
		t.Errorf("still there, waking at %s", watcher.Wake())
	}
}

// A shop's event may be as large as events get; what is told of it may not.
func TestALargeChangeIsToldWithoutItsExtras(t *testing.T) {
	w := newWorld(t, load(t, "t.yaml", strings.ReplaceAll(backInStock, "channels: [email]", "channels: [email], context: {sku: event.sku, stock: event.stock}")))
	w.event(view(t, "ana", "tea", monday))
	w.event(event(t, "p1", "product.updated", "tea", monday.Add(time.Hour), `{"stock":0}`))
	huge := `{"stock":1,"description":"` + strings.Repeat("x", 900<<10) + `"}`
	w.event(event(t, "p2", "product.updated", "tea", monday.Add(2*time.Hour), huge))
	if got := w.commands(); len(got) != 1 || string(got[0].Context) != `{"sku":"tea","stock":1}` {
		t.Errorf("commands %v", got)
	}
	if n := len(w.record(Internal(productKind, "tea")).Entry().Product.Change); n > 1000 {
		t.Errorf("the product keeps %d bytes of it", n)
	}
}

func TestWatchersOfAnyID(t *testing.T) {
	for _, sku := range []string{"tea", "1/2", "7/", "/", "a\x00b", "12"} {
		for _, customer := range []string{"ana", "/", "3/tea/x", ""} {
			subject := watchersOf(sku) + customer
			got, ok := watched(subject)
			if prefix, _ := Watchers(subject); got != sku || !ok || prefix != watchersOf(sku) || HomeKey(subject) != sku {
				t.Errorf("%q: product %q, prefix %q, home %q", subject, got, prefix, HomeKey(subject))
			}
		}
	}
	for _, subject := range []string{"ana", "3/tea/ana", Internal(productKind, "tea"), state.MemberPrefix, state.MemberPrefix + "9/tea/", state.MemberPrefix + "-1/tea"} {
		if sku, ok := watched(subject); ok {
			t.Errorf("%q watches %q", subject, sku)
		}
	}
}

func TestSKUIn(t *testing.T) {
	for raw, want := range map[string]string{
		`{"sku":"tea"}`: "tea", `{"sku":17}`: "17", `{"sku":1.5}`: "", `{"sku":null}`: "", `{"sku":{}}`: "", `{}`: "", `[`: "",
	} {
		if got := skuIn([]byte(raw)); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

// Whatever a shop says of a product, its watchers get figures that are right.
func TestChangesOfHostileProducts(t *testing.T) {
	long := strings.Repeat("x", 20<<10)
	for _, raw := range []string{
		`{"stock":1,"sku":{},"previous_price":[],"previous_stock":"none"}`,
		`{"stock":1,"price":"2","price":null,"currency":"<&>"}`,
		`{"stock":1,"n":1e999,"t":"\u0000\ud800","":{"":[[[[]]]]}}`,
		`{"stock":1,"category":"` + long + `"}`,
		`{"stock":-9223372036854775807,"price":"-1","replenish_days":-0.0001}`,
		`{"stock":1,"deep":` + strings.Repeat("[", 60) + strings.Repeat("]", 60) + `}`,
	} {
		ev := event(t, "p", "product.updated", `a"b`, monday, raw)
		old := state.Product{Stock: 5, HasStock: true}
		now := updatedProduct(old, ev)
		change := changeOf(ev, &old, &now)
		if change.Stock != ev.Stock || change.Price.Cmp(now.Price) != 0 || change.Subject != ev.Subject || skuIn(change.Raw) != ev.Subject {
			t.Errorf("%.80s: %.200s", raw, change.Raw)
		}
		if len(change.Raw) > maxChange {
			t.Errorf("%.80s: %d bytes for each watcher", raw, len(change.Raw))
		}
		if !strings.Contains(string(change.Raw), `"previous_stock":5`) || strings.Contains(string(change.Raw), "previous_price") {
			t.Errorf("%.80s: what was before is %.200s", raw, change.Raw)
		}
	}
}
