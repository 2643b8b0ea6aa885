package processor

import (
	"context"
	"time"

	"github.com/beckon-io/beckon/processor/merge"
	"github.com/beckon-io/beckon/schemas"
)

// ask asks for the ends of logs where a proof is missing, and for the sources'
// partitions: once a second, or at once if a wait or a head needs it.
func (l *lane) ask() {
	if l.asking || time.Since(l.lastAsk) < askAgain {
		return
	}
	regular := time.Since(l.asked) >= l.askEvery()
	parts, extents := l.unproven(regular)
	l.lastAsk = time.Now()
	if regular {
		l.asked = l.lastAsk
	}
	if len(parts) == 0 && !extents {
		return
	}
	l.asking = true
	at := l.p.cfg.Now()
	ctx, cancel := context.WithTimeout(l.p.background, transactionTimeout)
	l.p.async.Go(func() {
		defer cancel()
		if extents {
			now, err := l.p.side.extents(ctx, l.lay.sourceTopics())
			l.notices.post(func() { l.surveyed(now, at, err) })
		}
		ends, err := l.p.side.offsets(ctx, logEnd, parts)
		l.notices.post(func() { l.proven(ends, at, err) })
	})
}

// askEvery is how old what is known of logs and tasks may get. Where the clock is one of
// its own, which may go a thousand times as fast, a second is an age.
func (l *lane) askEvery() time.Duration {
	if l.p.cfg.OwnClock {
		return 2 * ownClockPoll
	}
	return askEvery
}

// unproven are the logs whose ends are to be asked for; extents tells that clocks
// are held up by what is not known of the sources' partitions, or will be once those are
// proven. A task in backlog is behind all that was ever asked.
func (l *lane) unproven(regular bool) (parts []partition, extents bool) {
	extents = regular
	var logs []merge.Log
	for _, t := range l.order {
		if t.phase != running || !regular && (l.hushed || !t.wantsProof) {
			continue
		}
		extents = extents || t.merge.Clear(l.covered)
		t.wantsProof = false
		logs = t.merge.Needs(logs[:0], l.now)
		for _, n := range logs {
			parts = append(parts, t.inputs[n].partition)
		}
	}
	return parts, extents
}

// proven hands the ends of logs, asked for at a moment, to the tasks. An end before
// what was read already is none: the broker is behind, or the topic another one.
func (l *lane) proven(ends map[partition]int64, at schemas.Time, err error) {
	l.asking = false
	if err != nil && l.p.background.Err() == nil {
		l.log.Warn("cannot ask how far logs reach; waits end later", "err", err)
	}
	for p, end := range ends {
		if in := l.inputs[p]; in != nil && in.task.phase == running && end >= in.position() {
			in.end = max(in.end, end)
			in.task.merge.Prove(in.log, end, at)
		}
	}
}
