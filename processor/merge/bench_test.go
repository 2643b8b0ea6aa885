package merge

import (
	"testing"
	"time"

	"github.com/beckon-io/beckon/schemas"
)

// A task of three sources with traffic on each: push, look, ask the clock, take.
func BenchmarkRecord(b *testing.B) {
	m := alone[*int](Config{Grace: 10 * time.Second, Sources: sources(3)}, Snapshot{})
	for l := range Log(4) {
		m.Seek(l, 0)
		m.Prove(l, 0, base)
	}
	payload, now := new(int), base
	var offsets [3]int64
	b.ReportAllocs()
	for i := 0; i < b.N; {
		for range 500 { // one poll
			l := i % 3
			m.Push(Log(l), Item[*int]{Time: now, Offset: offsets[l], Bytes: 300, Payload: payload})
			offsets[l]++
			now += 200
			i++
		}
		for l := range Log(4) {
			m.Prove(l, m.Position(l), now)
		}
		for {
			it, _ := m.Next(now)
			if it == nil {
				break
			}
			m.Clock(now)
			m.Take()
		}
	}
}

// The same with marks of 64 tasks and a third of the records forwarded.
func BenchmarkRecordForwarded(b *testing.B) {
	const tasks = 64
	m := alone[*int](Config{Grace: 10 * time.Second, Sources: []Source{{Forwards: true}}, Origins: tasks, Marks: true}, Snapshot{})
	m.Seek(0, 0)
	m.Seek(1, 0)
	payload, now := new(int), base
	var source, mailbox int64
	b.ReportAllocs()
	for i := 0; i < b.N; {
		for range 500 {
			it := Item[*int]{Time: now, Bytes: 300, Payload: payload}
			switch i % 3 {
			case 0:
				it.Offset = source
				source++
				m.Push(0, it)
			case 1:
				it.Offset = source
				source++
				m.Forward(0, it)
			default:
				it.Offset = mailbox
				mailbox++
				m.Forwarded(1+i%(tasks-1), it)
			}
			now += 200
			i++
		}
		for o := 1; o < tasks; o++ {
			m.Marked(o, Point{Time: now}, mailbox)
			mailbox++
		}
		m.Prove(0, source, now)
		drain(m, now)
	}
}

func drain(m *Merge[*int], now schemas.Time) {
	for {
		it, _ := m.Next(now)
		if it == nil {
			break
		}
		m.Clock(now)
		m.Take()
	}
	for {
		it, _ := m.NextForward()
		if it == nil {
			return
		}
		m.TakeForward()
	}
}
