package engine

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/policy"
)

// defaultExpires is how long a message may go out where its step doesn't say.
const defaultExpires = 24 * time.Hour

func (s *sending) expires() time.Duration {
	if s.op.Send.Expires > 0 {
		return s.op.Send.Expires
	}
	return defaultExpires
}

// emitCommand sends on one channel: the command, the ledger, the decision.
func (t *turn) emitCommand(s *sending, channel string) {
	r := s.r
	id := commandID(r.Trigger, t.c.Subject, r.Key, r.Start.ID, s.op.Path, channel)
	if t.wasSent(id) || t.aliasSent(r, s.op.Path, channel) { // by the run before its trigger's new version started it anew
		t.decideRun(r, r.At, s.op.Path, schemas.Skipped, schemas.AlreadySent, "", channel)
		return
	}
	cmd, err := t.command(s, channel, id)
	if err != nil {
		t.decideRun(r, r.At, s.op.Path, schemas.Skipped, schemas.ExpressionError, "", errorDetail(err))
		return
	}
	if limited(s.op) {
		t.askLimit(s, &cmd)
		return
	}
	t.enter(s, &cmd)
	t.follow(t.letOut(&cmd))
	t.decide(schemas.Decision{
		Time: r.At, Trigger: r.Trigger, Version: r.Version, Key: r.Key, Step: s.op.Path,
		Outcome: schemas.Sent, CommandID: id, EventID: r.Start.ID, Detail: channel,
	})
}

func (t *turn) wasSent(id schemas.CommandID) bool {
	return slices.ContainsFunc(t.c.Sends().Recent, func(s state.Sent) bool { return s.CommandID == id })
}

// stepSent tells whether the run's step has sent on the channel.
func (t *turn) stepSent(r *state.Run, step, channel string) bool {
	return t.wasSent(commandID(r.Trigger, t.c.Subject, r.Key, r.Start.ID, step, channel)) || t.aliasSent(r, step, channel)
}

// aliasSent is stepSent for the time before the customer was known by the anonymous id
// with which the run began.
func (t *turn) aliasSent(r *state.Run, step, channel string) bool {
	return slices.ContainsFunc(t.c.Core().Aliases, func(alias string) bool {
		return t.wasSent(commandID(r.Trigger, alias, r.Key, r.Start.ID, step, channel))
	})
}

// command is the message as the delivery service gets it.
func (t *turn) command(s *sending, channel string, id schemas.CommandID) (schemas.Command, error) {
	r, profile := s.r, &t.c.Core().Profile
	context, err := t.object(r, s.tr, s.op.Send.Context)
	if err != nil {
		return schemas.Command{}, fmt.Errorf("context: %w", err)
	}
	cmd := schemas.Command{
		CommandID: id, Action: schemas.Send,
		Trigger: r.Trigger, Version: r.Version, Run: r.ID, Step: s.op.Path, Variant: r.Variant,
		Class: s.tr.Class, Channel: channel, Template: s.op.Send.Template,
		Locale: policy.Locale(profile), To: policy.Address(profile, channel),
		DueAt: r.At, ExpiresAt: r.At.Add(s.expires()),
		Priority: s.tr.Priority, Context: context,
		Cause:    schemas.Cause{EventID: r.Start.ID, EventType: r.Start.Type, EventTime: r.Start.Time},
		Customer: t.c.Subject, TraceParent: r.TraceParent, TraceState: r.TraceState,
	}
	if q := t.set.Policy.Quiet; q.Covers(channel, s.tr.Class) {
		cmd.Quiet = q.Window(t.Location(t.c))
	}
	if s.op.Send.Offer == nil {
		return cmd, nil
	}
	if cmd.Offer, err = t.offer(s, &cmd); err != nil {
		return schemas.Command{}, fmt.Errorf("expires_at: %w", err)
	}
	return cmd, nil
}

// offer is what the message promises, with a code of its own if it has one.
// The error is that of the expression for its end; one without an end would
// promise more than its author meant.
func (t *turn) offer(s *sending, cmd *schemas.Command) (*schemas.Offer, error) {
	o := s.op.Send.Offer
	offer := &schemas.Offer{
		Kind: o.Kind, Value: o.Value, Currency: o.Currency, FreeShipping: o.FreeShipping,
		Minimum: o.Minimum, Excludes: o.Excludes,
	}
	if o.Expires > 0 {
		offer.ExpiresAt = cmd.DueAt.Add(o.Expires)
	}
	if x := o.ExpiresAt; x != nil {
		err := t.recall(s.r, s.tr, x)
		ok := false
		if err == nil {
			offer.ExpiresAt, ok, err = x.Timestamp(&t.in)
		}
		switch {
		case err != nil:
			return nil, err
		case !ok:
			return nil, errors.New("there is no date")
		case offer.ExpiresAt <= cmd.DueAt:
			return nil, errors.New("the offer has ended before the message goes out")
		}
	}
	if o.Code {
		offer.Code = couponCode(o.CodePrefix, t.e.cfg.Secret, cmd.CommandID)
	}
	return offer, nil
}

// enter notes a message in the run and in the ledger: for caps, re-entry,
// only_once and goals.
func (t *turn) enter(s *sending, cmd *schemas.Command) {
	r := s.r
	sends := t.c.EditSends()
	sends.Add(state.Sent{
		At: cmd.DueAt, CommandID: cmd.CommandID, Channel: cmd.Channel, Class: cmd.Class,
		Trigger: cmd.Trigger, Tags: s.tr.Tags, Priority: cmd.Priority, ExpiresAt: cmd.ExpiresAt,
	}, t.set.Policy.Needs)
	of := sends.Trigger(r.Trigger)
	if r.Sent == 0 {
		r.FirstSentAt = cmd.DueAt
		of.Before, of.FirstAt = of.FirstAt, max(of.FirstAt, cmd.DueAt)
	}
	r.Sent++
	of.AddOnce(cmd.Template) // a later version may ask
	if s.op.Send.Cancel {
		sends.AddOpen(s.revocable(cmd), cmd.DueAt)
	}
	if g := s.tr.Goal; g != nil {
		of.AddGoal(state.Goal{
			Run: r.ID, Version: r.Version, CommandID: cmd.CommandID, SentAt: cmd.DueAt, Until: cmd.DueAt.Add(g.Within), Key: r.Key, Step: cmd.Step,
		})
	}
	sends.SetTrigger(r.Trigger, of)
}
