package store

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/beckon-io/beckon/state"
)

// world is what records ought to say, as maps.
type world struct {
	database, applied, open map[string][]byte
	waiting                 map[string]bool // for the database
	under                   []pair          // taken and not written yet
	bytes                   int             // of those
}

// Records say what plain maps say, and take lists each change once, whether a
// transaction is open or not and whatever slabs have gone: values larger than a slab,
// deletions and members of sets included.
func TestRecordsAgreeWithMaps(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		most := []int{1 << 10, 64 << 10, 128 << 10, 1 << 20}[rng.IntN(4)]
		p := newRecords()
		w := &world{map[string][]byte{}, map[string][]byte{}, map[string][]byte{}, map[string]bool{}, nil, 0}
		for step := range 300 {
			if err := w.step(rng, p, most, step); err != nil {
				t.Fatalf("seed %d, step %d: %v", seed, step, err)
			}
		}
	}
}

func (w *world) step(rng *rand.Rand, p *records, most, step int) error {
	subject := fmt.Sprint("c", rng.IntN(40))
	if rng.IntN(5) == 0 {
		subject = state.MemberPrefix + subject
	}
	key := appendSectionKey(nil, 1, state.Section(rng.IntN(3)), subject)
	switch rng.IntN(12) {
	case 0, 1, 2, 3:
		w.write(rng, p, key, most, step)
	case 4, 5, 6:
		return w.read(p, key, most)
	case 7, 8:
		w.apply(p, most, step)
	case 9:
		if rng.IntN(2) == 0 {
			p.discard()
			clear(w.open)
		}
	case 10:
		return w.take(p)
	case 11:
		w.settle(p)
	}
	return nil
}

func (w *world) write(rng *rand.Rand, p *records, key []byte, most, step int) {
	value := bytes.Repeat([]byte{byte(step)}, 1+rng.IntN(900))
	switch rng.IntN(12) {
	case 0:
		value = nil
	case 1:
		value = bytes.Repeat(value, 10)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.write(key, value, most)
	w.open[string(key)] = value
}

func (w *world) read(p *records, key []byte, most int) error {
	e := p.find(hashOf(key), key)
	if e == nil {
		e = p.keep(hashOf(key), key, w.database[string(key)], most)
	}
	want, open := w.open[string(key)]
	if !open {
		want = w.applied[string(key)]
	}
	if !bytes.Equal(e.value(), want) {
		return fmt.Errorf("%q is %.20q for the lane, want %.20q", key, e.value(), want)
	}
	value, ok := p.look(key)
	if !ok {
		value = w.database[string(key)]
	}
	if want := w.applied[string(key)]; !bytes.Equal(value, want) {
		return fmt.Errorf("%q is %.20q for people, want %.20q", key, value, want)
	}
	return nil
}

func (w *world) apply(p *records, most, step int) {
	p.eachMember(func(key, value []byte) { assign(w.database, key, value) })
	w.open[string(metaKey(1))] = []byte(fmt.Sprint(step))
	p.apply(metaKey(1), w.open[string(metaKey(1))], most)
	for key, value := range w.open {
		assign(w.applied, []byte(key), value)
		if !isMember([]byte(key)) {
			w.waiting[key] = true
		}
	}
	clear(w.open)
}

func assign(to map[string][]byte, key, value []byte) {
	if value == nil {
		delete(to, string(key))
		return
	}
	to[string(key)] = bytes.Clone(value)
}

func (w *world) take(p *records) error {
	if w.under != nil {
		return nil // the writer writes one generation after the other
	}
	waiting := p.waiting
	w.under, w.bytes = p.take()
	if len(w.under) != len(w.waiting) || w.bytes != waiting {
		return fmt.Errorf("took %d changes of %d bytes, want %d of %d", len(w.under), w.bytes, len(w.waiting), waiting)
	}
	for _, c := range w.under {
		if !w.waiting[string(c.key)] || !bytes.Equal(c.value, w.applied[string(c.key)]) {
			return fmt.Errorf("took %q as %.20q, want %.20q", c.key, c.value, w.applied[string(c.key)])
		}
		delete(w.waiting, string(c.key))
	}
	return nil
}

func (w *world) settle(p *records) {
	for _, c := range w.under {
		assign(w.database, c.key, c.value)
	}
	if w.under != nil {
		p.settled(w.bytes)
	}
	w.under = nil
}

// The writer takes changes while the lane looks ahead.
func TestRecordsAreTakenBesideTheLane(t *testing.T) {
	p := newRecords()
	key := appendSectionKey(nil, 1, state.CoreSection, "ana")
	p.mu.Lock()
	p.write(key, []byte("v"), 1<<20)
	p.mu.Unlock()
	p.apply(metaKey(1), []byte("m"), 1<<20)
	var beside sync.WaitGroup
	beside.Go(func() {
		for range 100 {
			p.take()
		}
	})
	for range 1000 {
		p.touch([]uint64{hashOf(key)})
	}
	beside.Wait()
}

// A few changes among many records that the database has take little memory to list.
func TestAFewChangesAreAShortList(t *testing.T) {
	const most = 512 << 20
	p := newRecords()
	key := func(i int) []byte { return appendSectionKey(nil, 1, state.CoreSection, fmt.Sprintf("c-%06d", i)) }
	for i := range 50_000 {
		p.keep(hashOf(key(i)), key(i), make([]byte, 300), most)
	}
	p.txn.reset(p.slabs.end())
	p.mu.Lock()
	for i := range 1000 {
		p.write(key(i), make([]byte, 300), most)
	}
	p.mu.Unlock()
	p.apply(metaKey(1), nil, most)
	if all, _ := p.take(); len(all) != 1001 || cap(all) > 2000 {
		t.Errorf("%d changes in room for %d", len(all), cap(all))
	}
}
