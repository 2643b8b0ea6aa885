package state

import (
	"errors"
	"math"

	"github.com/beckon-io/beckon/schemas"
)

// ErrCorrupt says that stored bytes are not what this package writes. Such a
// record cannot be repaired here: wipe the task's local copy and restore it
// from the changelog; if the changelog itself says so, stop.
var ErrCorrupt = errors.New("corrupt state")

// ErrNewer says that stored bytes have a format of a later version of beckon.
// Nothing is wrong with them: run the later version.
var ErrNewer = errors.New("state was written by a newer version of beckon")

// The msgpack codes in use (https://github.com/msgpack/msgpack/blob/master/spec.md).
// In each group of four the payload or its length has 1, 2, 4 or 8 bytes.
const (
	posFixedMax = 0x7f // 0x00-0x7f: the number itself
	fixedArray  = 0x90 // 0x90-0x9f: an array of 0-15 elements
	fixedStr    = 0xa0 // 0xa0-0xbf: a string of 0-31 bytes
	codeFalse   = 0xc2
	codeTrue    = 0xc3
	bin8        = 0xc4
	bin16       = 0xc5
	bin32       = 0xc6
	uint8Code   = 0xcc
	uint16Code  = 0xcd
	uint32Code  = 0xce
	uint64Code  = 0xcf
	int32Code   = 0xd2
	int64Code   = 0xd3
	str8        = 0xd9
	str16       = 0xda
	str32       = 0xdb
	array16     = 0xdc
	array32     = 0xdd
	negFixedMin = 0xe0 // 0xe0-0xff: -32 to -1
)

// writer appends msgpack to a slice. Structures are arrays, never maps: an
// array header, then the fields in their order.
type writer struct {
	b    []byte
	keys []string // room for sortedKeys
}

func (w *writer) array(n int) {
	switch {
	case n < 16:
		w.b = append(w.b, fixedArray|byte(n))
	case n <= math.MaxUint16:
		w.b = append(w.b, array16, byte(n>>8), byte(n))
	default:
		w.b = append(w.b, array32, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
}

func (w *writer) uint(v uint64) {
	switch {
	case v <= posFixedMax:
		w.b = append(w.b, byte(v))
	case v <= math.MaxUint8:
		w.b = append(w.b, uint8Code, byte(v))
	case v <= math.MaxUint16:
		w.b = append(w.b, uint16Code, byte(v>>8), byte(v))
	case v <= math.MaxUint32:
		w.b = append(w.b, uint32Code, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	default:
		w.b = append(w.b, uint64Code, byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32),
			byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
}

func (w *writer) int(v int64) {
	switch {
	case v >= 0:
		w.uint(uint64(v))
	case v >= negFixedMin-0x100:
		w.b = append(w.b, byte(v))
	case v >= math.MinInt32:
		w.b = append(w.b, int32Code, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	default:
		w.b = append(w.b, int64Code, byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32),
			byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
}

func (w *writer) bool(v bool) {
	if v {
		w.b = append(w.b, codeTrue)
	} else {
		w.b = append(w.b, codeFalse)
	}
}

func (w *writer) str(s string) {
	switch n := len(s); {
	case n < 32:
		w.b = append(w.b, fixedStr|byte(n))
	case n <= math.MaxUint8:
		w.b = append(w.b, str8, byte(n))
	case n <= math.MaxUint16:
		w.b = append(w.b, str16, byte(n>>8), byte(n))
	default:
		w.b = append(w.b, str32, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	w.b = append(w.b, s...)
}

// binHeader is followed by n raw bytes.
func (w *writer) binHeader(n int) {
	switch {
	case n <= math.MaxUint8:
		w.b = append(w.b, bin8, byte(n))
	case n <= math.MaxUint16:
		w.b = append(w.b, bin16, byte(n>>8), byte(n))
	default:
		w.b = append(w.b, bin32, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
}

func (w *writer) bin(b []byte) {
	w.binHeader(len(b))
	w.b = append(w.b, b...)
}

func (w *writer) time(t schemas.Time) { w.int(int64(t)) }

// amount takes two elements: the scale, plus 32 for a negative amount, and the
// coefficient. 59.90 is 2, 5990.
func (w *writer) amount(a schemas.Amount) {
	neg, coef, scale := a.Parts()
	if neg {
		scale += negative
	}
	w.b = append(w.b, byte(scale))
	w.uint(coef)
}

const negative = 32

// textSize is the size of a text of so many bytes.
func textSize(n int) int {
	switch {
	case n < 32:
		return 1 + n
	case n < 1<<8:
		return 2 + n
	case n < 1<<16:
		return 3 + n
	}
	return 5 + n
}

func textSizes(all ...string) (n int) {
	for _, s := range all {
		n += textSize(len(s))
	}
	return n
}
