package expr

import (
	"math"
	"strconv"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/beckon-io/beckon/schemas"
)

// decimalOp is one of the operations of schemas.Amount.
type decimalOp func(a, b schemas.Amount) (schemas.Amount, bool)

// decimally is op for two doubles as a shop calculates: with the decimals that they
// stand for. Each is the nearest one to a price or a figure somebody wrote, and its
// shortest text is that again. In binary 7.00 × 0.95 is less than 6.65, and
// 20.33 - 19.90 is 0.4299999999999997. What 19 digits cannot hold, infinite numbers
// too, is left to op.
func decimally(l, r types.Double, op func(l, r ref.Val) ref.Val, exact decimalOp) ref.Val {
	plain := op(l, r)
	if whole(l) && whole(r) {
		if d, ok := plain.(types.Double); ok && whole(d) {
			return d // binary numbers hold it as it is
		}
	}
	a, ok := decimalOf(l)
	if !ok {
		return plain
	}
	b, ok := decimalOf(r)
	if !ok {
		return plain
	}
	if result, ok := exact(a, b); ok {
		return doubleOf(result)
	}
	return plain
}

func whole(d types.Double) bool {
	return d == types.Double(math.Trunc(float64(d))) && math.Abs(float64(d)) < maxExact
}

func decimalOf(d types.Double) (schemas.Amount, bool) {
	var room [32]byte
	a, err := schemas.ParseAmount(string(strconv.AppendFloat(room[:0], float64(d), 'g', -1, 64)))
	return a, err == nil
}
