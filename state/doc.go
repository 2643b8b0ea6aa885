// Package state holds what beckon knows about one customer: its types, their
// msgpack codec and the changelog records that carry them.
//
// A customer is a core and sections. Each section is decoded when it is first
// asked for and encoded only when it was edited, so that a page view does not
// pay for a year of purchases. Nothing here does I/O or reads a clock; a
// Customer belongs to one goroutine.
package state
