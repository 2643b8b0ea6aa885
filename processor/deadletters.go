package processor

import (
	"errors"

	"github.com/beckon-io/beckon/processor/deadletter"
	"github.com/beckon-io/beckon/processor/mailbox"
	"github.com/beckon-io/beckon/schemas"
)

// deadLetter sets a record aside, raw and with its reason, in the same
// transaction that moves past it.
func (l *lane) deadLetter(bad *badRecord, why cause) {
	reason := reasonOf(bad.err)
	l.batch.dead = append(l.batch.dead, DeadLetter{bad.record.Topic, reason.Stage, reason.Class})
	r := l.out.next()
	deadletter.Fill(r, bad.record, reason)
	if bad.refused > 0 {
		deadletter.Truncate(r, bad.refused)
	}
	r.Topic = l.p.cfg.Topics.DeadLetters
	l.out.send(r, why)
}

// reasonOf names an error for the dead letter's headers.
func reasonOf(err error) deadletter.Reason {
	why := deadletter.Reason{Class: "refused", Message: err.Error(), Stage: deadletter.Apply}
	var event *schemas.DecodeError
	var mail *mailbox.DecodeError
	var batch *batchTooLarge
	switch {
	case errors.As(err, &batch):
		why.Class, why.Stage = "batch_too_large", deadletter.Fetch
	case errors.As(err, &event):
		why.Class, why.Stage = string(event.Code), deadletter.Decode
	case errors.As(err, &mail):
		why.Class, why.Stage = string(mail.Problem), deadletter.Decode
	}
	return why
}
