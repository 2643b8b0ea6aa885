package schemas

import (
	"bytes"
	"math"
	"slices"
	"strconv"
)

// idFields may also come as JSON integers, as Shopify and WooCommerce number
// theirs; they are kept as the digits sent. Every other text must be a string.
const idFields = FieldSet(1<<fSKU | 1<<fSessionID | 1<<fCartID | 1<<fOrderID | 1<<fShipmentID | 1<<fTrackingCode |
	1<<fReferredBy | 1<<fAnonymousID)

// recordNames name records: whose an anonymous id is, and which order or parcel something
// happens to, is kept under them, and mailed. They are no longer than attributes.
const recordNames = FieldSet(1<<fAnonymousID | 1<<fOrderID | 1<<fTrackingCode)

// nameFields have few values that repeat.
const nameFields = FieldSet(1<<fCategory | 1<<fCurrency | 1<<fCarrier | 1<<fTimezone | 1<<fCountry | 1<<fLocale |
	1<<fChannel | 1<<fPurpose | 1<<fTier | 1<<fKind | 1<<fTrigger)

// known is the set of each kind's fields.
var known = func() (sets [numKinds]FieldSet) {
	for k := range kinds {
		for _, id := range kinds[k].fields {
			sets[k] = sets[k].With(id)
		}
	}
	return sets
}()

// paths name the fields in errors.
var paths = func() (p [numFields]string) {
	for id := range fields {
		p[id] = "data." + fields[id].Name
	}
	return p
}()

// object reads the data object into Fields and Raw; null is no data.
func (d *decoding) object() {
	ev := d.ev
	if ev.Present != 0 { // of an earlier data member
		ev.Fields = Fields{}
	}
	if d.null() {
		ev.Raw = []byte("{}")
		return
	}
	if d.peek() != '{' {
		found := d.found()
		if d.skip(); d.err == nil { // broken JSON is the better news
			d.field = "data"
			d.fail(CodeWrongType, "want a JSON object, got "+found)
		}
		return
	}
	start := d.pos
	var attributes, offer [2]int
	d.open('{')
	for name, ok := d.member(true); ok; name, ok = d.member(false) {
		id := fieldByName(name)
		if !known[ev.Kind].Has(id) {
			d.skip()
			continue
		}
		switch d.field = paths[id]; id {
		case fAttributes:
			attributes = d.objectField(id, start)
		case fOffer:
			offer = d.objectField(id, start)
		default:
			d.value(id)
		}
		d.field = ""
	}
	if d.err != nil {
		return
	}
	ev.Raw = d.data[start:d.pos:d.pos]
	if !d.shared {
		ev.Raw = bytes.Clone(ev.Raw)
	}
	if ev.Present.Has(fAttributes) {
		ev.Attributes = ev.Raw[attributes[0]:attributes[1]:attributes[1]]
	}
	if ev.Present.Has(fOffer) {
		ev.Offer = ev.Raw[offer[0]:offer[1]:offer[1]]
	}
}

// value reads one known field. A null takes back an earlier value.
func (d *decoding) value(id FieldID) {
	f := &d.ev.Fields
	absent := d.null()
	if absent {
		f.Present &^= 1 << id
	} else {
		f.Present |= 1 << id
	}
	switch fields[id].Type {
	case String:
		*f.text(id) = ""
		if !absent {
			*f.text(id) = d.str(id)
			d.checkName(id, *f.text(id))
		}
	case AmountType, Number:
		*f.amount(id) = Amount{}
		if !absent {
			*f.amount(id) = d.amount(fields[id].Type)
		}
	case Int:
		*f.int(id) = 0
		if !absent {
			*f.int(id) = d.integer()
		}
	case Bool:
		*f.flag(id) = !absent && d.boolean()
	case Timestamp:
		*f.time(id) = 0
		if !absent {
			*f.time(id) = d.moment()
		}
		if *f.time(id) == 0 {
			f.Present &^= 1 << id
		}
	case ItemList:
		f.Items = nil
		if !absent {
			f.Items = d.items()
		}
	case StringList:
		f.Codes = nil
		if !absent {
			f.Codes = d.codes()
		}
	}
}

// checkName bounds the name of a record. An anonymous id is the subject of events, too.
func (d *decoding) checkName(id FieldID, name string) {
	most := MaxAttributeBytes
	if id == fAnonymousID {
		most = MaxSubjectBytes
	}
	if len(name) > most && recordNames.Has(id) && !d.kept {
		d.fail(CodeTooLarge, strconv.Itoa(len(name))+" bytes; at most "+strconv.Itoa(most)+" are taken")
	}
}

// objectField reads over an Object field; the result is where it is, relative to
// start.
func (d *decoding) objectField(id FieldID, start int) (span [2]int) {
	f := &d.ev.Fields
	if d.null() {
		f.Present &^= 1 << id
		return span
	}
	if d.peek() != '{' {
		d.want("an object")
		return span
	}
	span[0] = d.pos - start
	d.skip()
	span[1] = d.pos - start
	f.Present |= 1 << id
	return span
}

