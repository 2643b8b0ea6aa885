package engine

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
)

// A customer who looks at a product, puts it into the cart or asks for it
// watches it: the customer's record has the list, the product's home a record
// for each watcher, to go through when the product changes. The list is what
// counts; a watcher's record that outlives it is told of changes that the
// customer does not hear. Nobody watches anything while no trigger asks.

const (
	watchKept    = 90 * 24 * time.Hour // after the last interest
	watchRefresh = 24 * time.Hour      // an interest that follows sooner is the same one
)

// watches tells whether anything that is loaded starts or ends by changes of
// products, or counts them.
func (e *Engine) watches() bool {
	on, set := schemas.ProductUpdated.String(), e.cfg.Set
	return len(set.StartsOn(on)) > 0 || len(set.UntilOn(on)) > 0 || set.StoredEnds(on) || len(e.traitsOn[on]) > 0
}

// EndsByMail tells whether a change of a product, which its home mails to those who
// watch it, ends any run.
func (e *Engine) EndsByMail() bool {
	on := schemas.ProductUpdated.String()
	return len(e.cfg.Set.UntilOn(on)) > 0 || e.cfg.Set.StoredEnds(on)
}

// MayEnd tells whether what mail leads to may end a run that an event of its time is to
// end. Whom a limit lets out, and who watches a product, comes when it comes.
func (e *Engine) MayEnd(kind MailKind) bool {
	switch kind {
	case MailProduct:
		return e.EndsByMail()
	case MailWatch, MailLimit, MailLimitDeny:
		return false
	}
	return true
}

// cares notes the products that an event shows the customer to care about.
func (t *turn) cares(ev *schemas.Event) {
	switch {
	case ev.Type == schemas.ProductUnwatched:
		t.unwatch(skuIn(ev.Raw), ev.Time)
	case !t.e.watching:
	case ev.Kind == schemas.ProductViewed:
		t.interested(ev.SKU, ev.Time)
	case ev.Kind == schemas.CartUpdated, ev.Kind == schemas.CheckoutStarted:
		for i := range min(len(ev.Items), state.MaxWatched) {
			t.interested(ev.Items[i].SKU, ev.Time)
		}
	case ev.Type == schemas.ProductWatched:
		t.interested(skuIn(ev.Raw), ev.Time)
	}
}

// skuIn is the sku in an object, as the schema reads it: a text, or an integer's
// digits.
func skuIn(raw []byte) string {
	var data struct {
		SKU json.RawMessage `json:"sku"`
	}
	if json.Unmarshal(raw, &data) != nil {
		return ""
	}
	var text string
	if json.Unmarshal(data.SKU, &text) == nil {
		return text
	}
	if len(bytes.Trim(data.SKU, "-0123456789")) > 0 {
		return ""
	}
	return string(data.SKU)
}

// interested lets the customer watch a product.
func (t *turn) interested(sku string, at schemas.Time) {
	if sku == "" || len(sku) > schemas.MaxSubjectBytes || !t.e.watching {
		return
	}
	old := t.c.Views().Watched
	if i := t.c.Views().Watching(sku); i >= 0 && at < old[i].At.Add(watchRefresh) {
		return
	}
	views := t.c.EditViews()
	views.Watched = slices.DeleteFunc(views.Watched, func(w state.Watch) bool { return w.At < at.Add(-watchKept) })
	switch over := views.Watch(state.Watch{SKU: sku, At: at}); over.SKU {
	case sku:
		return
	case "":
	default:
		t.mailWatcher(over.SKU, at, false)
	}
	t.mailWatcher(sku, at, true)
}

// unwatch lets the customer not watch a product any more.
func (t *turn) unwatch(sku string, at schemas.Time) {
	if t.c.Views().Watching(sku) >= 0 {
		t.c.EditViews().Unwatch(sku)
		t.mailWatcher(sku, at, false)
	}
}

// unwatchAll takes the customer out at all products; the list is about to go.
func (t *turn) unwatchAll(at schemas.Time) {
	for _, w := range t.c.Views().Watched {
		t.mailWatcher(w.SKU, at, false)
	}
}

// mailWatcher tells the product's home that the customer watches it, or not any
// more.
func (t *turn) mailWatcher(sku string, at schemas.Time, on bool) {
	m := Mail{Kind: MailWatch, To: watchersOf(sku) + t.c.Subject, Customer: t.c.Subject, At: at}
	if !on {
		m.Payload = []byte{0}
	}
	t.mail(m)
}

// watch keeps the record of a watcher. One whose mail was slower than a change
// of the product, so that the change has passed it by, is told here.
func (t *turn) watch(m Mail) {
	sku, ok := watched(t.c.Subject)
	switch {
	case !ok:
		return
	case m.Payload != nil:
		*t.c.EditEntry() = state.Entry{}
		return
	}
	w := &t.c.EditEntry().Watcher
	w.Until = max(w.Until, m.At.Add(watchKept))
	if w.Since != 0 {
		return
	}
	w.Since = m.At
	if t.env.Product == nil {
		return
	}
	p := t.env.Product(sku)
	if p == nil || p.At <= m.At || len(p.Change) == 0 {
		return
	}
	change, err := schemas.Decode(p.Change, nil, schemas.DecodeOptions{Internal: true})
	if err == nil && change.Time > m.At { // an error is not reached: it was encoded by AppendEvent
		t.mail(Mail{Kind: MailProduct, To: strings.TrimPrefix(t.c.Subject, watchersOf(sku)), Event: change, At: change.Time})
	}
}

// lapse forgets a watcher whose time is over.
func (t *turn) lapse(due schemas.Time) {
	if until := t.c.Entry().Watcher.Until; until != 0 && until <= due {
		*t.c.EditEntry() = state.Entry{}
	}
}
