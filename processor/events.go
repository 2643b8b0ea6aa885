package processor

import "github.com/beckon-io/beckon/schemas"

// eventPool keeps the events of a lane that were processed, to decode the next
// ones into. Nobody keeps an event longer than its processing: mail and commands
// are encoded at once, customers too. A decision keeps its id, and with that the
// batch of records it was read with.
type eventPool struct{ free []*schemas.Event }

// maxFreeEvents is about what one poll brings: all of it is decoded at once where it may
// belong to other tasks.
const maxFreeEvents = maxPolledRecords

func (p *eventPool) next() *schemas.Event {
	last := len(p.free) - 1
	if last < 0 {
		return new(schemas.Event)
	}
	ev := p.free[last]
	p.free = p.free[:last]
	return ev
}

// done takes back an event, nil where an item had none.
func (p *eventPool) done(ev *schemas.Event) {
	if ev != nil && len(p.free) < maxFreeEvents {
		p.free = append(p.free, ev)
	}
}
