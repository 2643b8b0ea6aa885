// Package mailbox is the format of records in the mailbox topic: mail between
// subjects, source records on their way to their home, and marks.
//
// A mailbox record carries what it is in one header, the frame, so that the raw
// parts stay as they are: a forwarded record has the key, value and headers it
// had in its source, and a dead letter made of it far from there is still the
// record that somebody produced. Its original timestamp is in the frame, for
// the record's own is the time of appending: with old event times the topic's
// retention would delete mail at once.
//
// The frame, numbers as (u)varints, texts and bytes preceded by their length:
//
//	format (1 byte, 1) | kind (1 byte) | origin task | rest
//
//	kind 1 … 99, mail: flags | at | to | customer | hops and place (where they say more), the
//	    record's value being
//	    event (id, source, type, subject, time, traceparent, tracestate, data) if flag 2,
//	    payload if flag 4
//	kind 100, forward: time | partition | offset | timestamp (ms) | leader epoch | topic |
//	    place (where no mark follows it),
//	    the record's value being the raw value
//	kind 101, mark: time | rank | sequence number, where there are rounds followed by 0 (other
//	    numbers are of earlier versions, and not read) | round | 1 if a wait is held, else 0
//
// The kinds of mail are engine.MailKind. Flag 1 is Mail.ToAll. A mail's key is
// its recipient, for people who look into the topic; it is not read.
package mailbox
