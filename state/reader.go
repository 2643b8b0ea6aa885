package state

import (
	"fmt"
	"math"
	"strconv"
	"unsafe"

	"github.com/beckon-io/beckon/schemas"
)

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

// anyUint is for numbers that uint did not find to be small.
func (r *reader) anyUint() uint64 {
	if !r.more() {
		return 0
	}
	if c := r.code(); c >= uint8Code && c <= uint64Code {
		return r.number(1 << (c - uint8Code))
	}
	r.pos--
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

// anyInt is for what int did not read.
func (r *reader) anyInt() int64 {
	if !r.more() {
		return 0
	}
	switch c := r.code(); {
	case c >= negFixedMin:
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
	r.pos--
	r.fail("a number of 63 bits")
	return 0
}

func (r *reader) int32() int32 {
	v := r.int()
	if v != int64(int32(v)) {
		r.fail("a number of 32 bits")
	}
	return int32(v)
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
func (r *reader) format(known uint64) uint64 {
	f := r.uint()
	if f == 0 {
		r.fail("a format number")
	} else if f > known && r.err == nil {
		r.err = fmt.Errorf("format %d, this version knows %d: %w", f, known, ErrNewer)
		r.pos, r.left = len(r.s), 0
	}
	return f
}
