package engine

import (
	"fmt"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/policy"
	"github.com/beckon-io/beckon/triggers/rule"
	"github.com/beckon-io/beckon/triggers/walltime"
)

// next is what a step leaves to do.
type next uint8

const (
	onward next = iota + 1 // at r.Op, which the step has set
	waits                  // until r.Due
	ends                   // the decision is made
)

// advance takes a run from where it stands to its next wait, or to its end; it
// tells whether the run lives on. Programs only jump forward, so it returns.
func (t *turn) advance(r *state.Run, tr *rule.Trigger) (alive bool) {
	t.in.Run = r
	for r.Op < len(tr.Steps) {
		t.in.Now = r.At
		from := r.Op
		then := t.step(r, tr, &tr.Steps[from])
		if trace := t.e.cfg.Trace; trace != nil {
			trace(tr, from, r.Op)
		}
		switch then {
		case waits:
			return true
		case ends:
			return false
		}
	}
	t.decideRun(r, r.At, "", schemas.Ended, 0, "", "")
	return false
}

// step does one operation at r.At.
func (t *turn) step(r *state.Run, tr *rule.Trigger, op *rule.Op) next {
	switch op.Kind {
	case rule.OpWait:
		return waitUntil(r, r.At.Add(op.Wait))
	case rule.OpWaitUntil:
		return t.waitUntilDate(r, tr, op)
	case rule.OpWaitLocal:
		return waitUntil(r, walltime.Next(r.At, op.Local.Clock, op.Local.Days, t.Location(t.c)))
	case rule.OpRequire:
		return t.require(r, tr, op)
	case rule.OpIf:
		return t.branch(r, tr, op)
	case rule.OpJump:
		r.Op = op.To
		return onward
	case rule.OpSplit:
		return t.split(r, op)
	case rule.OpSend:
		return t.send(r, tr, op)
	case rule.OpEmit:
		return t.emit(r, tr, op)
	default: // OpStop
		t.decideRun(r, r.At, op.Path, schemas.Ended, 0, "", stopped)
		return ends
	}
}

// waitUntil waits, unless the moment is not ahead: then the run goes on at once,
// at the previous step's time.
func waitUntil(r *state.Run, due schemas.Time) next {
	if due <= r.At {
		r.Op++
		return onward
	}
	r.Due = due
	return waits
}

// waitUntilDate ends the run where there is no date. So does an error: going on
// without the wait would send too early.
func (t *turn) waitUntilDate(r *state.Run, tr *rule.Trigger, op *rule.Op) next {
	err := t.recall(r, tr, op.Expr)
	var due schemas.Time
	ok := false
	if err == nil {
		due, ok, err = op.Expr.Timestamp(&t.in)
	}
	switch {
	case err != nil:
		t.decideRun(r, r.At, op.Path, schemas.Ended, schemas.ExpressionError, "", errorDetail(err))
		return ends
	case !ok:
		t.decideRun(r, r.At, op.Path, schemas.Ended, schemas.NoDate, "", "")
		return ends
	}
	return waitUntil(r, due)
}

// require ends the run where its condition does not hold. A condition that
// can't be told does not hold: what it guards is not sent.
func (t *turn) require(r *state.Run, tr *rule.Trigger, op *rule.Op) next {
	ok, err := t.truth(r, tr, op.Expr)
	switch {
	case err != nil:
		t.decideRun(r, r.At, op.Path, schemas.Ended, schemas.ExpressionError, "", errorDetail(err))
		return ends
	case !ok:
		t.decideRun(r, r.At, op.Path, schemas.Ended, schemas.FilterFailed, "", "")
		return ends
	}
	r.Op++
	return onward
}

// branch goes to one of the two lists; after an error past both.
func (t *turn) branch(r *state.Run, tr *rule.Trigger, op *rule.Op) next {
	yes, err := t.truth(r, tr, op.Expr)
	switch {
	case err != nil:
		t.decideRun(r, r.At, op.Path, schemas.Skipped, schemas.ExpressionError, "", errorDetail(err))
		r.Op = behind(tr, op)
	case yes:
		r.Op++
	default:
		r.Op = op.To
	}
	return onward
}

// behind is the operation after an `if` and its lists. The then list of an `if`
// with an else list closes with a jump over it.
func behind(tr *rule.Trigger, op *rule.Op) int {
	if last := &tr.Steps[op.To-1]; last.Kind == rule.OpJump && last.To > op.To {
		return last.To
	}
	return op.To
}

// split goes down one of the arms, the same for ever for a customer, trigger
// and name.
func (t *turn) split(r *state.Run, op *rule.Op) next {
	total := 0
	for _, arm := range op.Split.Arms {
		total += max(arm.Weight, 0)
	}
	if total == 0 {
		r.Op++
		return onward
	}
	point := int(policy.Point(uint64(total), t.c.Subject, r.Trigger, op.Split.Name))
	for _, arm := range op.Split.Arms {
		if point < arm.Weight {
			r.Op, r.Variant = arm.To, arm.Name
			break
		}
		point -= max(arm.Weight, 0)
	}
	return onward
}

// emit mails a new event, its time grace after the step's, so that its home can
// take it in order.
func (t *turn) emit(r *state.Run, tr *rule.Trigger, op *rule.Op) next {
	at := r.Op
	r.Op++
	if t.stale(r, tr) {
		t.decideRun(r, r.At, op.Path, schemas.Skipped, schemas.Stale, "", "")
		return onward
	}
	subject := t.c.Subject
	if x := op.Emit.Subject; x != nil {
		err := t.recall(r, tr, x)
		if err == nil {
			subject, err = x.Text(&t.in)
		}
		if err != nil {
			t.decideRun(r, r.At, op.Path, schemas.Skipped, schemas.ExpressionError, "", errorDetail(err))
			return onward
		}
	}
	data, err := t.object(r, tr, op.Emit.Data)
	if data == nil {
		data = []byte("{}")
	}
	var ev *schemas.Event
	if err == nil {
		id := emittedID(r.Trigger, t.c.Subject, r.Key, r.Start.ID, tr.Steps[at].Path)
		ev, err = schemas.FromData(id, t.e.cfg.App, op.Emit.Type, subject, r.At.Add(t.set.Policy.Grace), data)
	} else {
		err = fmt.Errorf("data: %w", err)
	}
	if err != nil {
		t.decideRun(r, r.At, op.Path, schemas.Skipped, schemas.ExpressionError, "", errorDetail(err))
		return onward
	}
	if _, _, internal := isInternal(subject); subject == "" || internal {
		t.decideRun(r, r.At, op.Path, schemas.Skipped, schemas.FilterFailed, "", "there is no subject to emit for")
		return onward
	}
	if len(subject) > schemas.MaxSubjectBytes {
		t.decideRun(r, r.At, op.Path, schemas.Skipped, schemas.ExpressionError, "",
			fmt.Sprintf("subject: %d bytes; at most %d are taken", len(subject), schemas.MaxSubjectBytes))
		return onward
	}
	if t.depth >= maxOwn {
		t.decideRun(r, r.At, op.Path, schemas.Skipped, schemas.TooManyRuns, "", answersItself)
		return onward
	}
	ev.TraceParent, ev.TraceState = r.TraceParent, r.TraceState
	t.mail(Mail{Kind: MailEvent, To: RecordOf(ev), Event: ev, Payload: []byte{0, byte(t.depth + 1)}, At: ev.Time})
	return onward
}
