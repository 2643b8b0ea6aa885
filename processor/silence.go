package processor

import (
	"context"
	"maps"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// listenEvery is how often sources with `expect` are asked for their newest
// record.
const listenEvery = 2 * time.Second

// listen watches the sources that are expected to speak: a feed that is dead
// looks like a quiet one, and only its operator knows how quiet it may be. While
// a source is silent for longer the clocks stand, so no wait ends for want of
// the event that would have ended it otherwise.
func (p *Processor) listen(ctx context.Context) {
	var watched []*source
	p.mu.Lock()
	for _, s := range p.layout.sources {
		if s.Expect > 0 {
			watched = append(watched, s)
		}
	}
	p.mu.Unlock()
	if len(watched) == 0 {
		return
	}
	tick := time.NewTicker(listenEvery)
	defer tick.Stop()
	heard := make(map[string]schemas.Time)
	for {
		p.listenOnce(ctx, watched, heard)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (p *Processor) listenOnce(ctx context.Context, watched []*source, heard map[string]schemas.Time) {
	silent := make(map[string]bool, len(watched))
	for _, s := range watched {
		if at, err := p.side.newest(ctx, s.Topic, s.partitions); err != nil {
			p.cfg.Log.Warn("cannot ask a source for its newest record", "source", s.Topic, "err", err)
		} else {
			heard[s.Topic] = max(heard[s.Topic], at)
		}
		silent[s.Topic] = p.cfg.Now().Sub(heard[s.Topic]) > s.Expect
	}
	p.mu.Lock()
	before := p.silent
	p.silent = silent
	lanes := append([]*lane(nil), p.lanes...)
	p.mu.Unlock()
	if maps.Equal(before, silent) {
		return
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
}

// silenced tells the lane's tasks which sources are silent for too long.
func (l *lane) silenced(silent map[string]bool) {
	l.silent = silent
	for _, in := range l.inputs {
		if in.task.phase == running {
			in.task.merge.Silence(in.log, l.silentSource(in))
		}
	}
}

// silentSource tells whether an input's source is silent for too long. While
// that is not known yet, one that is expected to speak counts as silent.
func (l *lane) silentSource(in *input) bool {
	if in.source == nil || in.source.Expect == 0 {
		return false
	}
	silent, known := l.silent[in.topic]
	return silent || !known
}
