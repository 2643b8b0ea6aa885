package engine

import (
	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/expr"
)

// Look lets expressions look at a customer as it stands at an instant, without
// anything happening to it. The input is good until use returns.
func (e *Engine) Look(c *state.Customer, now schemas.Time, env Env, use func(*expr.Input)) {
	t := e.turn(c, env)
	t.in.Now = now
	use(&t.in)
	e.finish(t)
}
