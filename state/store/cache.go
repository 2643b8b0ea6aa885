package store

import "github.com/beckon-io/beckon/state"

// held is a customer in memory. It is in one of two states: touched by the
// current transaction, or clean and in the list of the least recently used.
type held struct {
	c          *state.Customer
	key        string // of the core record in the database
	prev, next *held  // in the list; nil while touched
	touched    bool
	size       int // estimated, as counted in cache.size
}

// cache holds the decoded customers of one task, clean and touched ones. Only
// clean ones may be dropped for room.
//
// It needs no lock: one goroutine owns the task. It needs no copy on edit
// either: an edited customer serves its own transaction only, and is either
// committed or dropped with it.
type cache struct {
	bySubject map[string]*held
	ring      held // sentinel: next is the most recently used clean one
	size      int  // of all, estimated when last clean
}

func newCache() *cache {
	c := &cache{bySubject: make(map[string]*held)}
	c.ring.prev, c.ring.next = &c.ring, &c.ring
	return c
}

// put holds a customer that was not held, as touched.
func (c *cache) put(customer *state.Customer, key string) *held {
	h := &held{c: customer, key: key, touched: true}
	c.bySubject[customer.Subject] = h
	return h
}

// touch takes a clean customer out of the list.
func (c *cache) touch(h *held) {
	h.touched = true
	h.prev.next, h.next.prev = h.next, h.prev
	h.prev, h.next = nil, nil
}

// release puts a touched customer that is clean now back in front.
func (c *cache) release(h *held) {
	h.touched = false
	h.prev, h.next = &c.ring, c.ring.next
	h.prev.next, h.next.prev = h, h
	size := h.c.MemSize()
	c.size += size - h.size
	h.size = size
}

// drop forgets a touched customer.
func (c *cache) drop(h *held) {
	delete(c.bySubject, h.c.Subject)
	c.size -= h.size
}

// shrink drops clean customers, the least recently used first, until they take
// at most so many bytes.
func (c *cache) shrink(most int) {
	for c.size > most && c.ring.prev != &c.ring {
		h := c.ring.prev
		c.touch(h)
		c.drop(h)
	}
}
