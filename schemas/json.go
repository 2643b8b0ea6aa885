package schemas

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads one JSON text in one pass: strict RFC 8259, no reflection, no
// allocation of its own. The caller has checked that data is UTF-8.
//
// The first mistake is kept in err and moves pos to the end, so that every
// loop ends by itself and callers look at err once.
type scanner struct {
	data  []byte
	pos   int
	depth int    // open objects and arrays
	field string // where a mistake would be: an attribute or a field of data
	item  int    // index into data.items while one is read, else -1
	err   *DecodeError
}

// fail keeps the first mistake.
func (s *scanner) fail(code ErrorCode, detail string) {
	if s.err == nil {
		s.err = &DecodeError{Code: code, Field: s.path(), Detail: detail}
	}
	s.pos = len(s.data)
}

func (s *scanner) path() string {
	switch {
	case s.item >= 0 && s.field != "":
		return "data.items[" + strconv.Itoa(s.item) + "]." + s.field
	case s.item >= 0:
		return "data.items[" + strconv.Itoa(s.item) + "]"
	default:
		return s.field
	}
}

func (s *scanner) bad(detail string) {
	s.fail(CodeBadJSON, detail+" at byte "+strconv.Itoa(s.pos))
}

// peek is the next byte that is not white space; 0 at the end.
func (s *scanner) peek() byte {
	if s.pos < len(s.data) && s.data[s.pos] > ' ' {
		return s.data[s.pos]
	}
	return s.space()
}

func (s *scanner) space() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// open enters an object or array.
func (s *scanner) open(bracket byte) bool {
	if s.peek() != bracket {
		return false
	}
	if s.depth++; s.depth > MaxEventDepth {
		s.fail(CodeTooDeep, "objects and arrays are nested deeper than "+strconv.Itoa(MaxEventDepth))
		return false
	}
	s.pos++
	return true
}

// more tells whether another element follows in the object or array that
// bracket closes; it reads the comma or the bracket.
func (s *scanner) more(bracket byte, first bool) bool {
	switch c := s.peek(); {
	case s.err != nil:
		return false
	case c == bracket:
		s.pos++
		s.depth--
		return false
	case first:
		return true
	case c == ',':
		s.pos++
		return true
	default:
		s.bad("expected a comma or " + string(rune(bracket)))
		return false
	}
}

// member reads the name and the colon of an object's next member; ok is false where
// the object has ended, or is broken.
func (s *scanner) member(first bool) (name []byte, ok bool) {
	if name := s.plainMember(first); name != nil {
		return name, true
	}
	if !s.more('}', first) {
		return nil, false
	}
	name = s.key()
	return name, s.err == nil
}

// plainMember is member for a name as most are written: without escapes, and without
// white space around it. It is nil, and nothing is read, where the name is not like that.
func (s *scanner) plainMember(first bool) []byte {
	d, i := s.data, s.pos
	if !first {
		if i >= len(d) || d[i] != ',' {
			return nil
		}
		i++
	}
	if i >= len(d) || d[i] != '"' {
		return nil
	}
	start := i + 1
	i = plainEnd(d, start)
	if i+1 >= len(d) || d[i] != '"' || d[i+1] != ':' {
		return nil
	}
	s.pos = i + 2
	return d[start:i]
}

// key reads a member's name and the colon.
func (s *scanner) key() []byte {
	if s.peek() != '"' {
		s.bad("expected a member's name in quotes")
		return nil
	}
	k := s.text()
	if s.peek() != ':' {
		s.bad("expected a colon")
		return nil
	}
	s.pos++
	return k
}

// plain marks the bytes that a string holds as they are.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return t
}()

// text reads the string that peek has found. Without escapes the result is a
// part of data, else it has memory of its own.
func (s *scanner) text() []byte {
	start := s.pos + 1
	i := plainEnd(s.data, start)
	switch {
	case i == len(s.data):
		s.pos = i
		s.bad("string without end")
	case s.data[i] == '"':
		s.pos = i + 1
		return s.data[start:i]
	case s.data[i] == '\\':
		return s.unescape(bytes.Clone(s.data[start:i]), i)
	default:
		s.pos = i
		s.bad("control character in a string")
	}
	return nil
}

