package oracle

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

const day = 24 * time.Hour

// send asks what the contract asks before each send, in its order; false: the run
// waits, or is over.
func (w *walker) send(s *step, path string) bool {
	first, channels := w.now, s.channels
	if n, held := w.o.last(w.run, stands, path); held {
		first = n.first
		if s.all {
			channels = n.channels
		}
	}
	switch {
	case w.audience != nil && !w.audience.holds(frame{o: w.o, customer: w.customer, now: w.now}):
		return w.skip(path, schemas.FilterFailed)
	case w.isStale():
		return w.skip(path, schemas.Stale)
	case w.heldOut():
		w.skip(path, schemas.Holdout)
		return w.over(path, 0) // the skip has said why
	case w.tooSoon():
		w.skip(path, schemas.ReentryWindow)
		return w.over(path, 0)
	case s.once && w.sentOnce(s, path):
		return w.skip(path, schemas.AlreadySent)
	case s.all:
		return w.sendAll(s, path, first, channels)
	}
	var reasons []schemas.Reason
	for _, channel := range channels {
		reason, until := w.check(s, channel, first)
		switch {
		case reason == schemas.QuietHoursExpired:
			return w.skip(path, reason)
		case until != 0:
			return w.hold(path, until, first, nil)
		case reason == 0:
			w.emit(s, path, channel)
			return w.pass(path, "")
		}
		reasons = append(reasons, reason)
	}
	return w.skip(path, reasons[0])
}

// sendAll sends on every channel that may, and holds those that are quiet.
func (w *walker) sendAll(s *step, path string, first schemas.Time, channels []string) bool {
	var waiting []string
	var end schemas.Time
	for _, channel := range channels {
		why, until := w.check(s, channel, first)
		switch {
		case until != 0 && why == 0:
			waiting, end = append(waiting, channel), until
		case why != 0:
			w.o.decide(w.run, w.now, schemas.Skipped, why, path)
		default:
			w.emit(s, path, channel)
		}
	}
	if waiting != nil {
		return w.hold(path, end, first, waiting)
	}
	return w.pass(path, "")
}

// check is why a message may not go out on a channel, or until when it is held.
func (w *walker) check(s *step, channel string, first schemas.Time) (schemas.Reason, schemas.Time) {
	p := w.o.past(w.customer)
	switch {
	case !w.consented(p, channel):
		return schemas.NoConsent, 0
	case slices.Contains(w.o.ex.policy.needs, channel) && p.profile().address(channel) == "":
		return schemas.NoAddress, 0
	case w.suppressed(p, channel):
		return schemas.Suppressed, 0
	}
	if reason := w.capped(channel); reason != 0 {
		return reason, 0
	}
	until := w.quiet(channel)
	if until > first.Add(s.lifetime()) {
		return schemas.QuietHoursExpired, 0
	}
	return 0, until
}

func (s *step) lifetime() time.Duration { return cmp.Or(s.expires, day) }

// emit hands out a message.
func (w *walker) emit(s *step, path, channel string) {
	cmd := schemas.Command{
		CommandID: w.id(path, channel), Action: schemas.Send, Trigger: w.name, Step: path, Variant: w.o.variant(w.run),
		Class: w.class, Channel: channel, Template: s.template, DueAt: w.now, ExpiresAt: w.now.Add(s.lifetime()),
		Priority: w.priority, Customer: w.customer,
	}
	w.o.note(note{fact: wasSent, customer: w.customer, run: w.run, path: path, at: w.now, command: &cmd})
	w.o.commands = append(w.o.commands, cmd)
	w.o.decide(w.run, w.now, schemas.Sent, 0, path)
	w.o.decisions[len(w.o.decisions)-1].CommandID = cmd.CommandID
}

func (w *walker) skip(path string, reason schemas.Reason) bool {
	w.o.decide(w.run, w.now, schemas.Skipped, reason, path)
	return w.pass(path, "")
}

func (w *walker) hold(path string, until, first schemas.Time, channels []string) bool {
	w.o.decide(w.run, w.now, schemas.Held, 0, path)
	w.o.note(note{fact: stands, customer: w.customer, run: w.run, path: path, at: until, first: first, channels: channels})
	return false
}

// id is the first 128 bits of SHA-256 over what the contract names, each with
// its length in front.
func (w *walker) id(path, channel string) schemas.CommandID {
	sum := hash(w.name, w.customer, w.key, w.ev.id, path, channel)
	return schemas.CommandID(hex.EncodeToString(sum[:16]))
}

func hash(parts ...string) [32]byte {
	var all []byte
	for _, p := range parts {
		all = binary.BigEndian.AppendUint32(all, uint32(len(p)))
		all = append(all, p...)
	}
	return sha256.Sum256(all)
}

// point is where a customer falls on a wheel of so many steps. That it is always
// the same place is the contract's, which one is the program's: the first 8 bytes
// of the hash.
func point(steps int, parts ...string) int {
	sum := hash(parts...)
	return int(binary.BigEndian.Uint64(sum[:8]) % uint64(steps))
}
