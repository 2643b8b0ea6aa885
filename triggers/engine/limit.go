package engine

import (
	"encoding/binary"
	"encoding/json"
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// An offer with a limit goes to the first so many customers, exactly. Counting
// is the business of one record, the limit's; the customer's own has no say in
// what others get. So a send that passed all checks is counted for caps and
// re-entry, held, and mailed to the limit with the finished command. The limit
// emits it and tells the customer so, or mails it back as denied, and then it is
// uncounted.
//
// The mail's payload, in all directions:
//
//	0..8   the limit, big-endian
//	8..16  what re-entry counted from before the run's first message, to uncount
//	16     1: only_once was noted with this command, to uncount
//	17..   the command as a structured CloudEvent, with the run's key as attribute
//	       runkey, for the decision
const limitKind = "limit"

const limitHeader = 17

// askLimit counts a command and mails it to its limit instead of emitting it.
func (t *turn) askLimit(s *sending, cmd *schemas.Command) {
	before := t.c.Sends().Trigger(s.r.Trigger)
	t.enter(s, cmd)
	payload := binary.BigEndian.AppendUint64(nil, uint64(s.op.Send.Offer.Limit))
	payload = binary.BigEndian.AppendUint64(payload, uint64(t.c.Sends().Trigger(s.r.Trigger).Before))
	once := byte(0)
	if noted := t.c.Sends().Trigger(s.r.Trigger).Once; len(noted) > len(before.Once) {
		once = 1
	}
	payload = append(payload, once)
	payload = cmd.AppendStructured(payload, t.e.cfg.App)
	if s.r.Key != "" {
		payload = append(payload[:len(payload)-1], `,"runkey":`...)
		payload = append(schemas.AppendQuoted(payload, s.r.Key), '}')
	}
	t.mail(Mail{
		Kind: MailLimit, To: Internal(limitKind, s.r.Trigger+"/"+s.op.Path), Customer: t.c.Subject, Payload: payload, At: s.r.At,
	})
	t.decideRun(s.r, s.r.At, s.op.Path, schemas.Held, 0, "", cmd.Channel+": the limit decides")
}

func limited(op *rule.Op) bool { return op.Send.Offer != nil && op.Send.Offer.Limit > 0 }

// asked is what a payload says.
type asked struct {
	limit  int64
	before schemas.Time
	once   bool
	key    string // of the run
	cmd    *schemas.Command
}

// readAsked reads a payload; not ok for what a newer version may have sent.
func readAsked(m Mail) (a asked, ok bool) {
	if len(m.Payload) < limitHeader {
		return a, false
	}
	a.limit = int64(binary.BigEndian.Uint64(m.Payload))
	a.before = schemas.Time(binary.BigEndian.Uint64(m.Payload[8:]))
	a.once = m.Payload[16] == 1
	var also struct {
		Key string `json:"runkey"`
	}
	var err error
	if a.cmd, _, err = schemas.ParseCommand(m.Payload[limitHeader:], nil); err == nil {
		err = json.Unmarshal(m.Payload[limitHeader:], &also)
	}
	a.key = also.Key
	return a, err == nil
}

// grant is the limit's answer.
func (t *turn) grant(m Mail) {
	a, ok := readAsked(m)
	switch {
	case !ok:
		return
	case t.c.Entry().Granted >= a.limit:
		t.mail(Mail{Kind: MailLimitDeny, To: m.Customer, Payload: m.Payload, At: m.At})
		return
	}
	t.c.EditEntry().Granted++
	t.letOut(a.cmd)
	t.report(a.sent(m.Customer))
	t.mail(Mail{Kind: MailLimit, To: m.Customer, Customer: m.Customer, Payload: m.Payload, At: m.At})
}

// sent is the decision that the command goes out.
func (a *asked) sent(customer string) schemas.Decision {
	cmd := a.cmd
	return schemas.Decision{
		Time: cmd.DueAt, Customer: customer, Trigger: cmd.Trigger, Version: cmd.Version, Key: a.key, Step: cmd.Step,
		Outcome: schemas.Sent, CommandID: cmd.CommandID, EventID: cmd.Cause.EventID, Detail: cmd.Channel,
	}
}

// granted is what the customer hears: the decision, which the limit has
// published, is among the latest ones, and the code, if there is one, is known.
//
// A customer who was identified meanwhile is somebody else's alias: what is to be
// counted is there now.
func (t *turn) granted(m Mail) {
	a, ok := readAsked(m)
	if !ok || t.passedOn(m) || !t.wasSent(a.cmd.CommandID) {
		return
	}
	t.c.AddDecision(a.sent(""))
	t.follow(t.issued(a.cmd))
	t.followUp()
}

// denied takes back what the send was counted for.
func (t *turn) denied(m Mail) {
	a, ok := readAsked(m)
	if !ok || t.passedOn(m) || !t.wasSent(a.cmd.CommandID) {
		return
	}
	cmd := a.cmd
	sends := t.c.EditSends()
	sends.Settled(cmd.CommandID)
	sends.Recent = slices.DeleteFunc(sends.Recent, func(s state.Sent) bool { return s.CommandID == cmd.CommandID })
	of := sends.Trigger(cmd.Trigger)
	switch cmd.DueAt {
	case of.FirstAt:
		of.FirstAt = firstSince(sends, cmd)
	case of.Before: // a later run has sent, and may have to be taken back too
		of.Before = a.before
	}
	if a.once && !t.sentOtherwise(&a) {
		of.Once = slices.DeleteFunc(slices.Clone(of.Once), func(template string) bool { return template == cmd.Template })
	}
	of.Goals = slices.DeleteFunc(slices.Clone(of.Goals), func(g state.Goal) bool { return g.CommandID == cmd.CommandID })
	sends.SetTrigger(cmd.Trigger, of)

	runs := t.c.EditRuns()
	for i := range runs.Active {
		if r := &runs.Active[i]; r.ID == cmd.Run {
			r.Sent--
			a.key = r.Key // an older process has not sent it along
		}
	}
	t.decide(schemas.Decision{
		Time: cmd.DueAt, Trigger: cmd.Trigger, Version: cmd.Version, Key: a.key, Step: cmd.Step,
		Outcome: schemas.Skipped, Reason: schemas.LimitReached, CommandID: cmd.CommandID,
		EventID: cmd.Cause.EventID, Detail: cmd.Channel,
	})
}

// sentOtherwise tells whether a step of the run that asks no limit has sent the template
// meanwhile: then it went out all the same.
func (t *turn) sentOtherwise(a *asked) bool {
	cmd := a.cmd
	tr := t.set.Version(cmd.Trigger, cmd.Version)
	if tr == nil {
		return false
	}
	r := state.Run{Trigger: cmd.Trigger, Key: a.key, Start: state.StartEvent{ID: cmd.Cause.EventID}}
	return slices.ContainsFunc(tr.Steps, func(op rule.Op) bool {
		return op.Kind == rule.OpSend && op.Send.Template == cmd.Template && !limited(&op) &&
			slices.ContainsFunc(op.Send.Channels, func(channel string) bool { return t.stepSent(&r, op.Path, channel) })
	})
}

// firstSince is what re-entry counts from without a run's first message: its
// next one, if another has gone out since, else what it was before.
func firstSince(sends *state.Sends, cmd *schemas.Command) schemas.Time {
	for _, s := range sends.Recent {
		if s.Trigger == cmd.Trigger && s.At >= cmd.DueAt {
			return s.At
		}
	}
	return sends.Trigger(cmd.Trigger).Before
}