// want refuses the next value.
func (d *decoding) want(what string) {
	d.fail(CodeWrongType, "want "+what+", got "+d.found())
}

// str reads the text of a field; see idFields.
func (d *decoding) str(id FieldID) string {
	c := d.peek()
	switch {
	case c == '"':
		b := d.text()
		if nameFields.Has(id) {
			return d.name(b)
		}
		return d.keep(b)
	case idFields.Has(id) && (c == '-' || '0' <= c && c <= '9'):
		b := d.number()
		if bytes.ContainsAny(b, ".eE") {
			d.fail(CodeWrongType, "want a string or an integer, got "+excerpt(string(b)))
		}
		return d.keep(b)
	case idFields.Has(id):
		d.want("a string or an integer")
	default:
		d.want("a string")
	}
	return ""
}

// amount reads a decimal: a JSON number or a string.
func (d *decoding) amount(t FieldType) Amount {
	var b []byte
	switch c := d.peek(); {
	case c == '"':
		b = d.text()
	case c == '-' || '0' <= c && c <= '9':
		b = d.number()
	case t == AmountType:
		d.want(`a decimal such as "59.90"`)
		return Amount{}
	default:
		d.want("a number")
		return Amount{}
	}
	a, ok := parseAmount(b)
	switch {
	case ok:
	case t == Number && !isDecimal(b):
		d.fail(CodeWrongType, "want a number, got a string")
	default:
		d.fail(CodeBadAmount, strconv.Quote(excerpt(string(b)))+" is not a decimal number of at most 19 digits")
	}
	return a
}

// integer reads a whole number, written with a fraction of zeros or not, and as
// a JSON number or a string.
func (d *decoding) integer() int64 {
	var b []byte
	switch c := d.peek(); {
	case c == '-' || '0' <= c && c <= '9':
		b = d.number()
	case c == '"':
		b = d.text()
	default:
		d.want("an integer")
		return 0
	}
	a, ok := parseAmount(b)
	n, whole := a.Int()
	switch {
	case ok && whole && n != math.MinInt64:
	case !isDecimal(b):
		d.fail(CodeWrongType, "want an integer, got a string")
	default:
		d.fail(CodeBadNumber, excerpt(string(b))+" is not an integer of at most 63 bits")
	}
	return n
}

func (d *decoding) boolean() bool {
	d.peek()
	switch {
	case d.word("true"):
		return true
	case d.word("false"):
		return false
	}
	d.want("true or false")
	return false
}

// moment reads a time; an empty text is none, as stores write what they don't
// know yet.
func (d *decoding) moment() Time {
	if d.peek() != '"' {
		d.want("a time in RFC 3339")
		return 0
	}
	b := d.text()
	if len(b) == 0 {
		return 0
	}
	return d.timestamp(b)
}

// codes reads a list of strings.
func (d *decoding) codes() []string {
	if d.peek() != '[' {
		d.want("an array of strings")
		return nil
	}
	d.open('[')
	var list []string
	for first := true; d.more(']', first); first = false {
		if d.peek() != '"' {
			d.want("strings only")
			break
		}
		list = append(list, d.keep(d.text()))
	}
	return list
}

// items reads the lines of a cart or order.
func (d *decoding) items() []Item {
	if d.peek() != '[' {
		d.want("an array of items")
		return nil
	}
	d.open('[')
	var few [8]Item // most carts are small: one allocation, of the right size
	list := few[:0]
	for first := true; d.more(']', first); first = false {
		d.item = len(list)
		list = append(list, d.oneItem())
	}
	d.item = -1
	return slices.Clone(list)
}

// oneItem reads a line; without a quantity it is one piece.
func (d *decoding) oneItem() (it Item) {
	d.field = ""
	if d.peek() != '{' {
		d.want("an object")
		return it
	}
	it.Quantity = onePiece
	d.open('{')
	for name, ok := d.member(true); ok; name, ok = d.member(false) {
		id := fieldByName(name)
		if !itemFields.Has(id) {
			d.skip()
			continue
		}
		d.field = fields[id].Name
		absent := d.null()
		switch id {
		case fSKU:
			it.SKU = ""
			if !absent {
				it.SKU = d.str(fSKU)
			}
		case fCategory:
			it.Category = ""
			if !absent {
				it.Category = d.str(fCategory)
			}
		case fPrice:
			it.Price = Amount{}
			if !absent {
				it.Price = d.amount(AmountType)
			}
		case fQuantity:
			it.Quantity = onePiece
			if !absent {
				it.Quantity = d.amount(Number)
			}
		}
		d.field = ""
	}
	return it
}

var onePiece, _ = NewAmount(1, 0)
