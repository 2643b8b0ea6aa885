// Package demo is a small shop to watch beckon work on: an embedded broker
// whose data survives a restart, people who browse, fill carts, order, wait
// for parcels and come back, and a clock that runs faster than the wall's.
//
// The shop is made up; the same seed makes the same people and habits.
package demo
