package rehearsal

import "github.com/beckon-io/beckon/triggers/scenario"

// pairing is one line of an alignment: indices into what was expected and what
// came out, -1 where the other has no partner.
type pairing struct {
	want, got int
	differs   []difference
}

// cell is what one expectation and one thing that came out have to do with each
// other.
type cell struct {
	differs []difference
	unlike  float64
}

// alignment pairs expectations with what came out so that as little as possible
// differs, in order.
type alignment struct {
	cells   [][]cell
	cost    [][]float64 // of the best alignment of the rests from i and j on
	surplus float64     // what something that nobody expected costs
}

// align pairs. Where extra is true what nobody expected costs next to nothing:
// of equal alignments the one with fewer strangers.
func (m matcher) align(want []scenario.Item, got []map[string]any, extra bool) []pairing {
	a := alignment{surplus: 1, cells: make([][]cell, len(want)), cost: make([][]float64, len(want)+1)}
	if extra {
		a.surplus = 1e-6
	}
	for i := range want {
		a.cells[i] = make([]cell, len(got))
		for j := range got {
			a.cells[i][j] = m.compare(want[i], got[j])
		}
	}
	for i := len(want); i >= 0; i-- {
		a.cost[i] = make([]float64, len(got)+1)
		for j := len(got); j >= 0; j-- {
			a.cost[i][j] = a.best(i, j, len(want), len(got))
		}
	}
	return a.pairs(len(want), len(got))
}

func (a *alignment) best(i, j, wants, gots int) float64 {
	switch {
	case i == wants:
		return a.surplus * float64(gots-j)
	case j == gots:
		return float64(wants - i)
	}
	return min(a.cells[i][j].unlike+a.cost[i+1][j+1], 1+a.cost[i+1][j], a.surplus+a.cost[i][j+1])
}

// pairs reads the best alignment off the costs.
func (a *alignment) pairs(wants, gots int) []pairing {
	var all []pairing
	for i, j := 0, 0; i < wants || j < gots; {
		switch {
		case i < wants && j < gots && a.cells[i][j].unlike+a.cost[i+1][j+1] <= a.cost[i][j]:
			all = append(all, pairing{i, j, a.cells[i][j].differs})
			i, j = i+1, j+1
		case i < wants && (j == gots || 1+a.cost[i+1][j] <= a.cost[i][j]):
			all = append(all, pairing{want: i, got: -1})
			i++
		default:
			all = append(all, pairing{want: -1, got: j})
			j++
		}
	}
	return all
}

// compare tells how far a thing is from what was expected: 0 as expected, below
// 2 worth a comparison, else another thing altogether.
func (m matcher) compare(want scenario.Item, got map[string]any) cell {
	compared := 0
	differs := m.differs(want.Want, got, "", &compared)
	if len(differs) == 0 {
		return cell{}
	}
	return cell{differs, 0.2 + 1.8*float64(len(differs))/float64(max(compared, 1))}
}
