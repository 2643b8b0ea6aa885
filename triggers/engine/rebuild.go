package engine

import (
	"fmt"
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/expr"
	"github.com/beckon-io/beckon/triggers/rule"
)

// rebuilt is an event again from what was kept of it. Without data it still has
// its id, type and time. The data was read once, so it can be read again.
func (t *turn) rebuilt(kept *state.StartEvent) *schemas.Event {
	raw := kept.Data
	if len(raw) == 0 {
		raw = []byte("{}")
	}
	subject := t.c.Subject
	if schemas.KindOf(kept.Type) == schemas.ProductUpdated {
		subject = skuIn(raw)
	}
	ev, err := schemas.FromData(kept.ID, kept.Source, kept.Type, subject, kept.Time, raw)
	if err != nil {
		ev, _ = schemas.FromData(kept.ID, kept.Source, kept.Type, subject, kept.Time, []byte("{}"))
	}
	return ev
}

// recall puts the run's start event and element back for an expression that
// asks for them: most steps that a timer reaches look at the customer only.
func (t *turn) recall(r *state.Run, tr *rule.Trigger, x *expr.Expr) error {
	if t.in.Event == nil && x.Uses("event") {
		t.in.Event = t.rebuilt(&r.Start)
	}
	if t.in.Item == nil && len(r.Start.Item) > 0 && tr.Start.Each != nil && x.Uses("item") {
		item, err := tr.Start.Each.ItemFromJSON(r.Start.Item)
		if err != nil {
			return err
		}
		t.in.Item = item
	}
	return nil
}

// truth evaluates a condition of a step.
func (t *turn) truth(r *state.Run, tr *rule.Trigger, x *expr.Expr) (bool, error) {
	if err := t.recall(r, tr, x); err != nil {
		return false, err
	}
	return x.Bool(&t.in)
}

// How many bytes a message's context, or an emitted event's data, has at most, and all
// of them that one event, or one wait, leads to. With what a run keeps of its start event
// a message then fits a topic with Kafka's own limit of a mebibyte, and all of them a
// transaction's time: what the cluster does not take would be tried for ever.
const (
	maxObject  = 800_000
	maxObjects = 16_000_000
)

// object evaluates a map of expressions to a JSON object, nil if there are none.
func (t *turn) object(r *state.Run, tr *rule.Trigger, fields []rule.Binding) ([]byte, error) {
	if len(fields) == 0 {
		return nil, nil
	}
	if t.bytes >= maxObjects {
		return nil, fmt.Errorf("what went before it has more than %d bytes", maxObjects)
	}
	b := append(t.json[:0], '{')
	for i, f := range fields {
		if err := t.recall(r, tr, f.Expr); err != nil {
			return nil, err
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(schemas.AppendQuoted(b, f.Name), ':')
		var err error
		if b, err = f.Expr.JSON(&t.in, b); err != nil {
			return nil, err
		}
		if len(b) >= maxObject {
			return nil, fmt.Errorf("with %s it has more than %d bytes", f.Name, maxObject)
		}
	}
	t.json = append(b, '}')
	t.bytes += len(t.json)
	return slices.Clone(t.json), nil
}

// usesEvent tells whether anything that happens to a run after its start looks
// at the start event. Where nothing does and one event starts a run for each of
// its elements, the runs don't each keep a copy of it.
func usesEvent(tr *rule.Trigger) bool {
	uses := func(x *expr.Expr) bool { return x != nil && x.Uses("event") }
	if uses(tr.Audience) {
		return true
	}
	for i := range tr.Steps {
		op := &tr.Steps[i]
		if uses(op.Expr) {
			return true
		}
		var fields []rule.Binding
		if op.Send != nil {
			fields = op.Send.Context
			if uses(op.Send.InStock) || op.Send.Offer != nil && uses(op.Send.Offer.ExpiresAt) {
				return true
			}
		}
		if op.Emit != nil {
			if fields = op.Emit.Data; uses(op.Emit.Subject) {
				return true
			}
		}
		for _, f := range fields {
			if uses(f.Expr) {
				return true
			}
		}
	}
	return false
}
