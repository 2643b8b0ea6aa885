package rule

import (
	"fmt"
	"slices"
	"time"

	"github.com/beckon-io/beckon/triggers/expr"
)

// flattening turns nested steps into a flat program. A run then stands at one
// index, and going on never means climbing through a tree:
//
//   - if: A            0  if A, else to 3
//     then: [wait]     1  wait
//     2  jump to 4       (only where there is an else)
//     else: [send]     3  send
//   - stop: true       4  stop
//
// A split jumps to the first operation of an arm; every arm but the last ends
// with a jump behind the split. A target equal to the program's length is its
// end. Jumps have no path; all other operations have that of their step.
type flattening struct {
	l     *loading
	scope expr.Scope
	ops   []Op
	ends  bool // there is an until
}

func (f *flattening) steps(all []stepSpec, path string) {
	for i := range all {
		f.step(&all[i], fmt.Sprintf("%s[%d]", path, i))
	}
}

func (f *flattening) step(s *stepSpec, path string) {
	op := Op{Path: path, Line: s.line}
	switch {
	case s.Wait != nil:
		op.Kind, op.Wait = OpWait, time.Duration(*s.Wait)
	case s.WaitUntil != nil && s.WaitUntil.local != nil:
		op.Kind, op.Local = OpWaitLocal, s.WaitUntil.local.compile()
	case s.WaitUntil != nil:
		op.Kind, op.Expr = OpWaitUntil, f.l.compile(s.WaitUntil.expr, f.scope, expr.Timestamp)
	case s.Require != nil:
		op.Kind, op.Expr = OpRequire, f.l.compile(s.Require, f.scope, expr.Bool)
	case s.Send != nil:
		op.Kind, op.Send = OpSend, f.send(s.Send)
	case s.Emit != nil:
		op.Kind, op.Emit = OpEmit, f.emit(s.Emit)
	case s.Stop:
		op.Kind = OpStop
	case s.If != nil:
		f.branch(s, op, path)
		return
	case s.Split != nil:
		f.split(s.Split, op, path)
		return
	default: // a step with a mistake
		return
	}
	f.ops = append(f.ops, op)
}

func (f *flattening) branch(s *stepSpec, op Op, path string) {
	op.Kind, op.Expr = OpIf, f.l.compile(s.If, f.scope, expr.Bool)
	at := len(f.ops)
	f.ops = append(f.ops, op)
	f.steps(s.Then, path+".then")
	if len(s.Else) > 0 {
		jump := len(f.ops)
		f.ops = append(f.ops, Op{Kind: OpJump, Line: op.Line})
		f.ops[at].To = len(f.ops)
		f.steps(s.Else, path+".else")
		f.ops[jump].To = len(f.ops)
		return
	}
	f.ops[at].To = len(f.ops)
}

func (f *flattening) split(s *splitSpec, op Op, path string) {
	op.Kind, op.Split = OpSplit, &Split{Name: s.Name}
	f.ops = append(f.ops, op)
	var jumps []int
	for i, arm := range s.Arms {
		op.Split.Arms = append(op.Split.Arms, Arm{Name: arm.Name, Weight: arm.Weight, To: len(f.ops)})
		f.steps(arm.Steps, fmt.Sprintf("%s.arms[%d].steps", path, i))
		if i < len(s.Arms)-1 {
			jumps = append(jumps, len(f.ops))
			f.ops = append(f.ops, Op{Kind: OpJump, Line: op.Line})
		}
	}
	for _, j := range jumps {
		f.ops[j].To = len(f.ops)
	}
}

func (s *localSpec) compile() LocalTime {
	t := LocalTime{Clock: int(s.Time)}
	for _, d := range s.Days {
		t.Days = append(t.Days, time.Weekday(slices.Index(weekdays, d)))
	}
	return t
}

func (f *flattening) send(s *sendSpec) *Send {
	send := &Send{
		Template: s.Template, Channels: s.Channels.names, All: s.Channels.all,
		Context: f.bindings(s.Context), Expires: time.Duration(s.Expires), OnlyOnce: s.OnlyOnce, Cancel: s.Cancel,
		InStock: f.l.compile(s.InStock, f.scope, expr.Texts),
	}
	if s.Cancel && !f.ends {
		f.l.warn(s.cancelAt, "write what takes the reason away as `until`", "the trigger has no `until` that could call the message off")
	}
	if o := s.Offer; o != nil {
		send.Offer = &Offer{
			Kind: o.Kind, Value: o.Value, Currency: o.Currency, FreeShipping: o.FreeShipping, Minimum: o.Minimum,
			Expires: time.Duration(o.Expires), ExpiresAt: f.l.compile(o.ExpiresAt, f.scope, expr.Timestamp), Excludes: o.Excludes, Code: o.Code != nil, Limit: o.Limit,
		}
		if o.Code != nil {
			send.Offer.CodePrefix = o.Code.Prefix
		}
	}
	return send
}

func (f *flattening) emit(s *emitSpec) *Emit {
	return &Emit{Type: s.Type, Subject: f.l.compile(s.Subject, f.scope, expr.Text), Data: f.bindings(s.Data)}
}

func (f *flattening) bindings(all bindings) []Binding {
	var out []Binding
	for _, b := range all {
		out = append(out, Binding{Name: b.name, Expr: f.l.compile(b.expr, f.scope, expr.Any)})
	}
	return out
}
