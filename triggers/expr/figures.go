package expr

import (
	"slices"

	"github.com/beckon-io/beckon/state"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// figures are a trait's, by key. Most expressions ask for one of what may be a
// thousand: they are looked up one by one, and listed where all are asked for.
type figures struct {
	lookupMap
	kept   []state.TraitEntry
	value  func(key string) ref.Val
	listed bool
}

func (m *figures) Find(key ref.Val) (ref.Val, bool) {
	k, ok := key.(types.String)
	if !ok {
		return m.absent, false
	}
	return m.value(string(k)), true
}

func (m *figures) Get(key ref.Val) ref.Val { v, _ := m.Find(key); return v }

func (m *figures) Contains(key ref.Val) ref.Val {
	k, ok := key.(types.String)
	return types.Bool(ok && slices.ContainsFunc(m.kept, func(e state.TraitEntry) bool { return e.Key == string(k) }))
}

// list makes the entries, still without their values.
func (m *figures) list() *figures {
	if !m.listed {
		m.listed = true
		for i := range m.kept {
			m.entries = append(m.entries, rawEntry{key: m.kept[i].Key})
		}
		m.sort()
	}
	return m
}

func (m *figures) Size() ref.Val { return m.list().lookupMap.Size() }
func (m *figures) Value() any    { return m }

func (m *figures) Iterator() traits.Iterator { return m.list().lookupMap.Iterator() }

func (m *figures) Equal(other ref.Val) ref.Val {
	for i := range m.list().entries {
		m.entries[i].val = m.value(m.entries[i].key)
	}
	return m.lookupMap.Equal(other)
}

func (m *figures) ConvertToType(t ref.Type) ref.Val {
	if t == types.MapType {
		return m
	}
	return m.lookupMap.ConvertToType(t)
}
