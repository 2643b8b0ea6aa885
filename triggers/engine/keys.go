package engine

import (
	"fmt"
	"slices"

	"github.com/beckon-io/beckon/state"
)

// keySet holds keys of runs. Nearly always there are one or two; a list that a shop
// made may have tens of thousands.
type keySet struct {
	few  []string // the first of them
	rest map[string]struct{}
}

// fewKeys are looked through as fast as hashed.
const fewKeys = 32

// add puts a key in, false if it was there.
func (s *keySet) add(key string) bool {
	switch {
	case s.has(key):
		return false
	case len(s.few) < fewKeys:
		s.few = append(s.few, key)
	default:
		if s.rest == nil {
			s.rest = make(map[string]struct{})
		}
		s.rest[key] = struct{}{}
	}
	return true
}

func (s *keySet) has(key string) bool {
	if slices.Contains(s.few, key) {
		return true
	}
	_, ok := s.rest[key]
	return ok
}

// emptied is an empty set in the same memory.
func (s *keySet) emptied() keySet {
	clear(s.few)
	return keySet{few: s.few[:0]}
}

// checkKey refuses what no author can have meant as a key, such as all of an event's
// text. Only a start is held to it: runs that have begun with such a key go on.
func checkKey(key string) error {
	if len(key) > state.MaxRunKey {
		return fmt.Errorf("key: %d bytes; a run's key has at most %d: use an id", len(key), state.MaxRunKey)
	}
	return nil
}
