package state

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"unsafe"

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

// reader reads what writer wrote. Its error is sticky: after the first one
// every read gives zero, so decoders are straight lines and ask once, at the
// end. Strings are parts of the source, not copies.
//
// left counts the elements that the open array still has. A field that is not
// there, as an older format had fewer, reads as zero.
type reader struct {
	s    string
	pos  int
	left int
	err  error
	room lists // for the lists within lists
}

func (r *reader) fail(want string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: byte %d is not %s", ErrCorrupt, r.pos, want)
	}
	r.pos, r.left = len(r.s), 0
}

// more takes one element of the open array, false if there is none.
func (r *reader) more() bool {
	if r.left == 0 {
		return false
	}
	r.left--
	return true
}

// take is the next n bytes.
func (r *reader) take(n int) string {
	if n < 0 || n > len(r.s)-r.pos {
		r.fail(strconv.Itoa(n) + " bytes from the end")
		return ""
	}
	r.pos += n
	return r.s[r.pos-n : r.pos]
}

func (r *reader) code() byte {
	if r.pos >= len(r.s) {
		r.fail("there")
		return 0
	}
	r.pos++
	return r.s[r.pos-1]
}

// number is the big-endian number of the next n bytes.
func (r *reader) number(n int) uint64 {
	b := r.take(n)
	if len(b) == 8 {
		return bigEndian(b)
	}
	var v uint64
	for i := 0; i < len(b); i++ {
		v = v<<8 | uint64(b[i])
	}
	return v
}

func bigEndian(b string) uint64 {
	_ = b[7]
	return uint64(b[7]) | uint64(b[6])<<8 | uint64(b[5])<<16 | uint64(b[4])<<24 |
		uint64(b[3])<<32 | uint64(b[2])<<40 | uint64(b[1])<<48 | uint64(b[0])<<56
}

// header reads an array's header, not counted as an element.
func (r *reader) header() int {
	c := r.code()
	n := 0
	switch {
	case c&0xf0 == fixedArray:
		n = int(c & 0x0f)
	case c == array16:
		n = int(r.number(2))
	case c == array32:
		n = int(r.number(4))
	default:
		r.pos--
		r.fail("an array")
		return 0
	}
	if n > len(r.s)-r.pos { // each element has a byte at least
		r.fail("an array that fits")
		return 0
	}
	return n
}

// open enters a structure; close leaves it.
func (r *reader) open() (outer int) {
	if r.left > 0 && r.pos < len(r.s) {
		c := r.s[r.pos]
		if n := int(c & 0x0f); c&0xf0 == fixedArray && n < len(r.s)-r.pos {
			outer = r.left - 1
			r.left = n
			r.pos++
			return outer
		}
	}
	return r.anyOpen()
}

func (r *reader) anyOpen() (outer int) {
	if !r.more() {
		return 0
	}
	outer = r.left
	r.left = r.header()
	return outer
}

func (r *reader) close(outer int) {
	if r.left != 0 {
		r.fail("the end of a structure")
		return
	}
	r.left = outer
}

// list enters a list of elements of at least size bytes each and tells how many
// they are; close leaves it.
func (r *reader) list(size int) (n, outer int) {
	outer = r.open()
	if r.left*size > len(r.s)-r.pos {
		r.fail("a list that fits")
	}
	return r.left, outer
}

func (r *reader) uint() uint64 {
	if r.left > 0 && r.pos < len(r.s) {
		if c := r.s[r.pos]; c <= posFixedMax {
			r.left--
			r.pos++
			return uint64(c)
		}
	}
	return r.anyUint()
}

func (r *reader) anyUint() uint64 {
	if !r.more() {
		return 0
	}
	switch c := r.code(); {
	case c <= posFixedMax:
		return uint64(c)
	case c >= uint8Code && c <= uint64Code:
		return r.number(1 << (c - uint8Code))
	}
	if r.err == nil {
		r.pos--
	}
	r.fail("a number ≥ 0")
	return 0
}

// int has two ways for nearly all: a small number, and a time in 8 bytes.
func (r *reader) int() int64 {
	if r.left > 0 {
		switch b := r.s[r.pos:]; {
		case len(b) > 0 && b[0] <= posFixedMax:
			r.left--
			r.pos++
			return int64(b[0])
		case len(b) > 8 && b[0] == uint64Code && b[1] <= math.MaxInt8:
			r.left--
			r.pos += 9
			return int64(bigEndian(b[1:9]))
		}
	}
	return r.anyInt()
}