// plainEnd is where the first byte at or after i is that a string cannot hold
// as it is. It looks at eight bytes at once: a byte's top bit in m is set where
// the byte is a quote, a backslash or less than a space, and at the lowest such
// place only then (Mycroft's test for a zero byte).
func plainEnd(d []byte, i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(d); i += 8 {
		w := binary.LittleEndian.Uint64(d[i:])
		quote, slash := w^ones*'"', w^ones*'\\'
		m := ((quote-ones)&^quote | (slash-ones)&^slash | (w-ones*' ')&^w) & tops
		if m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for i < len(d) && plain[d[i]] {
		i++
	}
	return i
}

// unescape goes on with the string at the backslash at i.
func (s *scanner) unescape(b []byte, i int) []byte {
	for i < len(s.data) {
		switch c := s.data[i]; {
		case plain[c]:
			b = append(b, c)
			i++
		case c == '"':
			s.pos = i + 1
			return b
		case c == '\\':
			n := 0
			if b, n = appendEscape(b, s.data[i:]); n == 0 {
				s.pos = i
				s.bad("unknown escape in a string")
				return nil
			}
			i += n
		default:
			s.pos = i
			s.bad("control character in a string")
			return nil
		}
	}
	s.pos = len(s.data)
	s.bad("string without end")
	return nil
}

// appendEscape appends what the escape at the start of e means; n is its
// length, 0 if it is none. Half a surrogate pair, as languages with UTF-16
// strings write when they cut an emoji, becomes U+FFFD.
func appendEscape(b, e []byte) (_ []byte, n int) {
	if len(e) < 2 {
		return b, 0
	}
	switch e[1] {
	case '"', '\\', '/':
		return append(b, e[1]), 2
	case 'b':
		return append(b, '\b'), 2
	case 'f':
		return append(b, '\f'), 2
	case 'n':
		return append(b, '\n'), 2
	case 'r':
		return append(b, '\r'), 2
	case 't':
		return append(b, '\t'), 2
	}
	r := hex4(e)
	if r < 0 {
		return b, 0
	}
	if !utf16.IsSurrogate(r) {
		return utf8.AppendRune(b, r), 6
	}
	if pair := utf16.DecodeRune(r, hex4(e[6:])); pair != utf8.RuneError {
		return utf8.AppendRune(b, pair), 12
	}
	return utf8.AppendRune(b, utf8.RuneError), 6
}

// hex4 is the code unit of \uXXXX, -1 if e starts with something else.
func hex4(e []byte) rune {
	if len(e) < 6 || e[0] != '\\' || e[1] != 'u' {
		return -1
	}
	var r rune
	for _, c := range e[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// number reads a number's text.
func (s *scanner) number() []byte {
	start, d := s.pos, s.data
	i := start
	if i < len(d) && d[i] == '-' {
		i++
	}
	switch n := countDigits(d[i:]); {
	case n == 0, n > 1 && d[i] == '0':
		s.bad("expected a JSON value")
		return nil
	default:
		i += n
	}
	if i < len(d) && d[i] == '.' {
		n := countDigits(d[i+1:])
		if n == 0 {
			s.bad("number without digits behind its point")
			return nil
		}
		i += 1 + n
	}
	if i < len(d) && d[i]|0x20 == 'e' {
		i++
		if i < len(d) && (d[i] == '+' || d[i] == '-') {
			i++
		}
		n := countDigits(d[i:])
		if n == 0 {
			s.bad("number without digits in its exponent")
			return nil
		}
		i += n
	}
	s.pos = i
	return d[start:i]
}

func countDigits(b []byte) int {
	for i, c := range b {
		if c < '0' || c > '9' {
			return i
		}
	}
	return len(b)
}

// word reads true, false or null if it comes next.
func (s *scanner) word(w string) bool {
	if len(s.data)-s.pos < len(w) || string(s.data[s.pos:s.pos+len(w)]) != w {
		return false
	}
	s.pos += len(w)
	return true
}

// null reads a null if it comes next.
func (s *scanner) null() bool { return s.peek() == 'n' && s.word("null") }

// skip reads over one value of any type and returns its text.
func (s *scanner) skip() []byte {
	c := s.peek()
	start := s.pos
	switch c {
	case '"':
		s.skipText()
	case '{':
		if s.open('{') {
			for _, ok := s.member(true); ok; _, ok = s.member(false) {
				s.skip()
			}
		}
	case '[':
		if s.open('[') {
			for first := true; s.more(']', first); first = false {
				s.skip()
			}
		}
	case 't', 'f', 'n':
		if !s.word("true") && !s.word("false") && !s.word("null") {
			s.bad("expected a JSON value")
		}
	default:
		s.number()
	}
	return s.data[start:s.pos]
}

// skipText is text without a copy of what was escaped.
func (s *scanner) skipText() {
	for {
		s.pos = plainEnd(s.data, s.pos+1)
		switch {
		case s.pos == len(s.data):
			s.bad("string without end")
			return
		case s.data[s.pos] == '"':
			s.pos++
			return
		case s.data[s.pos] != '\\':
			s.bad("control character in a string")
			return
		}
		n := escapeLen(s.data[s.pos:])
		if n == 0 {
			s.bad("unknown escape in a string")
			return
		}
		s.pos += n - 1
	}
}

// escapeLen is the length of the escape at the start of e, 0 if it is none.
func escapeLen(e []byte) int {
	if len(e) >= 2 {
		switch e[1] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			return 2
		}
	}
	if hex4(e) >= 0 {
		return 6
	}
	return 0
}

// end refuses what follows the value.
func (s *scanner) end() {
	if s.err == nil && (s.peek() != 0 || s.pos < len(s.data)) {
		s.bad("something follows the JSON value")
	}
}

// found names the type of the next value, for messages.
func (s *scanner) found() string {
	switch s.peek() {
	case 0:
		return "nothing"
	case '"':
		return "a string"
	case '{':
		return "an object"
	case '[':
		return "an array"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	default:
		return "a number"
	}
}
