package engine

import (
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/expr"
	"github.com/beckon-io/beckon/triggers/rule"
)

// turn is one call of the engine: what it works on and what it has decided so
// far. Turns are pooled; nothing of a turn outlives its call but its Effects.
type turn struct {
	e   *Engine
	set *rule.Set
	c   *state.Customer
	env Env
	eff Effects

	in    expr.Input     // of the evaluation at hand
	run   state.Run      // the run that in.Run points to
	zone  *time.Location // the customer's, once asked for
	moved []move         // figures that the event moved, for crossed()
	keys  keySet         // of the runs that one event has started of one trigger
	kept  keptAnswers    // to starts that come late
	kinds []runKind      // what the customer has runs of
	json  []byte         // room for an object
	bytes int            // of the objects so far
	again bool           // the run at hand has waited for its channel's rate
	full  bool           // there is no room for the run at hand to wait in

	page []schemas.Decision // the latest, of earlier turns too, see report

	at    schemas.Time // the time of the event that is applied, or came with the mail; 0: there is none
	own   []ownEvent   // of beckon's own making, that the customer is yet to have
	depth int          // how many of these have led to the event at hand, see maxOwn

	startsLater bool // what the event at hand starts waits for what an anonymous id kept

	occasions []occasion // of schedules, that have come and wait for their turn
	zoneKnown bool       // to be said in the effects
}

// move is how the event at hand changed a figure, or a text.
type move struct {
	figure string
	expr.Move
}

func newTurn(e *Engine) *turn {
	t := &turn{e: e, set: e.cfg.Set}
	t.in.Moved = t.movedBy // bound once: a method value allocates
	return t
}

func (e *Engine) turn(c *state.Customer, env Env) *turn {
	t := e.turns.Get().(*turn)
	t.c, t.env = c, env
	t.in.Customer, t.in.Facts = c, t
	return t
}

// finish takes the effects out and puts the turn back, without anything that
// belongs to the customer; the rest of a page of decisions is nobody's yet.
func (e *Engine) finish(t *turn) Effects {
	eff := t.eff
	eff.Wake = t.c.Wake()
	if t.zoneKnown {
		eff.Zone = t.Location(t.c).String()
	}
	*t = turn{
		e: t.e, set: t.set, moved: t.moved[:0], keys: t.keys.emptied(), kinds: t.kinds[:0], occasions: t.occasions[:0],
		own: t.own[:0], json: t.json[:0], page: t.page, in: expr.Input{Moved: t.in.Moved},
	}
	e.turns.Put(t)
	return eff
}

// movedBy is what expr.Input.Moved asks.
func (t *turn) movedBy(figure string) (m expr.Move, ok bool) {
	for i := range t.moved {
		if t.moved[i].figure == figure {
			return t.moved[i].Move, true
		}
	}
	return m, false
}

// note records that the event moved a figure.
func (t *turn) note(figure string, from, to schemas.Amount) {
	t.moved = append(t.moved, move{figure, expr.Move{From: from, To: to}})
}

// noteText records what a text was that the event has changed.
func (t *turn) noteText(name, from string) {
	t.moved = append(t.moved, move{name, expr.Move{Text: from}})
}

// mail queues mail.
func (t *turn) mail(m Mail) {
	if m.At == t.at {
		m.At = t.counts(m.At)
	}
	t.eff.Mail = append(t.eff.Mail, m)
}

// counts is what the time of the event at hand counts as where it travels on: a producer's
// clock may be ahead, and the recipient is not to wait for that.
func (t *turn) counts(at schemas.Time) schemas.Time {
	if t.at == 0 || t.env.Counts == 0 {
		return at
	}
	return min(at, t.env.Counts)
}