func (r *reader) anyInt() int64 {
	if !r.more() {
		return 0
	}
	switch c := r.code(); {
	case c <= posFixedMax || c >= negFixedMin:
		return int64(int8(c))
	case c == int64Code:
		return int64(r.number(8))
	case c == int32Code:
		return int64(int32(r.number(4)))
	case c >= uint8Code && c <= uint64Code:
		if v := r.number(1 << (c - uint8Code)); v <= math.MaxInt64 {
			return int64(v)
		}
	}
	if r.err == nil {
		r.pos--
	}
	r.fail("a number of 63 bits")
	return 0
}

// count is an int that is not negative and of a size that a list may have.
func (r *reader) count() int {
	v := r.uint()
	if v > math.MaxInt32 {
		r.fail("a count")
		return 0
	}
	return int(v)
}

func (r *reader) bool() bool {
	if !r.more() {
		return false
	}
	c := r.code()
	if c != codeTrue && c != codeFalse {
		r.fail("a bool")
	}
	return c == codeTrue
}

func (r *reader) str() string {
	if r.left > 0 && r.pos < len(r.s) {
		b := r.s[r.pos:]
		if n := 1 + int(b[0]&0x1f); b[0]&0xe0 == fixedStr && n <= len(b) {
			r.left--
			r.pos += n
			return b[1:n]
		}
	}
	return r.anyStr()
}

func (r *reader) anyStr() string {
	if !r.more() {
		return ""
	}
	switch c := r.code(); {
	case c&0xe0 == fixedStr:
		return r.take(int(c & 0x1f))
	case c >= str8 && c <= str32:
		return r.take(int(r.number(1 << (c - str8))))
	}
	r.fail("a string")
	return ""
}

// raw is the content of a byte string, as a part of the source.
func (r *reader) raw() string {
	if b := r.s[r.pos:]; r.left > 0 && len(b) > 1 && b[0] == bin8 {
		if n := 2 + int(b[1]); n <= len(b) {
			r.left--
			r.pos += n
			return b[2:n]
		}
	}
	return r.anyRaw()
}

func (r *reader) anyRaw() string {
	if !r.more() {
		return ""
	}
	if c := r.code(); c >= bin8 && c <= bin32 {
		return r.take(int(r.number(1 << (c - bin8))))
	}
	r.fail("bytes")
	return ""
}

// bytes is the content of a byte string as a part of the source, nil if it is
// empty. It is not to be changed.
func (r *reader) bytes() []byte {
	if s := r.raw(); s != "" {
		return unsafe.Slice(unsafe.StringData(s), len(s))
	}
	return nil
}

func (r *reader) time() schemas.Time { return schemas.Time(r.int()) }

func (r *reader) amount() schemas.Amount {
	scale := r.uint()
	coef := r.uint()
	neg := scale&negative != 0
	scale &^= negative
	a, err := makeAmount(neg, coef, int(min(scale, negative)))
	if err != nil {
		r.fail("an amount")
	}
	return a
}

func makeAmount(neg bool, coef uint64, scale int) (schemas.Amount, error) {
	if coef <= math.MaxInt64 {
		v := int64(coef)
		if neg {
			v = -v
		}
		return schemas.NewAmount(v, scale)
	}
	a, err := schemas.ParseAmount(strconv.FormatUint(coef, 10) + "e-" + strconv.Itoa(scale))
	if neg {
		a = a.Neg()
	}
	return a, err
}

// end checks that nothing follows and gives the error, if any.
func (r *reader) end() error {
	if r.err == nil && r.pos != len(r.s) {
		r.fail("the end")
	}
	return r.err
}

// format reads the format number that each stored structure begins with.
func (r *reader) format(known uint64) {
	if f := r.uint(); f == 0 {
		r.fail("a format number")
	} else if f > known && r.err == nil {
		r.err = fmt.Errorf("format %d, this version knows %d: %w", f, known, ErrNewer)
		r.pos, r.left = len(r.s), 0
	}
}
