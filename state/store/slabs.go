package store

import (
	"encoding/binary"
	"strings"
	"unsafe"
)

// slabs are pieces of memory in which entries lie one after the other, in the
// order in which they were added. An entry's key and value are never changed or
// moved in their slab, and a slab is never used again: whoever holds a part of
// one may keep it.
//
// One goroutine adds; others may read what was added before they were told of
// it.
type slabs struct {
	list  []slab // ascending by number, the last one being filled
	first uint32 // number of list[0]
	bytes int    // of all slabs
}

type slab struct {
	mem  []byte
	used int
}

// entry is an entry's bytes, and what follows it:
//
//	0..4    length of the key
//	4..8    length of the value; gone: deleted
//	8..12   the generation in which it was changed, 0: as the database has it;
//	        or dead
//	12..16  the generation of the entry that it replaces, for discard
//	16..24  the entry that it replaces, no more of interest once it is applied
//	24..28  the patch that makes it of the one before, counted from 1 in the transaction, 0:
//	        there is none
//	28..    key, value
//
// Numbers are little-endian.
type entry []byte

const (
	entryHeader = 28
	pieceRead   = 16 << 10 // at a time, by each: half of a first-level cache
	gone        = 1<<32 - 1
	dead        = 1<<32 - 1 // something newer has replaced it
)

// ref is where an entry lies: the number of its slab, from 1, and the byte in it.
// The zero ref is none.
type ref struct{ slab, at uint32 }

// before tells that an entry came earlier than another.
func (r ref) before(s ref) bool { return r.slab < s.slab || r.slab == s.slab && r.at < s.at }

func (e entry) keyLen() int { return int(binary.LittleEndian.Uint32(e)) }

func (e entry) key() []byte { return e[entryHeader : entryHeader+e.keyLen()] }

// value is nil if the key was deleted.
func (e entry) value() []byte {
	n := binary.LittleEndian.Uint32(e[4:])
	if n == gone {
		return nil
	}
	from := entryHeader + e.keyLen()
	return e[from : from+int(n) : from+int(n)]
}

func (e entry) size() int { return entryHeader + e.keyLen() + len(e.value()) }

func (e entry) since() uint32     { return binary.LittleEndian.Uint32(e[8:]) }
func (e entry) setSince(n uint32) { binary.LittleEndian.PutUint32(e[8:], n) }

// prior is the entry that e replaces, and the generation in which that was changed.
func (e entry) prior() (ref, uint32) {
	return ref{binary.LittleEndian.Uint32(e[16:]), binary.LittleEndian.Uint32(e[20:])}, binary.LittleEndian.Uint32(e[12:])
}

func (e entry) setPrior(r ref, since uint32) {
	binary.LittleEndian.PutUint32(e[12:], since)
	binary.LittleEndian.PutUint32(e[16:], r.slab)
	binary.LittleEndian.PutUint32(e[20:], r.at)
}

func (e entry) patch() int     { return int(binary.LittleEndian.Uint32(e[24:])) }
func (e entry) setPatch(n int) { binary.LittleEndian.PutUint32(e[24:], uint32(n)) }

func newSlabs() slabs { return slabs{first: 1} }

func (s *slabs) entry(r ref) entry { return s.list[r.slab-s.first].mem[r.at:] }

// add copies an entry to its place; value nil: it is gone. A new slab takes
// about room bytes.
func (s *slabs) add(key, value []byte, since uint32, room int) (ref, entry) {
	size := entryHeader + len(key) + len(value)
	if len(s.list) == 0 || size > len(s.last().mem)-s.last().used {
		s.grow(max(room, size))
	}
	l := s.last()
	r := ref{s.first + uint32(len(s.list)-1), uint32(l.used)}
	e := entry(l.mem[l.used:])
	binary.LittleEndian.PutUint32(e, uint32(len(key)))
	n := uint32(len(value))
	if value == nil {
		n = gone
	}
	binary.LittleEndian.PutUint32(e[4:], n)
	e.setSince(since)
	e.setPrior(ref{}, 0)
	e.setPatch(0)
	copy(e[entryHeader:], key)
	copy(e[entryHeader+len(key):], value)
	l.used += size
	return r, e
}

func (s *slabs) last() *slab { return &s.list[len(s.list)-1] }

// end is where the next entry will lie, or before that.
func (s *slabs) end() ref {
	if len(s.list) == 0 {
		return ref{s.first, 0}
	}
	return ref{s.first + uint32(len(s.list)-1), uint32(s.last().used)}
}

func (s *slabs) grow(size int) {
	mem := uncleared(size)
	preferHuge(mem)
	s.list = append(s.list, slab{mem: mem})
	s.bytes += len(mem)
}

// uncleared is memory of at least so many bytes, which hold anything. To clear a slab
// would push what the processor has at hand out of its caches, for nothing. A string's
// builder is what the runtime gives such memory to; the string ends where it begins.
func uncleared(size int) []byte {
	var b strings.Builder
	b.Grow(1 + size)
	b.WriteByte(0)
	return unsafe.Slice(unsafe.StringData(b.String()), b.Cap())[1:]
}

// each calls f with the entries from one place to before another, as far as they are
// still there. sum is of what was read.
func (s *slabs) each(from, to ref, f func(entry)) (sum uint64) {
	if from.slab < s.first {
		from = ref{slab: s.first}
	}
	for n := from.slab; n <= to.slab && n < s.first+uint32(len(s.list)); n++ {
		l := &s.list[n-s.first]
		begin, end := 0, l.used
		if n == from.slab {
			begin = int(from.at)
		}
		if n == to.slab {
			end = int(to.at)
		}
		sum += l.each(begin, end, f)
	}
	return sum
}

// each reads the memory a piece ahead: where the next entry lies is known from this
// one, and a processor would wait for one after the other.
func (l *slab) each(begin, end int, f func(entry)) (sum uint64) {
	for at, read := begin, begin; at < end; {
		if at >= read {
			read = min(at+pieceRead, end)
			sum += touch(l.mem[at:read])
		}
		e := entry(l.mem[at:])
		f(e)
		at += e.size()
	}
	return sum
}

// drop takes the first slab away.
func (s *slabs) drop() {
	s.bytes -= len(s.list[0].mem)
	s.list[0] = slab{}
	s.list, s.first = s.list[1:], s.first+1
}
