package processor

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// listenEvery is how often sources with `expect` are asked for their newest
// record.
const listenEvery = 2 * time.Second

// listen watches the sources that are expected to speak: a feed that is dead
// looks like a quiet one, and only its operator knows how quiet it may be. While
// a source is silent for longer the clocks of all tasks stand, so no wait ends for
// want of the event that would have ended it otherwise: a source may have fewer
// partitions than there are tasks, and its events may travel on.
func (p *Processor) listen(ctx context.Context) {
	tick := time.NewTicker(listenEvery)
	defer tick.Stop()
	heard := make(map[string]voice)
	for {
		p.mu.Lock()
		lay := p.layout // partitions may have been added
		p.mu.Unlock()
		if !p.listenOnce(ctx, lay, heard) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// voice is what was heard of a source.
type voice struct {
	asked bool
	at    schemas.Time // when it last spoke
	end   int64        // of its logs, together
}

// listenOnce tells whether there is anything to listen to.
func (p *Processor) listenOnce(ctx context.Context, lay *layout, heard map[string]voice) bool {
	silent := make(map[string]bool)
	for _, s := range lay.sources {
		if s.Expect == 0 {
			continue
		}
		v, err := p.hear(ctx, s, heard[s.Topic])
		if err != nil {
			p.cfg.Log.Warn("cannot ask a source for its newest record", "source", s.Topic, "err", err)
		}
		heard[s.Topic] = v
		silent[s.Topic] = p.cfg.Now().Sub(v.at) > s.Expect
	}
	p.mu.Lock()
	before := p.silent
	p.silent = silent
	lanes := append([]*lane(nil), p.lanes...)
	p.mu.Unlock()
	if maps.Equal(before, silent) {
		return len(silent) > 0
	}
	for topic, s := range silent {
		if s && !before[topic] {
			p.cfg.Log.Error("a source has been silent for longer than expected: waits do not end until it speaks again", "source", topic)
		}
	}
	for _, l := range lanes {
		if l != nil {
			l.notices.post(func() { l.silenced(silent) })
		}
	}
	return true
}

// hear asks whether a source has spoken. It has where its logs have grown since it was
// asked before, whatever time its records say. When that was before the first time only
// the newest record tells, which is of no later moment than now.
func (p *Processor) hear(ctx context.Context, s *source, last voice) (voice, error) {
	at := p.cfg.Now()
	ends, err := p.side.offsets(ctx, logEnd, s.all())
	if err != nil {
		return last, err
	}
	v := voice{asked: true, at: min(last.at, at)} // the clock may have been set back
	for _, end := range ends {
		v.end += end
	}
	switch {
	case !last.asked:
		newest, err := p.side.newest(ctx, s.Topic, s.partitions)
		if err != nil {
			return last, err
		}
		v.at = min(newest, at)
	case v.end > last.end:
		v.at = at
	}
	return v, nil
}

// silenced takes in which sources are silent for too long.
func (l *lane) silenced(silent map[string]bool) {
	l.silent, l.hushed = silent, slices.ContainsFunc(l.lay.sources, func(s *source) bool { return isSilent(s, silent) })
}

// isSilent tells whether a source is silent for too long. While that is not known yet,
// one that is expected to speak counts as silent.
func isSilent(s *source, silent map[string]bool) bool {
	if s == nil || s.Expect == 0 {
		return false
	}
	long, known := silent[s.Topic]
	return long || !known
}
