package engine

import (
	"encoding/binary"
	"slices"

	"github.com/beckon-io/beckon/schemas"
	"github.com/beckon-io/beckon/state"
	"github.com/beckon-io/beckon/triggers/rule"
)

// An offer with a limit goes to the first so many customers, exactly. Counting
// is the business of one record, the limit's; the customer's own has no say in
// what others get. So a send that passed all checks is counted for caps and
// re-entry, held, and mailed to the limit with the finished command. The limit
// emits it, or mails it back as denied, and then it is uncounted.
//
// The mail's payload, in both directions:
//
//	0..8   the limit, big-endian
//	8..16  due_at of the trigger's first message before this one, to uncount
//	16..   the command as a structured CloudEvent
const limitKind = "limit"

const limitHeader = 16

// askLimit mails a command to its limit instead of emitting it.
func (t *turn) askLimit(s *sending, cmd *schemas.Command, before state.TriggerSends) {
	payload := binary.BigEndian.AppendUint64(nil, uint64(s.op.Send.Offer.Limit))
	payload = binary.BigEndian.AppendUint64(payload, uint64(before.FirstAt))
	t.mail(Mail{
		Kind: MailLimit, To: Internal(limitKind, s.r.Trigger+"/"+s.op.Path), Customer: t.c.Subject,
		Payload: cmd.AppendStructured(payload, t.e.cfg.App), At: s.r.At,
	})
	t.decideRun(s.r, s.r.At, s.op.Path, schemas.Held, 0, "", cmd.Channel+": the limit decides")
}

func limited(op *rule.Op) bool { return op.Send.Offer != nil && op.Send.Offer.Limit > 0 }

// limitedCommand reads a payload; nil for what a newer version may have sent.
func limitedCommand(m Mail) (limit int64, firstBefore schemas.Time, cmd *schemas.Command) {
	if len(m.Payload) < limitHeader {
		return 0, 0, nil
	}
	limit = int64(binary.BigEndian.Uint64(m.Payload))
	firstBefore = schemas.Time(binary.BigEndian.Uint64(m.Payload[8:]))
	cmd, _, err := schemas.ParseCommand(m.Payload[limitHeader:], nil)
	if err != nil {
		return 0, 0, nil
	}
	return limit, firstBefore, cmd
}

// grant is the limit's answer.
func (t *turn) grant(m Mail) {
	limit, _, cmd := limitedCommand(m)
	if cmd == nil {
		return
	}
	if t.c.Entry().Granted >= limit {
		t.mail(Mail{Kind: MailLimitDeny, To: m.Customer, Payload: m.Payload, At: m.At})
		return
	}
	t.c.EditEntry().Granted++
	t.eff.Commands = append(t.eff.Commands, *cmd)
	t.eff.Decisions = append(t.eff.Decisions, schemas.Decision{
		Time: cmd.DueAt, Customer: m.Customer, Trigger: cmd.Trigger, Version: cmd.Version, Step: cmd.Step,
		Outcome: schemas.Sent, CommandID: cmd.CommandID, EventID: cmd.Cause.EventID, Detail: cmd.Channel,
	})
}

// denied takes back what the send was counted for.
func (t *turn) denied(m Mail) {
	_, firstBefore, cmd := limitedCommand(m)
	if cmd == nil || !t.wasSent(cmd.CommandID) {
		return
	}
	sends := t.c.EditSends()
	sends.Recent = slices.DeleteFunc(sends.Recent, func(s state.Sent) bool { return s.CommandID == cmd.CommandID })
	of := sends.Trigger(cmd.Trigger)
	if of.FirstAt == cmd.DueAt {
		of.FirstAt = firstBefore
	}
	of.Once = slices.DeleteFunc(slices.Clone(of.Once), func(template string) bool { return template == cmd.Template })
	of.Goals = slices.DeleteFunc(slices.Clone(of.Goals), func(g state.Goal) bool { return g.CommandID == cmd.CommandID })
	sends.SetTrigger(cmd.Trigger, of)

	key := ""
	runs := t.c.EditRuns()
	for i := range runs.Active {
		if r := &runs.Active[i]; r.ID == cmd.Run {
			r.Sent--
			key = r.Key
		}
	}
	t.decide(schemas.Decision{
		Time: cmd.DueAt, Trigger: cmd.Trigger, Version: cmd.Version, Key: key, Step: cmd.Step,
		Outcome: schemas.Skipped, Reason: schemas.LimitReached, CommandID: cmd.CommandID,
		EventID: cmd.Cause.EventID, Detail: cmd.Channel,
	})
}
